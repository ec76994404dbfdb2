"""xlsx_inspect.py, xlsx_diff.py, render.py, and what all scripts do with files that are no workbooks."""

from __future__ import annotations

import json
import shutil
import unittest
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.chart import LineChart, Reference
from openpyxl.formatting.rule import CellIsRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from support import SCRIPTS, Case, needs_libreoffice, parts, rewrite


def rich(path: Path) -> Path:
    """A workbook with one of each thing that inspect reports."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Data"
    for row in (("Name", "Cost"), ("é東", 1.5), ("y", "=B2*2")):
        sheet.append(row)
    sheet.add_table(Table(displayName="Costs", ref="A1:B3"))
    sheet.merge_cells("D1:E1")
    sheet.freeze_panes = "A2"
    sheet.column_dimensions["C"].hidden = True
    sheet.conditional_formatting.add("B2:B3", CellIsRule("lessThan", ["0"]))
    rule = DataValidation(type="list", formula1='"a,b"', sqref="A2:A3")
    sheet.add_data_validation(rule)
    chart = LineChart()
    chart.title = "Costs over time"
    chart.add_data(Reference(sheet, min_col=2, min_row=2, max_row=3))
    sheet.add_chart(chart, "G2")
    book.create_sheet("Secret").sheet_state = "veryHidden"
    book.defined_names["Rate"] = DefinedName("Rate", attr_text="Data!$B$2")
    book.save(path)
    return path


class Inspect(Case):
    def test_everything_is_reported(self) -> None:
        report = self.run_json("xlsx_inspect.py", rich(self.folder / "rich.xlsx"))
        data, secret = report["sheets"]
        self.assertEqual((data["tables"], data["merged"], data["freeze"]), (["Costs A1:B3"], ["D1:E1"], "A2"))
        self.assertEqual((data["hidden_columns"], data["conditional_formats"], data["validations"]), (["C"], ["B2:B3"], ["A2:A3 list"]))
        self.assertEqual(data["charts"][0]["title"], "Costs over time")
        self.assertEqual(data["charts"][0]["references"], ["'Data'!$B$2:$B$3"])
        self.assertEqual((data["formula_count"], data["formulas"]), (1, ["B3 =B2*2"]))
        self.assertEqual(data["columns"][1]["kinds"], {"text": 1, "number": 1, "formula": 1})
        self.assertEqual(secret["state"], "veryHidden")
        self.assertEqual(report["names"][0]["refers_to"], "Data!$B$2")
        text = self.run_script("xlsx_inspect.py", self.folder / "rich.xlsx").stdout
        self.assertIn("A2=é東", text)

    def test_what_openpyxl_would_lose(self) -> None:
        path = self.workbook(S={"A1": 1})
        self.assertEqual(self.run_json("xlsx_inspect.py", path)["openpyxl_loses"], [])
        sheet = parts(path)["xl/worksheets/sheet1.xml"]
        shapes = b'<xdr:wsDr xmlns:xdr="x"><xdr:sp macro=""/></xdr:wsDr>'
        changes = {
            "xl/vbaProject.bin": b"x", "xl/slicers/slicer1.xml": b"<a/>", "xl/threadedComments/t.xml": b"<a/>", "customXml/item1.xml": b"<a/>",
            "xl/drawings/drawing9.xml": shapes, "xl/charts/chartEx1.xml": b"<a/>", "xl/connections.xml": b"<a/>",
            "xl/worksheets/sheet1.xml": sheet.replace(b"</worksheet>", b"<extLst><x14:sparklineGroups xmlns:x14='x'/></extLst></worksheet>"),
        }  # fmt: skip
        losses = self.run_json("xlsx_inspect.py", rewrite(path, self.folder / "lossy.xlsm", changes))["openpyxl_loses"]
        words = " ".join(loss["what"] for loss in losses)
        for expected in ("macros", "slicers", "threaded comments", "custom XML", "shapes", "new-style charts", "connections", "sparklines"):
            self.assertIn(expected, words)

    def test_output_is_bounded(self) -> None:
        path = self.workbook(**{f"S{n}": {f"{c}{r}": "x" * 5000 for c in "ABCDE" for r in range(1, 30)} for n in range(40)})
        self.assertLess(len(self.run_script("xlsx_inspect.py", path).stdout), 60_000)

    def test_sheet_and_range(self) -> None:
        path = self.workbook(S={"A1": 1, "C3": "deep"}, T={"A1": "other"})
        report = self.run_json("xlsx_inspect.py", path, "--sheet", "S", "--range", "B2:D9")
        self.assertEqual((report["sheets"][0]["rows"], "rows" in report["sheets"][1]), ([["C3=deep"]], False))
        self.assertIn("'T'", self.run_script("xlsx_inspect.py", path, "--sheet", "U", code=2).stderr)
        self.assertIn("range", self.run_script("xlsx_inspect.py", path, "--range", "nonsense!", code=2).stderr)


class Diff(Case):
    def test_same(self) -> None:
        path = rich(self.folder / "a.xlsx")
        self.assertIn("0 cells changed", self.run_script("xlsx_diff.py", path, path).stdout)

    def test_cells_formulas_formats_and_objects(self) -> None:
        old, new = rich(self.folder / "a.xlsx"), self.folder / "b.xlsx"
        book = load_workbook(old)
        sheet = book["Data"]
        sheet["A2"], sheet["B3"], sheet["A9"] = "changed", "=B2*3", "new"
        sheet["B2"].number_format = "0.00"
        sheet.unmerge_cells("D1:E1")
        del sheet.tables["Costs"]
        book.create_sheet("More")
        book.save(new)
        report = self.run_json("xlsx_diff.py", old, new, code=1)
        self.assertEqual([change["cell"] for change in report["cells"]], ["Data!A2", "Data!B3", "Data!A9"])
        self.assertEqual(report["objects"], ["sheet added: More", "Data: merged: removed D1:E1", "Data: tables: removed Costs A1:B3"])
        self.assertEqual(self.run_json("xlsx_diff.py", old, new, "--formats", code=1)["cells_changed"], 4)

    def test_number_against_text(self) -> None:
        old, new = self.workbook("a.xlsx", S={"A1": 1}), self.workbook("b.xlsx", S={"A1": "1"})
        self.assertEqual(self.run_json("xlsx_diff.py", old, new, code=1)["cells"][0]["new"], "1")

    def test_limit_counts_all(self) -> None:
        old, new = self.workbook("a.xlsx", S={"A1": 0}), self.workbook("b.xlsx", S={f"A{n}": n for n in range(1, 51)})
        report = self.run_json("xlsx_diff.py", old, new, "--limit", "5", code=1)
        self.assertEqual((len(report["cells"]), report["cells_changed"]), (5, 50))


class NotWorkbooks(Case):
    def test_every_script_says_what_is_wrong(self) -> None:
        encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
        whole = self.workbook("whole.xlsx", S={"A1": "=1"}).read_bytes()
        files = {
            "encrypted.xlsx": (encrypted, "encrypted"), "old.xls": (encrypted[:8] + b"\0" * 900, "old .xls"), "text.xlsx": (b"a,b\n1,2\n", "not a zip"),
            "empty.xlsx": (b"", "empty"), "cut.xlsx": (whole[: len(whole) // 2], "damaged"),
        }  # fmt: skip
        for name, (data, words) in files.items():
            (self.folder / name).write_bytes(data)
            for script in ("xlsx_inspect.py", "recalc.py", "check.py", "render.py"):
                with self.subTest(name=name, script=script):
                    self.assertIn(words, self.run_script(script, self.folder / name, code=2).stderr)
            self.assertIn(words, self.run_script("xlsx_diff.py", self.folder / name, self.folder / name, code=2).stderr)
        rewrite(self.folder / "whole.xlsx", self.folder / "xml.xlsx", {"xl/workbook.xml": b"<broken"})
        for script in ("xlsx_inspect.py", "recalc.py", "check.py"):
            self.run_script(script, self.folder / "xml.xlsx", code=2)
            self.assertIn("No such file", self.run_script(script, self.folder / "none.xlsx", code=2).stderr)

    def test_broken_sheet_xml(self) -> None:
        path = rewrite(self.workbook(S={"A1": "=1"}), self.folder / "bad.xlsx", {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"})
        for script in ("xlsx_inspect.py", "recalc.py", "check.py"):
            with self.subTest(script):
                self.run_script(script, path, code=2)

    def test_entities_are_not_expanded(self) -> None:
        path = self.workbook(S={"A1": 1})
        secret = self.folder / "secret"
        secret.write_text("top secret")
        attack = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><definedNames><definedName name="n">&e;</definedName></definedNames></workbook>'
        bad = rewrite(path, self.folder / "xxe.xlsx", {"xl/workbook.xml": attack.encode()})
        import subprocess
        import sys

        done = subprocess.run([sys.executable, "-B", SCRIPTS / "xlsx_inspect.py", bad, "--json"], capture_output=True, text=True)
        self.assertNotIn("top secret", done.stdout + done.stderr)


@needs_libreoffice
class Render(Case):
    def test_pdf_and_png(self) -> None:
        done = self.run_script("render.py", rich(self.folder / "a b.xlsx"), "-o", self.folder / "out", "--dpi", "40")
        pdf, *images = map(Path, done.stdout.splitlines())
        self.assertEqual(pdf.read_bytes()[:5], b"%PDF-")
        if shutil.which("pdftoppm"):
            self.assertEqual({image.read_bytes()[1:4] for image in images}, {b"PNG"})
        else:
            self.assertIn("poppler-utils", done.stderr)

    def test_missing_libreoffice(self) -> None:
        self.run_script("render.py", self.workbook(S={"A1": 1}), code=3, env={"XLSX_SOFFICE": "/nowhere"})


if __name__ == "__main__":
    unittest.main()
