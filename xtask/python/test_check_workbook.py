"""The demo's check passes a real report and refuses everything that only looks like one."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference

CHECK = Path(__file__).with_name("check_workbook.py")
SOFFICE = shutil.which("soffice")


class CheckWorkbook(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.path = Path(scratch.name, "report.xlsx")

    def check(self, formula: str | None, *, chart: bool = True, soffice: str | None = None) -> subprocess.CompletedProcess[str]:
        book = Workbook()
        sheet = book.active
        sheet.append([1])
        sheet.append([2])
        if formula is not None:
            sheet["A3"] = formula
        if chart:
            bars = BarChart()
            bars.add_data(Reference(sheet, min_col=1, min_row=1, max_row=2))
            sheet.add_chart(bars, "C1")
        book.save(self.path)
        command = [sys.executable, CHECK, self.path, *([soffice] if soffice else [])]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_a_report_passes(self) -> None:
        done = self.check("=SUM(A1:A2)")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("formulas: 1, charts: 1", done.stdout)

    def test_constants_only_are_refused(self) -> None:
        done = self.check(None)
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no formula", done.stderr)

    def test_a_missing_chart_is_refused(self) -> None:
        done = self.check("=SUM(A1:A2)", chart=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("has no chart", done.stderr)

    @unittest.skipUnless(SOFFICE, "LibreOffice is not installed")
    def test_libreoffice_judges_the_formulas(self) -> None:
        done = self.check("=SUM(A1:A2)", soffice=SOFFICE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("no error", done.stdout)
        for formula in ("=1/0", "=NOSUCHFUNCTION(1)", "=Missing!A1"):
            with self.subTest(formula):
                done = self.check(formula, soffice=SOFFICE)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn("A3", done.stderr)

    def test_a_file_that_is_no_workbook_is_refused(self) -> None:
        self.path.write_text("no workbook")
        done = subprocess.run([sys.executable, CHECK, self.path], capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
