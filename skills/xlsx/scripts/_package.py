"""What every script here needs to know about an .xlsx file before a library touches it.

A workbook is a zip of XML parts. This module checks that a file really is one (and says what it is instead),
bounds what will be unpacked, maps sheets to their parts, and reads XML without resolving entities.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import re
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Iterator, NoReturn

from lxml import etree
from openpyxl import load_workbook

USAGE = 2
MAX_UNPACKED = 4 << 30
MAX_PARTS = 20_000
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ERROR_VALUES = ("#REF!", "#DIV/0!", "#NAME?", "#VALUE!", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")

# Functions newer than the file format. Files must spell them with a prefix or Excel shows #NAME?.
NEW_FUNCTIONS = {
    **dict.fromkeys("FILTER SORT".split(), "_xlfn._xlws."),
    **dict.fromkeys(
        (
            "XLOOKUP XMATCH UNIQUE SORTBY SEQUENCE RANDARRAY LET LAMBDA MAP REDUCE SCAN MAKEARRAY BYROW BYCOL VSTACK HSTACK "
            "TOROW TOCOL WRAPROWS WRAPCOLS TAKE DROP EXPAND CHOOSEROWS CHOOSECOLS TEXTSPLIT TEXTBEFORE TEXTAFTER "
            "VALUETOTEXT ARRAYTOTEXT GROUPBY PIVOTBY CONCAT TEXTJOIN IFS SWITCH MAXIFS MINIFS IFNA XOR "
            "NUMBERVALUE DAYS ISOWEEKNUM FORMULATEXT SHEET SHEETS UNICHAR UNICODE PDURATION RRI STDEV.S STDEV.P VAR.S VAR.P "
            "PERCENTILE.INC PERCENTILE.EXC QUARTILE.INC QUARTILE.EXC RANK.EQ RANK.AVG MODE.SNGL MODE.MULT NORM.DIST NORM.INV "
            "NORM.S.DIST NORM.S.INV T.DIST T.INV CHISQ.DIST F.DIST BINOM.DIST POISSON.DIST EXPON.DIST CONFIDENCE.NORM "
            "CONFIDENCE.T COVARIANCE.S COVARIANCE.P FORECAST.LINEAR FORECAST.ETS"
        ).split(),
        "_xlfn.",
    ),
}


class BadWorkbook(Exception):
    """The file cannot be used as a workbook; the message names the file, the reason and the remedy."""


@dataclass(frozen=True)
class SheetPart:
    """One sheet as the workbook lists it: its name, its part inside the zip, `visible`/`hidden`/`veryHidden`, its kind."""

    name: str
    part: str
    state: str
    kind: str


def fail(message: str, code: int = USAGE) -> NoReturn:
    """Print `error: message` on stderr and leave with `code`."""
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(code)


def parser(doc: str, exit_codes: str) -> argparse.ArgumentParser:
    """An argument parser whose help is the script's own documentation plus its exit codes."""
    return argparse.ArgumentParser(
        description=doc, epilog=f"exit codes: {exit_codes}", formatter_class=argparse.RawDescriptionHelpFormatter
    )


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def open_package(path: Path) -> zipfile.ZipFile:
    """Open `path` as a workbook package, or raise BadWorkbook with what it is instead."""
    try:
        with path.open("rb") as file:
            magic = file.read(8)
    except OSError as error:
        raise BadWorkbook(f"cannot read {path}: {error.strerror}") from error
    if magic == OLE_MAGIC:
        raise BadWorkbook(_describe_ole(path))
    try:
        package = zipfile.ZipFile(path)
        infos = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        what = "empty" if not magic else "damaged (a zip that does not open)" if magic[:2] == b"PK" else "not a workbook (not a zip)"
        hint = "; if it is CSV or text, use csv_to_xlsx.py" if magic and magic[:2] != b"PK" else ""
        raise BadWorkbook(f"{path} is {what}{hint}") from error
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > MAX_PARTS or unpacked > MAX_UNPACKED:
        raise BadWorkbook(f"{path} unpacks to {len(infos)} parts and {unpacked:,} bytes; refused as unsafe")
    names = set(package.namelist())
    if "xl/workbook.bin" in names:
        raise BadWorkbook(f"{path} is a binary workbook (.xlsb); convert it first: soffice --headless --convert-to xlsx")
    if "_rels/.rels" not in names:
        raise BadWorkbook(f"{path} is a zip but not a workbook (no _rels/.rels)")
    if not any(name == "xl/workbook.xml" or name.endswith("/workbook.xml") for name in names):
        raise BadWorkbook(f"{path} is an office file or zip without a workbook part")
    return package


def _describe_ole(path: Path) -> str:
    with path.open("rb") as file:
        encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(1 << 20)
    if encrypted:
        return f"{path} is encrypted with a password; ask for the password or an unprotected copy"
    return f"{path} is an old .xls (or other OLE) file; convert it first: soffice --headless --convert-to xlsx"


def read_xml(package: zipfile.ZipFile, part: str) -> etree._Element:
    """The root of an XML part; entities are not resolved and nothing is fetched."""
    safe = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(package.read(part), safe)
    except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error) as error:
        raise BadWorkbook(f"{package.filename}: part {part} is missing or not XML ({error})") from error


def iter_xml(stream: IO[bytes], tags: tuple[str, ...]) -> Iterator[etree._Element]:
    """Yield the finished elements with these local names, freeing each one afterwards: memory stays flat."""
    events = etree.iterparse(
        stream, tag=[f"{{*}}{tag}" for tag in tags], resolve_entities=False, no_network=True, huge_tree=True
    )
    try:
        for _, element in events:
            yield element
            element.clear()
            for spent in (element, element.getparent()):  # the parent too: a sheet has a million rows around its cells
                while spent is not None and spent.getparent() is not None and spent.getprevious() is not None:
                    del spent.getparent()[0]
    except (etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error) as error:
        raise BadWorkbook(f"part {getattr(stream, 'name', '?')} of the workbook is damaged: {error}") from error


def load(path: Path, **options: Any) -> Any:
    """openpyxl's `load_workbook`, with everything it raises over a damaged file as BadWorkbook."""
    try:
        return load_workbook(path, **options)
    except (SyntaxError, ValueError, KeyError, TypeError, IndexError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        # Both XML libraries derive their parse errors from SyntaxError.
        raise BadWorkbook(f"{path} cannot be loaded: {error or type(error).__name__}; repair it in a spreadsheet program") from error


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def relations(package: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Relationship id → part name, for the internal targets of `part`."""
    folder, _, base = part.rpartition("/")
    rels = f"{folder}/_rels/{base}.rels".lstrip("/")
    if rels not in package.NameToInfo:
        return {}
    found = {}
    for relation in read_xml(package, rels):
        if relation.get("TargetMode") != "External":
            target = relation.get("Target", "")
            found[relation.get("Id", "")] = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
    return found


def workbook_part(package: zipfile.ZipFile) -> str:
    for target in relations(package, "").values():
        if posixpath.basename(target) == "workbook.xml":
            return target
    return "xl/workbook.xml"


def sheet_parts(package: zipfile.ZipFile) -> list[SheetPart]:
    """The sheets in the order of their tabs."""
    part = workbook_part(package)
    targets = relations(package, part)
    sheets = []
    for element in read_xml(package, part).iter("{*}sheet"):
        link = next((value for key, value in element.attrib.items() if etree.QName(key).localname == "id"), "")
        target = targets.get(link, "")
        kind = "chartsheet" if "chartsheets/" in target else "worksheet"
        sheets.append(SheetPart(element.get("name", ""), target, element.get("state", "visible"), kind))
    return sheets


def quote_sheet(name: str) -> str:
    """The sheet name as a reference spells it: quoted when it must be."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name) and not re.fullmatch(r"[A-Za-z]{1,3}\d+|[RrCc]\d*", name)
    return name if plain else "'" + name.replace("'", "''") + "'"


def at(sheet: str, cell: str) -> str:
    return f"{quote_sheet(sheet)}!{cell}"
