"""What a workbook contains besides cell values, read from its parts: objects, names, and what openpyxl would not keep."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from _package import SheetPart, iter_xml, local, read_xml, relations, sheet_parts, workbook_part

# (what, pattern of part names, what openpyxl does with it when it loads and saves the workbook)
LOSSY_PARTS = (
    ("macros", r"/vbaProject\.bin$", "lost unless loaded with keep_vba=True and saved as .xlsm"),
    ("slicers or timelines", r"/(slicers|slicerCaches|timelines|timelineCaches)/", "lost"),
    ("pivot tables", r"/pivotTables/", "kept, but not refreshed and newer options are dropped; compare after saving"),
    ("new-style charts (waterfall, treemap, funnel, map…)", r"/charts/chartEx\d*\.xml$", "lost"),
    ("chart styles and colours", r"/charts/(style|colors)\d*\.xml$", "lost: charts are rewritten in openpyxl's own terms"),
    ("charts", r"/charts/chart\d*\.xml$", "rewritten: series survive; fonts, gradients, trend and label details may not"),
    ("threaded comments", r"/(threadedComments|persons)/", "lost (a plain note may remain)"),
    ("form controls or ActiveX", r"/(ctrlProps|activeX)/", "lost"),
    ("embedded objects", r"/embeddings/", "lost"),
    ("data connections or queries", r"/(connections\.xml|queryTables/|model/|dataMashup)", "lost"),
    ("linked data types or pictures in cells", r"/richData/", "lost"),
    ("dynamic-array metadata", r"xl/metadata\.xml$", "lost: spilling formulas turn into single-cell ones (@)"),
    ("custom XML", r"^customXml/", "lost"),
    ("printer settings", r"/printerSettings/", "lost (page setup itself is kept)"),
    ("images openpyxl cannot read", r"/media/.*\.(emf|wmf|svg)$", "lost"),
    ("web extensions", r"/webextensions?/", "lost"),
    ("digital signature", r"^_xmlsignatures/", "lost, and any change invalidates it"),
)
EXTENSIONS = (
    ("sparklines", b"sparklineGroup", "lost"),
    ("newer conditional formats (x14)", b"x14:conditionalFormatting", "lost"),
    ("data validation that refers to other sheets (x14)", b"x14:dataValidation", "lost"),
)


@dataclass
class Sheet:
    """What one sheet holds besides values. Chart titles and references are as the file has them."""

    name: str
    state: str
    kind: str
    dimension: str = ""
    freeze: str = ""
    autofilter: str = ""
    merged: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    charts: list[dict[str, object]] = field(default_factory=list)
    images: int = 0
    comments: int = 0
    conditional_formats: list[str] = field(default_factory=list)
    validations: list[str] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    protected: bool = False


def sheets(package: zipfile.ZipFile) -> list[Sheet]:
    return [read_sheet(package, part) for part in sheet_parts(package)]


def read_sheet(package: zipfile.ZipFile, part: SheetPart) -> Sheet:
    sheet = Sheet(part.name, part.state, part.kind)
    if part.part not in package.NameToInfo:
        return sheet
    tags = ("dimension", "pane", "autoFilter", "mergeCell", "conditionalFormatting", "dataValidation", "col", "row", "sheetProtection")
    with package.open(part.part) as stream:
        for element in iter_xml(stream, tags):
            match local(element):
                case "dimension":
                    sheet.dimension = element.get("ref", "")
                case "pane" if element.get("state", "") in ("frozen", "frozenSplit"):
                    sheet.freeze = element.get("topLeftCell", "")
                case "autoFilter":
                    sheet.autofilter = element.get("ref", "")
                case "mergeCell":
                    sheet.merged.append(element.get("ref", ""))
                case "conditionalFormatting":
                    sheet.conditional_formats.append(element.get("sqref", ""))
                case "dataValidation":
                    sheet.validations.append(f"{element.get('sqref', '')} {element.get('type', 'any')}")
                case "col" if element.get("hidden") in ("1", "true"):
                    first, last = int(element.get("min", "1")), int(element.get("max", "1"))
                    names = [get_column_letter(first), get_column_letter(last)]
                    sheet.hidden_columns.append(names[0] if first == last else ":".join(names))
                case "row" if element.get("hidden") in ("1", "true"):
                    sheet.hidden_rows += 1
                case "sheetProtection":
                    sheet.protected = element.get("sheet") in ("1", "true")
    add_objects(package, part.part, sheet)
    return sheet


def add_objects(package: zipfile.ZipFile, part: str, sheet: Sheet) -> None:
    for target in relations(package, part).values():
        if target not in package.NameToInfo:
            continue
        if "/tables/" in target:
            table = read_xml(package, target)
            sheet.tables.append(f"{table.get('displayName')} {table.get('ref')}")
        elif re.search(r"/comments[^/]*\.xml$", target):
            sheet.comments += sum(1 for _ in read_xml(package, target).iter("{*}comment"))
        elif "/drawings/" in target and target.endswith(".xml"):
            for drawn in relations(package, target).values():
                if re.search(r"/charts/chart(Ex)?\d*\.xml$", drawn) and drawn in package.NameToInfo:
                    sheet.charts.append(read_chart(package, drawn))
                elif "/media/" in drawn:
                    sheet.images += 1


def read_chart(package: zipfile.ZipFile, part: str) -> dict[str, object]:
    root = read_xml(package, part)
    kinds = sorted({local(e).removesuffix("Chart") for e in root.iter("{*}*") if local(e).endswith("Chart") and local(e) != "chart"})
    title = next(root.iter("{*}title"), None)
    words = "" if title is None else "".join(t.text or "" for t in title.iter("{*}t"))
    return {"part": part, "kinds": kinds, "title": words, "references": [f.text for f in root.iter("{*}f") if f.text]}


def defined_names(package: zipfile.ZipFile) -> list[dict[str, str]]:
    names = []
    for element in read_xml(package, workbook_part(package)).iter("{*}definedName"):
        scope = element.get("localSheetId", "workbook")
        hidden = "yes" if element.get("hidden") in ("1", "true") else ""
        names.append({"name": element.get("name", ""), "refers_to": element.text or "", "scope": scope, "hidden": hidden})
    return names


def external_links(package: zipfile.ZipFile) -> list[str]:
    links = []
    for name in package.namelist():
        if re.search(r"/externalLinks/_rels/.*\.rels$", name):
            links += [relation.get("Target", "") for relation in read_xml(package, name)]
    return links


def losses(package: zipfile.ZipFile) -> list[dict[str, str]]:
    """What a load and save with openpyxl would lose or change: [{what, effect, where}], empty when it is safe."""
    found = []
    names = package.namelist()
    for what, pattern, effect in LOSSY_PARTS:
        hits = [name for name in names if re.search(pattern, name)]
        if hits:
            found.append({"what": what, "effect": effect, "where": ", ".join(hits[:5])})
    for what, marker, effect in EXTENSIONS:
        hits = [part.name for part in sheet_parts(package) if part.part in names and contains(package, part.part, marker)]
        if hits:
            found.append({"what": what, "effect": effect, "where": ", ".join(hits[:5])})
    shapes = [n for n in names if re.search(r"/drawings/drawing\d*\.xml$", n) and re.search(rb"<(\w+:)?(sp|grpSp|cxnSp)[\s>]", package.read(n))]
    if shapes:
        found.append({"what": "shapes and text boxes", "effect": "lost", "where": ", ".join(shapes[:5])})
    strings = next((n for n in names if n.endswith("sharedStrings.xml")), None)
    if strings and (contains(package, strings, b"<r>") or contains(package, strings, b"<r ")):
        found.append({"what": "text with mixed formatting in one cell", "effect": "flattened unless loaded with rich_text=True", "where": strings})
    return found


def contains(package: zipfile.ZipFile, part: str, marker: bytes) -> bool:
    """Whether a part contains the bytes, read in pieces."""
    with package.open(part) as stream:
        tail = b""
        while block := stream.read(1 << 20):
            if marker in tail + block:
                return True
            tail = block[-len(marker) :]
    return False
