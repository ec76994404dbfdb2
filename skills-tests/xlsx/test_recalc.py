"""recalc.py against real LibreOffice, and against LibreOffices that are missing, hang or fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from support import SCRIPTS, Case, needs_libreoffice, parts, rewrite

BROKEN = {
    "A1": "=1/0", "A2": "=NOPE(1)", "A3": "=Gone!A1", "A4": "=VLOOKUP(9,B1:C2,2,FALSE)", "A5": '="a"+1', "A6": "=SQRT(-1)",
    "A7": "=A7+1", "A8": "=#REF!+1", "A9": "=SUM(B1:B2)", "A10": "=IFERROR(1/0,5)", "A11": "=A1+1", "B1": 2, "B2": 3, "B3": '="#REF! is text"',
}  # fmt: skip
EXPECTED = {
    "A1": "#DIV/0!", "A2": "#NAME?", "A3": "#NAME?", "A4": "#N/A", "A5": "#VALUE!", "A6": "Err:502", "A7": "Err:522", "A8": "#REF!", "A11": "#DIV/0!",
}  # fmt: skip


@needs_libreoffice
class Recalculates(Case):
    def test_every_error_is_reported_with_its_formula(self) -> None:
        path = self.workbook(**{"Ünï côde": BROKEN, "Clean": {"A1": "=2+2"}})
        report = self.run_json("recalc.py", path, code=1)
        self.assertEqual({e["cell"]: e["error"] for e in report["errors"]}, EXPECTED)
        self.assertEqual({e["sheet"] for e in report["errors"]}, {"Ünï côde"})
        self.assertEqual({e["cell"]: e["formula"] for e in report["errors"]}, {cell: BROKEN[cell] for cell in EXPECTED})
        self.assertEqual((report["formulas"], report["errors_total"], report["counts"]["#DIV/0!"]), (13, 9, 2))
        text = self.run_script("recalc.py", path, code=1).stdout
        self.assertIn("'Ünï côde'!A7: Err:522  =A7+1  (circular reference)", text)

    def test_reporting_leaves_the_file_alone(self) -> None:
        path = self.workbook(S={"A1": 2, "A2": "=A1*21"})
        before = (path.read_bytes(), sorted(self.folder.iterdir()))
        self.run_script("recalc.py", path)
        self.assertEqual((path.read_bytes(), sorted(self.folder.iterdir())), before)

    def test_write_stores_values_and_changes_nothing_else(self) -> None:
        cells = {"A1": 2, "A2": "=A1*21", "A3": '="x&<y>"', "A4": "=A1>1", "A5": "=1/0", "A6": "=_xlfn.XLOOKUP(1,A1:A1,A1:A1)"}
        path = self.workbook(S=cells, Other={"A1": "text"})
        custom = rewrite(path, self.folder / "custom.xlsx", {"customXml/item1.xml": b"<kept/>", "xl/printerSettings/p.bin": b"\0\1"})
        before = parts(custom)
        self.run_script("recalc.py", custom, "--write", code=1)
        after = parts(custom)
        self.assertEqual([name for name in before if before[name] != after.get(name)], ["xl/worksheets/sheet1.xml"])
        values, formulas = load_workbook(custom, data_only=True)["S"], load_workbook(custom)["S"]
        self.assertEqual([values[f"A{n}"].value for n in range(1, 6)], [2, 42, "x&<y>", True, "#DIV/0!"])
        self.assertEqual({address: formulas[address].value for address in cells}, cells)

    def test_output_leaves_the_source_alone_and_keeps_macros(self) -> None:
        plain = self.workbook(S={"A1": "=1+1"})
        source = rewrite(plain, self.folder / "book.xlsm", {"xl/vbaProject.bin": b"macro bytes"})
        before = source.read_bytes()
        self.run_script("recalc.py", source, "-o", self.folder / "out.xlsm")
        self.assertEqual(source.read_bytes(), before)
        self.assertEqual(parts(self.folder / "out.xlsm")["xl/vbaProject.bin"], b"macro bytes")
        self.assertEqual(load_workbook(self.folder / "out.xlsm", data_only=True)["S"]["A1"].value, 2)

    def test_stale_cached_values_are_recalculated(self) -> None:
        path = self.workbook(S={"A1": 2, "A2": "=A1*21"})
        sheet = parts(path)["xl/worksheets/sheet1.xml"]
        stale = rewrite(path, self.folder / "stale.xlsx", {"xl/worksheets/sheet1.xml": sheet.replace(b"<v></v>", b"<v>7</v>").replace(b"<v />", b"<v>7</v>").replace(b"<v/>", b"<v>7</v>")})
        self.assertEqual(load_workbook(stale, data_only=True)["S"]["A2"].value, 7)
        self.run_script("recalc.py", stale, "--write")
        self.assertEqual(load_workbook(stale, data_only=True)["S"]["A2"].value, 42)

    def test_array_and_shared_formulas(self) -> None:
        book = Workbook()
        sheet = book.active
        sheet.title = "S"
        for row in range(1, 4):
            sheet[f"A{row}"] = row
            sheet[f"B{row}"] = 99
        sheet["B1"] = ArrayFormula("B1:B3", "=A1:A3*2")
        sheet["C1"] = "=A1+1"
        book.save(self.folder / "array.xlsx")
        self.run_script("recalc.py", self.folder / "array.xlsx", "--write")
        values = load_workbook(self.folder / "array.xlsx", data_only=True)["S"]
        self.assertEqual([[c.value for c in row] for row in values["B1:C3"]], [[2, 2], [4, None], [6, None]])

    def test_runs_at_the_same_time_without_home(self) -> None:
        paths = [self.workbook(f"{n}.xlsx", S={"A1": n, "A2": "=A1+1"}) for n in range(3)]
        readonly = {"HOME": "/proc/1", "XDG_CONFIG_HOME": "/proc/1"}
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda path: self.run_script("recalc.py", path, "--write", env=readonly), paths))
        self.assertEqual([load_workbook(path, data_only=True)["S"]["A2"].value for path in paths], [1, 2, 3])

    def test_odd_file_names(self) -> None:
        path = self.workbook("-o a'b\n%20 ü.xlsx", S={"A1": "=1+1"})
        self.run_script("recalc.py", path, "--write")
        self.assertEqual(load_workbook(path, data_only=True)["S"]["A1"].value, 2)

    def test_a_workbook_without_formulas(self) -> None:
        self.assertIn("0 formulas, 0 errors", self.run_script("recalc.py", self.workbook(S={"A1": 1})).stdout)


class LibreOfficeTroubles(Case):
    def fake(self, script: str) -> dict[str, str]:
        program = self.folder / "soffice"
        program.write_text("#!/bin/sh\n" + script)
        program.chmod(0o755)
        return {"XLSX_SOFFICE": str(program)}

    def test_missing(self) -> None:
        done = self.run_script("recalc.py", self.workbook(S={"A1": "=1"}), code=3, env={"XLSX_SOFFICE": "/nowhere/soffice"})
        self.assertIn("/nowhere/soffice", done.stderr)
        self.assertIn("check.py", done.stderr)

    def test_failure_shows_its_output_and_writes_nothing(self) -> None:
        path = self.workbook(S={"A1": "=1"})
        before = path.read_bytes()
        done = self.run_script("recalc.py", path, "--write", code=4, env=self.fake("echo no such filter >&2; exit 7"))
        self.assertIn("exit 7", done.stderr)
        self.assertIn("no such filter", done.stderr)
        self.assertEqual(path.read_bytes(), before)

    def test_timeout_kills_the_whole_group(self) -> None:
        mark = self.folder / "pids"
        env = self.fake(f"sleep 600 & echo $! $$ > {mark}; wait")
        done = self.run_script("recalc.py", self.workbook(S={"A1": "=1"}), "--timeout", "1", code=4, env=env)
        self.assertIn("--timeout", done.stderr)
        for pid in mark.read_text().split():
            self.assertFalse(alive(int(pid)), f"process {pid} survived")

    def test_termination_kills_the_whole_group(self) -> None:
        mark = self.folder / "pids"
        os.mkfifo(mark)
        env = {"PATH": os.environ["PATH"], **self.fake(f"sleep 600 & echo $! $$ > {mark}; wait")}
        command = [sys.executable, "-B", str(SCRIPTS / "recalc.py"), str(self.workbook(S={"A1": "=1"}))]
        with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            pids = mark.read_text().split()  # blocks until LibreOffice runs
            process.terminate()
            self.assertEqual(process.wait(60), 143)
        for pid in pids:
            self.assertFalse(alive(int(pid)), f"process {pid} survived")


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie waiting for its parent does not. Gives the kernel a moment to deliver a kill."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state in "ZX":
            return False
    return True


if __name__ == "__main__":
    unittest.main()
