"""The rules of check.py. Each looks at one thing and adds findings; none changes the workbook."""

from __future__ import annotations

import bisect
import datetime
import re
from typing import Any

from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.cell_range import CellRange

import _formulas
from _findings import Findings
from _package import ERROR_VALUES
from _widths import shown_width

NUMBER_TEXT = re.compile(r"\s*[-+(]?[$€£¥]?\s?(?!0\d)(\d{1,3}([, ]\d{3})+|\d{1,15})([.,]\d+)?\s?[%€]?\)?\s*$")
DATE_TEXT = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.](\d{4}|\d{2})|\d{1,2}[- ][A-Za-z]{3}[- ]\d{2,4})([ T]\d{1,2}:\d{2}(:\d{2})?)?\s*$")
TOTAL_LABEL = re.compile(r"\b(sub-?total|total|sum|summe|gesamt)\b", re.IGNORECASE)
DYNAMIC = {"FILTER", "SORT", "SORTBY", "UNIQUE", "SEQUENCE", "RANDARRAY", "VSTACK", "HSTACK", "TOCOL", "TOROW", "TAKE", "DROP", "TEXTSPLIT"}
LONG_SHEET = 60
Place = tuple[int, int]


class Grid:
    """One sheet's cells by (column, row), with a fast answer to «is anything in this area?»."""

    def __init__(self, worksheet: Any) -> None:
        self.sheet = worksheet
        self.cells: dict[Place, Any] = {}
        self.formulas: dict[Place, str] = {}
        self.arrays: set[Place] = set()
        self._rows: dict[int, list[int]] = {}
        for (row, column), cell in sorted(worksheet._cells.items()):
            if cell.value is None:
                continue
            self.cells[column, row] = cell
            self._rows.setdefault(column, []).append(row)
            if cell.data_type == "f":
                text = getattr(cell.value, "text", cell.value)
                if isinstance(text, str):
                    self.formulas[column, row] = text if text.startswith("=") else "=" + text
                if not isinstance(cell.value, str):
                    self.arrays.add((column, row))

    def any_in(self, area: _formulas.Area) -> bool:
        for column, rows in self._rows.items():
            if area.left <= column <= area.right:
                index = bisect.bisect_left(rows, area.top)
                if index < len(rows) and rows[index] <= area.bottom:
                    return True
        return False

    def number(self, place: Place) -> float | None:
        """The constant number in a cell, or None for anything else."""
        cell = self.cells.get(place)
        value = None if cell is None or cell.is_date else cell.value
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


class Rules:
    def __init__(self, workbook: Any, cached: Any, findings: Findings) -> None:
        self.workbook, self.cached, self.findings = workbook, cached, findings
        self.grids = {worksheet.title: Grid(worksheet) for worksheet in workbook.worksheets}
        self.titles = {title.casefold(): title for title in workbook.sheetnames}
        names = set(workbook.defined_names) | {n for ws in workbook.worksheets for n in ws.defined_names}
        self.tables = {table.displayName.casefold() for ws in workbook.worksheets for table in ws.tables.values()}
        self.names = {name.casefold() for name in names}

    def run(self) -> None:
        for title, grid in self.grids.items():
            values = self.cached_values(title)
            self.check_formulas(title, grid)
            self.check_patterns(title, grid)
            self.check_totals(title, grid)
            self.check_values(title, grid, values)
            self.check_widths(title, grid, values)
            self.check_merges_and_tables(title, grid)
            self.check_charts(title, grid)
            self.check_layout(title, grid)
        self.check_names()

    def cached_values(self, title: str) -> dict[Place, Any]:
        wanted = self.grids[title].formulas
        if not wanted:
            return {}
        worksheet = self.cached[title]
        worksheet.reset_dimensions()
        return {(c.column, c.row): c.value for row in worksheet.iter_rows() for c in row if c.value is not None and (c.column, c.row) in wanted}

    def check_formulas(self, title: str, grid: Grid) -> None:
        for place, formula in grid.formulas.items():
            shown = formula if len(formula) < 120 else formula[:119] + "…"
            if faults := _formulas.syntax_faults(formula):
                self.findings.add("error", "formula-syntax", title, place, f"{faults[0]}: {shown}", faults[0])
                continue
            if "#REF!" in formula.upper():
                self.findings.add("error", "broken-reference", title, place, f"the formula refers to deleted cells: {shown}")
            for name, spelling in _formulas.missing_prefixes(formula).items():
                self.findings.add("error", "missing-prefix", title, place, f"write {spelling}( in the file, or Excel shows #NAME?: {shown}", name)
            used = {name.rpartition(".")[2] if name.startswith("_XLFN") else name for name in _formulas.functions(formula)}
            if used & DYNAMIC and place not in grid.arrays:
                which = ", ".join(sorted(used & DYNAMIC))
                self.findings.add("warning", "spill", title, place, f"{which} as an ordinary formula gives one cell; use ArrayFormula over the result's range: {shown}")
            if volatile := used & _formulas.VOLATILE:
                self.findings.add("info", "volatile", title, place, f"{', '.join(sorted(volatile))} recalculates at every change: {shown}")
            if constants := _formulas.embedded_constants(formula):
                self.findings.add("info", "embedded-constant", title, place, f"{', '.join(constants)} inside a formula; give an assumption its own labelled cell: {shown}")
            self.check_references(title, place, formula, shown)

    def check_references(self, title: str, place: Place, formula: str, shown: str) -> None:
        local_names = {name.casefold() for name in re.findall(r"_xlpm\.\w+", formula)}
        for reference in _formulas.references(formula):
            if reference.external or "#REF!" in reference.text.upper():
                continue
            sheets = [] if reference.sheet is None else reference.sheet.split(":")
            unknown = [sheet for sheet in sheets if sheet.casefold() not in self.titles]
            if unknown:
                self.findings.add("error", "missing-sheet", title, place, f"there is no sheet {unknown[0]!r}: {shown}", unknown[0])
            elif reference.area is None:
                base = reference.text.rpartition("!")[2].split("[")[0].casefold()
                if base and ":" not in base and base not in self.names | self.tables | local_names and not base.startswith("#"):
                    self.findings.add("error", "unknown-name", title, place, f"{reference.text} is no cell, name or table here: {shown}", base)
            elif len(sheets) < 2:
                own = not sheets or sheets[0].casefold() == title.casefold()
                if own and reference.area.holds(*place) and not _formulas.functions(formula) & {"ROW", "COLUMN", "ROWS", "COLUMNS"}:
                    self.findings.add("error", "circular", title, place, f"the formula reads its own cell: {shown}")
                target = self.grids.get(self.titles[sheets[0].casefold()] if sheets else title)
                if target is not None and not target.any_in(reference.area):
                    self.findings.add("warning", "empty-range", title, place, f"{reference.text} is empty: {shown}", reference.text if "$" in reference.text else "")

    def check_patterns(self, title: str, grid: Grid) -> None:
        """A cell between two formulas of one shape, above and below or left and right, should have that shape too."""
        shapes: dict[Place, str] = {}
        for place, formula in grid.formulas.items():
            try:
                shapes[place] = _formulas.shape(formula, *place)
            except TokenizerError:
                continue
        for (column, row), cell in grid.cells.items():
            for before, after in (((column, row - 1), (column, row + 1)), ((column - 1, row), (column + 1, row))):
                expected = shapes.get(before)
                if expected is None or expected != shapes.get(after):
                    continue
                if (column, row) in shapes:
                    # Another number format says that the difference is meant (a ratio among sums).
                    if shapes[column, row] != expected and cell.number_format == grid.cells[before].number_format:
                        self.findings.add("warning", "inconsistent-formula", title, (column, row), f"differs from the formulas on both sides: {grid.formulas[column, row][:100]}")
                        break
                elif grid.number((column, row)) is not None:
                    self.findings.add("warning", "hard-coded", title, (column, row), f"the number {cell.value} stands between formulas; was a formula overwritten?")
                    break

    def check_totals(self, title: str, grid: Grid) -> None:
        """A number in a row labelled «Total» that equals the sum of the numbers above it."""
        for (label_column, row), cell in grid.cells.items():
            if not isinstance(cell.value, str) or (label_column, row) in grid.formulas or not TOTAL_LABEL.search(cell.value):
                continue
            column = label_column + 1
            while (value := grid.number((column, row))) is not None or (column, row) in grid.cells:
                total, above = 0.0, row - 1
                while value is not None and (part := grid.number((column, above))) is not None:
                    total, above = total + part, above - 1
                if value is not None and row - above > 2 and abs(total - value) <= 1e-6 * max(1.0, abs(value)):
                    letter = get_column_letter(column)
                    formula = f"=SUM({letter}{above + 1}:{letter}{row - 1})"
                    self.findings.add("warning", "hard-coded-total", title, (column, row), f"the total {cell.value!r} is a constant {value:g}; use {formula}")
                column += 1

    def check_values(self, title: str, grid: Grid, values: dict[Place, Any]) -> None:
        for place, cell in grid.cells.items():
            value = values.get(place) if place in grid.formulas else cell.value
            if isinstance(value, str) and (value in ERROR_VALUES or cell.data_type == "e"):
                self.findings.add("error", "error-value", title, place, f"shows {value}" + (f": {grid.formulas[place][:100]}" if place in grid.formulas else ""), value)
            elif place not in grid.formulas and isinstance(value, str):
                if len(value) > 32_767:
                    self.findings.add("error", "long-text", title, place, "longer than the 32,767 characters a cell can hold")
                elif (place[0], place[1] - 1) not in grid.cells:
                    continue  # the top of a block of cells: a header such as "2024" is meant as text
                elif NUMBER_TEXT.match(value) and cell.number_format != "@":
                    self.findings.add("warning", "number-as-text", title, place, f"{value!r} is text and is ignored by SUM; store a number (or format @ if it is an identifier)")
                elif DATE_TEXT.match(value) and cell.number_format != "@":
                    self.findings.add("warning", "date-as-text", title, place, f"{value!r} is text; store a date with a date format")
            elif place in grid.formulas and isinstance(value, float) and not value.is_integer() and cell.number_format == "General":
                self.findings.add("warning", "no-number-format", title, place, f"the result {value:.6g} has no number format")
        if grid.formulas and not values:
            first = next(iter(grid.formulas))
            self.findings.add("info", "no-cached-values", title, first, "formulas have no stored results; previewers and pandas show blanks: recalc.py --write")

    def check_widths(self, title: str, grid: Grid, values: dict[Place, Any]) -> None:
        worksheet = grid.sheet
        default = worksheet.sheet_format.defaultColWidth or worksheet.sheet_format.baseColWidth or 8
        widths: dict[int, float] = {}
        for dimension in worksheet.column_dimensions.values():
            if dimension.width and dimension.customWidth:
                first = dimension.min or 0
                widths.update(dict.fromkeys(range(first, (dimension.max or first) + 1), dimension.width))
        merged = {(c, r) for area in worksheet.merged_cells.ranges for r, c in area.top + area.left} if worksheet.merged_cells else set()
        for place, cell in grid.cells.items():
            value = values.get(place) if place in grid.formulas else cell.value
            if place in merged or isinstance(value, (str, bool)) or value is None or cell.alignment.shrink_to_fit:
                continue
            needed = shown_width(value, cell.number_format)
            width = widths.get(place[0], default)
            general = cell.number_format == "General" and not isinstance(value, (datetime.date, datetime.time))
            if not general and needed > width:
                self.findings.add("warning", "narrow-column", title, place, f"about {needed} characters in a column {width:g} wide: shows ####")

    def check_merges_and_tables(self, title: str, grid: Grid) -> None:
        worksheet = grid.sheet
        merges = list(worksheet.merged_cells.ranges)
        for index, area in enumerate(merges[:2000]):
            for other in merges[index + 1 : 2000]:
                if not area.isdisjoint(other):
                    self.findings.add("error", "merged-overlap", title, area.coord, f"merged areas {area.coord} and {other.coord} overlap; Excel repairs the file")
        tables = [(table, CellRange(table.ref)) for table in worksheet.tables.values()]
        for index, (table, area) in enumerate(tables):
            for other, other_area in tables[index + 1 :]:
                if not area.isdisjoint(other_area):
                    self.findings.add("error", "table-overlap", title, table.ref, f"tables {table.displayName} and {other.displayName} overlap")
            if any(not area.isdisjoint(merge) for merge in merges):
                self.findings.add("error", "table-merged", title, table.ref, f"table {table.displayName} contains merged cells; Excel repairs the file")
            if worksheet.auto_filter.ref and not area.isdisjoint(CellRange(worksheet.auto_filter.ref)):
                self.findings.add("error", "table-filter", title, table.ref, f"the sheet's own filter overlaps table {table.displayName}, which has one already; Excel repairs the file")
            self.check_table_header(title, grid, table, area)

    def check_table_header(self, title: str, grid: Grid, table: Any, area: CellRange) -> None:
        if table.headerRowCount == 0:
            return
        expected = [column.name for column in table.tableColumns]
        found = [getattr(grid.cells.get((column, area.min_row)), "value", None) for column in range(area.min_col, area.max_col + 1)]
        if any(not isinstance(value, str) for value in found):
            self.findings.add("error", "table-header", title, table.ref, f"every header cell of table {table.displayName} must be text: {found!r:.120}")
        elif expected and [name.casefold() for name in expected] != [re.sub(r"\r?\n", "_x000a_", v).casefold() for v in found] and expected != found:
            self.findings.add("error", "table-header", title, table.ref, f"table {table.displayName} has columns {expected!r:.120} but its header cells say {found!r:.120}")
        if len({str(value).casefold() for value in found}) < len(found):
            self.findings.add("error", "table-header", title, table.ref, f"table {table.displayName} has two columns of the same name", "twice")
        if area.max_row - area.min_row < 1:
            self.findings.add("error", "table-empty", title, table.ref, f"table {table.displayName} has no data row; Excel repairs the file")

    def check_charts(self, title: str, grid: Grid) -> None:
        for number, chart in enumerate(grid.sheet._charts, 1):
            references = [ref for part in [chart, *getattr(chart, "_charts", [])] for series in part.series for ref in series_references(series)]
            if not references:
                self.findings.add("warning", "chart-empty", title, f"chart {number}", "the chart has no series")
            for text in dict.fromkeys(references):
                reference = _formulas.parse(text.strip("()"))
                sheet = self.titles.get((reference.sheet or "").casefold())
                if reference.external or "," in text:
                    continue
                if sheet is None:
                    if reference.area is not None or reference.sheet:
                        self.findings.add("error", "chart-missing-sheet", title, f"chart {number}", f"reads {text}, but there is no such sheet", text)
                elif reference.area is not None and sheet in self.grids and not self.grids[sheet].any_in(reference.area):
                    self.findings.add("warning", "chart-empty", title, f"chart {number}", f"reads {text}, where all cells are empty", text)

    def check_layout(self, title: str, grid: Grid) -> None:
        if not grid.cells:
            if not grid.sheet._charts and not grid.sheet._images:
                self.findings.add("info", "empty-sheet", title, "", "the sheet is empty")
            return
        if max(row for _, row in grid.cells) > LONG_SHEET and not grid.sheet.freeze_panes:
            self.findings.add("info", "no-freeze", title, "", "a long sheet without frozen header: set freeze_panes")

    def check_names(self) -> None:
        for scope in [self.workbook, *self.workbook.worksheets]:
            for name, defined in scope.defined_names.items():
                if "#REF!" in (defined.attr_text or ""):
                    self.findings.add("error", "broken-name", "", "", f"the name {name} refers to deleted cells: {defined.attr_text}", name)


def series_references(series: Any) -> list[str]:
    """The ranges a chart series reads: values, categories, title."""
    found = []
    for part in (series.val, series.cat, series.xVal, series.yVal, series.bubbleSize):
        for kind in ("numRef", "strRef", "multiLvlStrRef"):
            reference = getattr(part, kind, None)
            if reference is not None and reference.f:
                found.append(reference.f)
    if series.tx is not None and series.tx.strRef is not None and series.tx.strRef.f:
        found.append(series.tx.strRef.f)
    return found
