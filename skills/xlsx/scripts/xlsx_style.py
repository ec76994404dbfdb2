"""A consistent, printable look for workbooks made with openpyxl, in a few calls.

    import sys; sys.path.insert(0, "/skills/xlsx/scripts")
    import xlsx_style as xs

    wb = xs.new_workbook()                       # named styles registered: Title, Subtitle, Header, Input, Total, Note
    ws = wb.active; ws.title = "Data"
    xs.write_table(ws, ["Month", "Sales"], rows, name="Sales", formats={"Month": xs.MONTH, "Sales": xs.MONEY})
    xs.page(ws)
    xs.save(wb, "/mnt/session/outputs/report.xlsx")
"""

from __future__ import annotations

import datetime
import os
import tempfile
from itertools import cycle
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, ParagraphProperties
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from _widths import shown_width

INTEGER, DECIMAL, PERCENT, SIGNED_PERCENT = "#,##0", "#,##0.00", "0.0%", "+0.0%;-0.0%;0.0%"
MONEY, MONEY_CENTS, THOUSANDS = "#,##0;[Red]-#,##0;-", "#,##0.00;[Red]-#,##0.00;-", '#,##0.0,"k"'
DATE, MONTH, DATETIME = "yyyy-mm-dd", "mmm yyyy", "yyyy-mm-dd hh:mm"

INK, MUTED, ACCENT, ACCENT_2, LINE, INPUT_FILL = "1F2937", "6B7280", "1F4E79", "E08E2B", "BFC7D1", "FFF8E1"
PALETTE = (ACCENT, "5B9BD5", "A9C7E8", ACCENT_2, "5B9A8B", MUTED)
FONT = "Calibri"


def _styles() -> list[NamedStyle]:
    thin, rule = Side(style="thin", color=LINE), Side(style="medium", color=ACCENT)
    return [
        NamedStyle("Title", font=Font(name=FONT, size=18, bold=True, color=ACCENT), alignment=Alignment(vertical="center")),
        NamedStyle("Subtitle", font=Font(name=FONT, size=11, color=MUTED)),
        NamedStyle(
            "Header",
            font=Font(name=FONT, bold=True, color="FFFFFF"),
            fill=PatternFill("solid", fgColor=ACCENT),
            alignment=Alignment(horizontal="center", vertical="center", wrap_text=True),
        ),
        NamedStyle(
            "Input",
            font=Font(name=FONT, color="0000FF"),
            fill=PatternFill("solid", fgColor=INPUT_FILL),
            border=Border(left=thin, right=thin, top=thin, bottom=thin),
            protection=Protection(locked=False),
        ),
        NamedStyle("Total", font=Font(name=FONT, bold=True, color=INK), border=Border(top=rule)),
        NamedStyle("Note", font=Font(name=FONT, size=9, italic=True, color=MUTED), alignment=Alignment(vertical="top")),
    ]


def add_styles(workbook: Workbook) -> None:
    """Register the named styles; a style of that name the workbook already has is left alone."""
    for style in _styles():
        if style.name not in workbook.named_styles:
            workbook.add_named_style(style)


def new_workbook() -> Workbook:
    """A new workbook with the named styles and one sheet without grid lines."""
    workbook = Workbook()
    add_styles(workbook)
    workbook.active.sheet_view.showGridLines = False
    return workbook


def put(ws: Worksheet, cell: str, value: Any, style: str | None = None, number_format: str | None = None) -> None:
    """Set a cell's value, named style and number format in one call (the style first: it resets the format)."""
    _fill(ws[cell], value, style, number_format)


def _fill(target: Any, value: Any, style: str | None, number_format: str | None) -> None:
    target.value = value
    if style:
        target.style = style
    if number_format:
        target.number_format = number_format
    if isinstance(value, datetime.date):
        target.alignment = Alignment(horizontal="left")  # a date is a label; on the right it runs into the next text


def write_table(
    ws: Worksheet,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    name: str,
    top: int = 1,
    left: int = 1,
    formats: Mapping[str, str] | None = None,
) -> str:
    """Write header and rows as an Excel table called `name`; format, fit, freeze (when it starts at the top). Returns its range.

    Values that start with "=" become formulas. Inside the table use ordinary references (`=C2*D2`), not `[@Column]`.
    """
    formats = formats or {}
    if unknown := set(formats) - set(header):
        raise ValueError(f"formats name no column: {sorted(unknown)}; the columns are {list(header)}")
    last = top
    for column, title in enumerate(header, left):
        ws.cell(top, column, str(title)).style = "Header"
    for last, row in enumerate(rows, top + 1):
        if len(row) != len(header):
            raise ValueError(f"row {last} has {len(row)} values for {len(header)} columns: {row!r:.200}")
        for column, value in enumerate(row, left):
            _fill(ws.cell(last, column), value, None, formats.get(header[column - left]))
    if last == top:
        raise ValueError(f"table {name} has no rows; Excel refuses a table without data")
    area = f"{get_column_letter(left)}{top}:{get_column_letter(left + len(header) - 1)}{last}"
    table = Table(displayName=name, ref=area)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    ws.add_table(table)
    if top <= 3:
        ws.freeze_panes = ws.cell(top + 1, 1)
    fit_columns(ws)
    return area


def fit_columns(ws: Worksheet, *, least: float = 9, most: float = 50, formula: float = 13) -> None:
    """Set column widths from what the cells show; `formula` is the width assumed for a formula's result.

    Titles and notes (text without a neighbour on the right, in those styles) may overflow and are not counted.
    """
    widths: dict[str, float] = {}
    for row in ws.iter_rows():
        for cell in row:
            if cell.value is None or cell.style in ("Title", "Subtitle", "Note"):
                continue
            needed = formula if cell.data_type == "f" else shown_width(cell.value, cell.number_format) + 2
            if cell.font.bold:
                needed *= 1.1
            if cell.style == "Header":
                needed += 2  # the filter button
            widths[cell.column_letter] = max(widths.get(cell.column_letter, least), needed)
    for letter, width in widths.items():
        ws.column_dimensions[letter].width = round(min(width, most), 1)


def page(ws: Worksheet, *, landscape: bool = True, pages_high: int = 0, repeat_rows: str | None = None) -> None:
    """Print on A4, one page wide, `pages_high` high (0: as many as needed), numbered; `repeat_rows` ("1:1") on top of each page."""
    ws.page_setup.orientation = "landscape" if landscape else "portrait"
    ws.page_setup.paperSize = ws.PAPERSIZE_A4
    ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = 1, pages_high
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.print_options.horizontalCentered = True
    ws.oddFooter.left.text, ws.oddFooter.right.text = "&A", "&P / &N"
    if repeat_rows:
        ws.print_title_rows = repeat_rows


def style_chart(
    chart: Any, *, title: str | None = None, width: float = 22, height: float = 9, colors: Sequence[str] = PALETTE
) -> None:
    """Title, size (cm), legend below, quiet grid, one colour for each series, straight lines, and both axes shown
    (Excel hides the axes of openpyxl's charts otherwise).
    """
    chart.width, chart.height = width, height
    if title:
        chart.title = title
        small = ParagraphProperties(defRPr=CharacterProperties(sz=1300, b=True, solidFill=INK))
        for paragraph in chart.title.tx.rich.p:
            paragraph.pPr = small
            for run in paragraph.r or []:
                run.rPr = CharacterProperties(sz=1300, b=True, solidFill=INK)
    if chart.legend is not None:
        chart.legend.position = "b"
    for axis in (getattr(chart, "x_axis", None), getattr(chart, "y_axis", None)):
        if axis is not None:
            axis.delete = False
    if getattr(chart, "y_axis", None) is not None and chart.y_axis.majorGridlines is not None:
        chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="E3E7EC"))
    for series, color in zip(chart.series, cycle(colors)):
        series.graphicalProperties.line.solidFill = color
        if chart.tagname == "lineChart":
            series.smooth = False
            series.graphicalProperties.line.width = 28_575  # 2.25 pt, in EMU
        else:
            series.graphicalProperties.solidFill = color


def save(workbook: Workbook, path: str | Path) -> None:
    """Save atomically: the file is complete or not there, never half written."""
    target = Path(path)
    handle, name = tempfile.mkstemp(prefix=".save-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    try:
        workbook.save(name)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
