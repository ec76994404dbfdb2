"""Turn sales.csv into a workbook: the data as a table, a summary that calculates from it, a chart.

Usage: python3 report.py SALES.csv REPORT.xlsx
"""

import csv
import datetime
import sys

sys.path.insert(0, "/skills/xlsx/scripts")
import xlsx_style as xs
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.formatting.rule import CellIsRule, DataBarRule
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName

HEADER = ["Month", "Region", "Product", "Units", "Unit price", "Revenue"]


def data_sheet(ws, path):
    """The rows of the CSV as the table Sales; revenue is a formula. Returns the months and regions in it."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        records = list(csv.DictReader(file))
    rows = [
        [datetime.date.fromisoformat(r["Month"]), r["Region"], r["Product"], int(r["Units"]), float(r["Unit price"]), f"=D{n}*E{n}"]
        for n, r in enumerate(records, 2)
    ]
    formats = {"Month": xs.MONTH, "Units": xs.INTEGER, "Unit price": xs.MONEY_CENTS, "Revenue": xs.MONEY}
    xs.write_table(ws, HEADER, rows, name="Sales", formats=formats)
    for name, column in (("Months", "A"), ("Regions", "B"), ("Revenue", "F")):
        ws.parent.defined_names[name] = DefinedName(name, attr_text=f"Data!${column}$2:${column}${len(rows) + 1}")
    xs.page(ws, landscape=False, repeat_rows="1:1")
    return sorted({row[0] for row in rows}), sorted({row[1] for row in rows})


def summary_sheet(ws, months, regions):
    """One row for each month, one column for each region, then total, growth and distance to the target: all formulas."""
    xs.put(ws, "A1", "Sales by month and region", "Title")
    xs.put(ws, "A2", f"Revenue in EUR, {months[0]:%B %Y} to {months[-1]:%B %Y}; calculated from the sheet Data", "Subtitle")
    xs.put(ws, "A3", "Monthly target")
    xs.put(ws, "B3", 60000, "Input", xs.MONEY)
    top, first, last = 5, 6, 5 + len(months)
    total, growth, gap = (ws.cell(top, 2 + len(regions) + n).column_letter for n in range(3))
    final_region = ws.cell(top, 1 + len(regions)).column_letter
    for column, title in enumerate(["Month", *regions, "Total", "Growth", "vs target"], 1):
        ws.cell(top, column, title).style = "Header"
    for row, month in enumerate(months, first):
        xs.put(ws, f"A{row}", month, None, xs.MONTH)
        for column in range(2, 2 + len(regions)):
            letter = ws.cell(top, column).column_letter
            xs.put(ws, f"{letter}{row}", f"=SUMIFS(Revenue,Months,$A{row},Regions,{letter}${top})", None, xs.MONEY)
        xs.put(ws, f"{total}{row}", f"=SUM(B{row}:{final_region}{row})", None, xs.MONEY)
        if row > first:
            xs.put(ws, f"{growth}{row}", f"=IF({total}{row - 1}=0,0,{total}{row}/{total}{row - 1}-1)", None, xs.SIGNED_PERCENT)
        xs.put(ws, f"{gap}{row}", f"={total}{row}-$B$3", None, xs.MONEY)
    xs.put(ws, f"A{last + 1}", "Total", "Total")
    for column in range(2, 3 + len(regions)):
        letter = ws.cell(top, column).column_letter
        xs.put(ws, f"{letter}{last + 1}", f"=SUM({letter}{first}:{letter}{last})", "Total", xs.MONEY)
    xs.put(ws, f"{growth}{last + 1}", f"=IF({total}{first}=0,0,{total}{last}/{total}{first}-1)", "Total", xs.SIGNED_PERCENT)
    xs.put(ws, f"{gap}{last + 1}", f"=SUM({gap}{first}:{gap}{last})", "Total", xs.MONEY)
    ws.conditional_formatting.add(f"{growth}{first}:{growth}{last}", CellIsRule("lessThan", ["0"], font=Font(color="C00000")))
    ws.conditional_formatting.add(f"{total}{first}:{total}{last}", DataBarRule("min", None, "max", None, color="9DC3E6"))
    ws.freeze_panes = ws.cell(first, 2)
    xs.fit_columns(ws)

    bars, line = BarChart(), LineChart()
    labels = Reference(ws, min_col=1, min_row=first, max_row=last)
    bars.add_data(Reference(ws, min_col=2, max_col=1 + len(regions), min_row=top, max_row=last), titles_from_data=True)
    line.add_data(Reference(ws, min_col=2 + len(regions), min_row=top, max_row=last), titles_from_data=True)
    bars.grouping, bars.overlap, bars.gapWidth = "stacked", 100, 60
    bars.set_categories(labels)
    line.set_categories(labels)
    xs.style_chart(bars, title="Revenue by region, and total (EUR)")
    xs.style_chart(line, colors=[xs.ACCENT_2])
    bars.x_axis.number_format, bars.y_axis.number_format = xs.MONTH, xs.INTEGER
    bars += line
    ws.add_chart(bars, f"A{last + 3}")
    xs.page(ws, pages_high=1)


workbook = xs.new_workbook()
summary, data = workbook.active, workbook.create_sheet("Data")
summary.title = "Summary"
summary_sheet(summary, *data_sheet(data, sys.argv[1]))
xs.save(workbook, sys.argv[2])
