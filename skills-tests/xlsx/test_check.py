"""check.py: every rule fires on a workbook that breaks it, and a clean workbook is clean."""

from __future__ import annotations

import datetime
import unittest

from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.worksheet.table import Table

from support import Case, rewrite

MONEY = "#,##0.00"


class Rules(Case):
    def rules(self, path: object, code: int) -> dict[str, str]:
        """Rule → place of its first finding."""
        report = self.run_json("check.py", path, code=code)
        found: dict[str, str] = {}
        for finding in report["findings"]:
            found.setdefault(finding["rule"], f"{finding['sheet']}!{finding['cell']}")
        found.pop("no-cached-values", None)
        return found

    def one(self, rule: str, cells: dict[str, object], place: str, code: int = 1) -> None:
        found = self.rules(self.workbook(S=cells, Other={"A1": 1}), code)
        self.assertEqual(found.get(rule), f"S!{place}", found)

    def clean(self, cells: dict[str, object]) -> None:
        self.assertEqual(self.rules(self.workbook(S=cells, Other={"A1": 1}), 0), {})

    def test_syntax(self) -> None:
        for formula in ("=SUM(A1:A2", "=A1+", '="a', "=(A1))", "=SUM(A1;A2)", "=A1 5", "=A1*/A2", "=" + "A1+" * 3000 + "A1"):
            with self.subTest(formula[:20]):
                self.one("formula-syntax", {"A1": 1, "A2": 2, "C1": formula}, "C1")

    def test_correct_formulas_are_not_findings(self) -> None:
        formulas = (
            "=-A1+(A2*-2)%", "=SUM(A1:A2,A2)", '=IF(A1>1,"a;b","it\'s (")', "=SUM({1,2;3,4})", "=SUM(A:A A1:A2)", "=Other!A1", "='Other'!$A$1",
            "=_xlfn.STDEV.S(A1:A2)", "=SUM(Other:S!A1)", "=[1]Book!A1", "=A1&\" \"&A2", "=TRUE", "=SUM(1:2)", "=ROW(B9)", "=COLUMNS(A1:C1)", "=A1:A2",
        )  # fmt: skip
        for formula in formulas:
            with self.subTest(formula):
                self.assertEqual(self.rules(self.workbook(S={"A1": 1, "A2": 2, "B9": formula}, Other={"A1": 1}), 0), {})

    def test_references(self) -> None:
        self.one("missing-sheet", {"A1": "=Gone!B1"}, "A1")
        self.one("broken-reference", {"A1": "=SUM(#REF!)"}, "A1")
        self.one("unknown-name", {"A1": "=tax_rate*2"}, "A1")
        self.one("circular", {"A1": 1, "A2": "=SUM(A1:A2)"}, "A2")
        self.one("empty-range", {"A1": 1, "A2": "=A1+Other!C5"}, "A2", 0)

    def test_new_functions(self) -> None:
        self.one("missing-prefix", {"A1": 1, "B1": "=XLOOKUP(1,A1:A1,A1:A1)"}, "B1")
        self.one("spill", {"A1": 1, "B1": "=_xlfn.UNIQUE(A1:A1)"}, "B1", 0)
        self.one("volatile", {"A1": "=TODAY()"}, "A1", 0)
        self.one("embedded-constant", {"A1": 1, "B1": "=A1*1.19"}, "B1", 0)

    def test_patterns(self) -> None:
        rows: dict[str, object] = {f"A{n}": n for n in range(1, 9)} | {f"B{n}": f"=A{n}*2" for n in range(1, 9)}
        self.clean(rows)
        self.one("hard-coded", rows | {"B4": 8}, "B4", 0)
        self.one("inconsistent-formula", rows | {"B4": "=A4*3"}, "B4", 0)

    def test_totals(self) -> None:
        rows: dict[str, object] = {"A1": "Item", "B1": "Cost", "A2": "x", "B2": 10, "A3": "y", "B3": 32, "A4": "Total"}
        self.one("hard-coded-total", rows | {"B4": 42}, "B4", 0)
        self.clean(rows | {"B4": "=SUM(B2:B3)"})
        self.clean(rows | {"B4": 41})

    def test_text_that_should_be_values(self) -> None:
        self.one("number-as-text", {"A1": "Cost", "A2": "1,234.50"}, "A2", 0)
        self.one("number-as-text", {"A1": "Cost", "A2": "$12"}, "A2", 0)
        self.one("date-as-text", {"A1": "Day", "A2": "2024-05-06"}, "A2", 0)
        self.clean({"A1": "Code", "A2": "00123", "A3": "12345678901234567", "A4": "12 rue", "A5": "v1.2.3", "B1": "2024", "C1": "2025"})

    def test_equal_findings_of_a_column_are_one(self) -> None:
        path = self.workbook(S={"A1": "Cost"} | {f"A{n}": f"{n}.5" for n in range(2, 502)})
        findings = [f for f in self.run_json("check.py", path)["findings"] if f["rule"] == "number-as-text"]
        self.assertEqual([(f["cell"], f["count"]) for f in findings], [("A2", 500)])

    def test_values_widths_and_formats(self) -> None:
        self.one("error-value", {"A1": "#N/A"}, "A1")
        book = load_workbook(self.workbook(S={"A1": 123456789.5, "B1": datetime.date(2024, 1, 1), "C1": 5}))
        for letter in "ABC":
            book["S"].column_dimensions[letter].width = 6
            book["S"][f"{letter}1"].number_format = MONEY if letter != "B" else "yyyy-mm-dd"
        book.save(self.folder / "narrow.xlsx")
        narrow = [f["cell"] for f in self.run_json("check.py", self.folder / "narrow.xlsx")["findings"] if f["rule"] == "narrow-column"]
        self.assertEqual(narrow, ["A1", "B1"])

    def test_cached_values(self) -> None:
        path = self.workbook(S={"A1": 1, "B1": "=A1/3"})
        sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><v>1</v></c>'
        for value, rule in ((b"<v>0.333</v>", "no-number-format"), (b"<v>#DIV/0!</v>", "error-value")):
            kind = b' t="e"' if rule == "error-value" else b""
            data = sheet + b'<c r="B1"' + kind + b"><f>A1/3</f>" + value + b"</c></row></sheetData></worksheet>"
            changed = rewrite(path, self.folder / "cached.xlsx", {"xl/worksheets/sheet1.xml": data})
            self.assertEqual(self.rules(changed, int(rule == "error-value")).get(rule), "S!B1")

    def test_tables_merges_charts_names(self) -> None:
        book = Workbook()
        sheet = book.active
        sheet.title = "S"
        for row in (("Name", "Cost"), ("x", 1), ("y", 2)):
            sheet.append(row)
        sheet.add_table(Table(displayName="T", ref="A1:B3"))
        sheet.merge_cells("A3:B3")
        sheet.merge_cells("D5:E6")
        sheet.merge_cells("E6:F7")
        sheet.auto_filter.ref = "A1:B3"
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=8, min_row=1, max_row=5))
        sheet.add_chart(chart, "H9")
        book.save(self.folder / "objects.xlsx")
        found = self.rules(self.folder / "objects.xlsx", 1)
        self.assertLessEqual({"table-merged", "table-filter", "merged-overlap", "chart-empty"}, found.keys())

    def test_a_number_as_table_header(self) -> None:
        book = Workbook()
        book.active.append(["Name", 2024])
        book.active.append(["x", 1])
        book.active.add_table(Table(displayName="T", ref="A1:B2"))
        book.save(self.folder / "header.xlsx")
        raw = self.rules(self.folder / "header.xlsx", 1)
        self.assertIn("table-header", raw)

    def test_chart_of_a_deleted_sheet(self) -> None:
        book = Workbook()
        other = book.create_sheet("Numbers")
        other["A1"] = 1
        chart = BarChart()
        chart.add_data(Reference(other, min_col=1, min_row=1, max_row=1))
        book.active.add_chart(chart, "C3")
        del book["Numbers"]
        book.save(self.folder / "gone.xlsx")
        self.assertIn("chart-missing-sheet", self.rules(self.folder / "gone.xlsx", 1))

    def test_fail_on_and_ignore(self) -> None:
        path = self.workbook(S={"A1": "Cost", "A2": "12"})
        self.run_script("check.py", path)
        self.run_script("check.py", path, "--fail-on", "warning", code=1)
        self.run_script("check.py", path, "--fail-on", "warning", "--ignore", "number-as-text")
        self.run_script("check.py", self.workbook(S={"A1": "=Gone!A1"}), "--fail-on", "never")


if __name__ == "__main__":
    unittest.main()
