"""Check that a workbook is a real report: formulas, a chart, and no error once everything is calculated anew.

Usage: check_workbook.py WORKBOOK [SOFFICE]

Prints what it found. With SOFFICE, LibreOffice calculates a copy whose stored results were removed, so that what
is judged are the formulas, not the numbers somebody wrote beside them. Exits with 1 and the reason otherwise.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell

TIMEOUT_SECONDS = 120


def formulas(book: Workbook) -> Iterator[tuple[str, Cell]]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield sheet.title, cell


def recalculate(workbook: Path, soffice: str, scratch: Path) -> Path:
    """Return a copy of the workbook with every formula calculated by LibreOffice."""
    stripped = scratch / "stripped" / workbook.name
    calculated = scratch / "calculated"
    stripped.parent.mkdir()
    load_workbook(workbook).save(stripped)  # openpyxl writes formulas without their results
    command = [soffice, f"-env:UserInstallation=file://{scratch}/profile", "--headless"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(calculated), str(stripped)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    result = calculated / workbook.name
    if done.returncode != 0 or not result.exists():
        raise SystemExit(f"LibreOffice cannot open {workbook}: {done.stderr.strip() or done.stdout.strip()}")
    return result


def check_results(workbook: Path, cells: list[tuple[str, Cell]]) -> None:
    book = load_workbook(workbook, data_only=True)
    wrong = []
    for sheet, cell in cells:
        result = book[sheet][cell.coordinate]
        if result.data_type == "e" or result.value is None:
            wrong.append(f"{sheet}!{cell.coordinate} {cell.value} gives {result.value}")
    if wrong:
        raise SystemExit("formulas fail once calculated:\n  " + "\n  ".join(wrong))


def main() -> int:
    workbook = Path(sys.argv[1]).resolve()
    book = load_workbook(workbook)
    cells = list(formulas(book))
    charts = [chart for sheet in book.worksheets for chart in sheet._charts]
    print(f"sheets: {', '.join(sheet.title for sheet in book.worksheets)}")
    print(f"formulas: {len(cells)}, charts: {len(charts)}")
    if not cells:
        raise SystemExit(f"{workbook} has no formula")
    if not charts:
        raise SystemExit(f"{workbook} has no chart")
    if len(sys.argv) > 2:
        with tempfile.TemporaryDirectory() as scratch:
            check_results(recalculate(workbook, sys.argv[2], Path(scratch)), cells)
        print("LibreOffice: opened, calculated anew, no error")
    return 0


if __name__ == "__main__":
    sys.exit(main())
