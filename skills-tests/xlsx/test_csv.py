"""csv_to_xlsx.py: types, what must stay text, encodings, formula injection, size."""

from __future__ import annotations

import datetime
import resource
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from support import SCRIPTS, Case, parts


class Csv(Case):
    def convert(self, data: bytes | str, *arguments: str) -> tuple[dict[str, Any], Any]:
        source, target = self.folder / "in.csv", self.folder / "out.xlsx"
        source.write_bytes(data if isinstance(data, bytes) else data.encode())
        report = self.run_json("csv_to_xlsx.py", source, target, *arguments)
        return report, load_workbook(target)["Data"]

    def column(self, values: list[str], *arguments: str) -> tuple[str, list[Any], str]:
        report, sheet = self.convert("v\tw\n" + "".join(f"{value}\tx\n" for value in values), "--delimiter", "\\t", *arguments)
        return report["columns"][0]["kind"], [sheet.cell(row, 1).value for row in range(2, len(values) + 2)], sheet["A2"].number_format

    def test_types(self) -> None:
        day = datetime.datetime(2024, 2, 29)
        cases: list[tuple[list[str], str, list[Any]]] = [
            (["1", "-20", "1,234"], "integer", [1, -20, 1234]),
            (["1", "2.5", "1e3"], "number", [1, 2.5, 1000]),
            (["5%", "12.5 %"], "percent", [0.05, 0.125]),
            (["2024-02-29", ""], "date", [day, None]),
            (["2024-02-29", "2024-02-29 10:30"], "datetime", [day, day.replace(hour=10, minute=30)]),
            (["2024-02-29T12:00:00+02:00", "2024-02-29T10:00:00Z"], "datetime", [day.replace(hour=10)] * 2),
            (["TRUE", "false"], "boolean", [True, False]),
        ]
        for values, kind, expected in cases:
            with self.subTest(values):
                self.assertEqual(self.column(values)[:2], (kind, expected))

    def test_what_conversion_would_damage_stays_text(self) -> None:
        for values in (["007", "12"], ["1234567890123456"], ["03/04/2024"], ["1", "n/a"], ["2024-02-30"], ["1899-12-31"], ["2024-01-01", "5"],
                       ["nan", "inf"], ["1_000"], ["2024-02-29T12:00Z", "2024-02-29 12:00"], ["12,34"], ["٣"]):  # fmt: skip
            with self.subTest(values):
                self.assertEqual(self.column(values)[:2], ("text", values))

    def test_locale_options(self) -> None:
        self.assertEqual(self.column(["1.234,5"], "--decimal", ",")[:2], ("number", [1234.5]))
        self.assertEqual(self.column(["03.04.2024"], "--date-format", "%d.%m.%Y")[:2], ("date", [datetime.datetime(2024, 4, 3)]))
        self.assertEqual(self.column(["12"], "--text", "v")[:2], ("text", ["12"]))

    def test_formats(self) -> None:
        self.assertEqual(self.column(["0.125"])[2], "#,##0.000")
        _, sheet = self.convert("Year,Units\n2024,1500\n")
        self.assertEqual((sheet["A2"].number_format, sheet["B2"].number_format), ("0", "#,##0"))

    def test_formula_injection_stays_text(self) -> None:
        attacks = ["=cmd|' /C calc'!A0", "=1+1", "@SUM(1)", "+A1", "-A1", '=HYPERLINK("http://x","y")', "#REF!"]
        report, sheet = self.convert("v;w\n" + "".join(f'"{a.replace(chr(34), chr(34) * 2)}";1\n' for a in attacks))
        cells = [sheet.cell(row, 1) for row in range(2, len(attacks) + 2)]
        self.assertEqual([cell.value for cell in cells], attacks)
        self.assertEqual({cell.data_type for cell in cells}, {"s"})
        self.assertEqual([bool(cell.quotePrefix) for cell in cells], [True] * 6 + [False])
        self.assertNotIn(b"<f>", parts(self.folder / "out.xlsx")["xl/worksheets/sheet1.xml"])
        self.assertIn("6 values look like formulas", report["notes"][0])

    def test_a_formula_as_header(self) -> None:
        _, sheet = self.convert("=A2,b\n1,2\n")
        self.assertEqual((sheet["A1"].value, sheet["A1"].data_type), ("=A2", "s"))

    def test_encodings(self) -> None:
        text = "Stadt,Größe\nKöln,1\n東京,2\n"
        for encoding in ("utf-8", "utf-8-sig", "utf-16"):
            with self.subTest(encoding):
                _, sheet = self.convert(text.encode(encoding))
                self.assertEqual([sheet["B1"].value, sheet["A2"].value, sheet["A3"].value], ["Größe", "Köln", "東京"])
        report, sheet = self.convert("Stadt;€\nKöln;1\n".encode("cp1252"))
        self.assertEqual((report["encoding"], sheet["A2"].value, sheet["B1"].value), ("cp1252", "Köln", "€"))
        self.assertIn("Windows-1252", report["notes"][0])

    def test_headers_ragged_rows_and_control_characters(self) -> None:
        report, sheet = self.convert("a,,A\nx\x07,1,2,3\ny\n")
        self.assertEqual([cell.value for cell in sheet[1]], ["a", "Column 2", "A 2", "Column 4"])
        self.assertEqual(sheet["A2"].value, "x")
        self.assertEqual(len(report["notes"]), 3)
        self.run_script("check.py", self.folder / "out.xlsx")

    def test_quoted_line_breaks_and_no_header(self) -> None:
        _, sheet = self.convert('"two\nlines",1\nx,2\n', "--no-header")
        self.assertEqual([sheet["A1"].value, sheet["A2"].value, sheet["B3"].value], ["Column 1", "two\nlines", 2])

    def test_result_is_a_table(self) -> None:
        _, sheet = self.convert("a,b\n1,2\n3,4\n", "--table", "Sales")
        self.assertEqual((sheet.tables["Sales"].ref, sheet.freeze_panes), ("A1:B3", "A2"))

    def test_refusals(self) -> None:
        for data, words in ((b"", "is empty"), (b"a,b\n", "no rows"), (b"PK\x03\x04\0\0\0", "not a text file")):
            (self.folder / "in.csv").write_bytes(data)
            done = self.run_script("csv_to_xlsx.py", self.folder / "in.csv", self.folder / "out.xlsx", code=2)
            self.assertIn(words, done.stderr)
            self.assertFalse((self.folder / "out.xlsx").exists())
        (self.folder / "in.csv").write_text("a\n1\n")
        for wrong in (("--text", "zz"), ("--sheet", "a/b"), ("--table", "A1"), ("--encoding", "klingon"), ("--delimiter", "ab")):
            self.run_script("csv_to_xlsx.py", self.folder / "in.csv", self.folder / "out.xlsx", *wrong, code=2)

    def test_120_000_rows_in_bounded_memory(self) -> None:
        source, target = self.folder / "big.csv", self.folder / "big.xlsx"
        with source.open("w") as file:
            file.write("id,day,price\n")
            file.writelines(f"{n},2024-01-{n % 28 + 1:02},{n * 1.25:.2f}\n" for n in range(120_000))
        limit = 400 << 20
        command = [sys.executable, "-B", str(SCRIPTS / "csv_to_xlsx.py"), str(source), str(target)]
        env = {"OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, env=env, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.run_json("xlsx_inspect.py", target, "--rows", "2")
        self.assertEqual((report["sheets"][0]["cells"], report["sheets"][0]["used"]), (360_003, "up to C120001"))


if __name__ == "__main__":
    unittest.main()
