"""Writes a presentation with one line of text on each slide, as far as a test needs one: python3 slides.py OUT LINE…"""

import sys
import zipfile
from xml.sax.saxutils import escape

KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = "application/vnd.openxmlformats-officedocument.presentationml"
SPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:r="{KINDS}" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)


def relationships(entries):
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{KINDS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(entries, 1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )


def slide(text):
    frame = "<p:nvGrpSpPr><p:cNvPr id='1' name=''/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>"
    shape = (
        "<p:sp><p:nvSpPr><p:cNvPr id='2' name='Title'/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>"
        f"<p:txBody><a:bodyPr/><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    return f"<p:sld {SPACES}><p:cSld><p:spTree>{frame}{shape}</p:spTree></p:cSld></p:sld>"


def main(out, lines):
    numbers = range(1, len(lines) + 1)
    slides = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in numbers)
    overrides = "".join(
        f'<Override PartName="/ppt/slides/slide{number}.xml" ContentType="{PARTS}.slide+xml"/>' for number in numbers
    )
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/ppt/presentation.xml" ContentType="{PARTS}.presentation.main+xml"/>{overrides}</Types>',
        "_rels/.rels": relationships([("officeDocument", "ppt/presentation.xml")]),
        "ppt/presentation.xml": f"<p:presentation {SPACES}><p:sldIdLst>{slides}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relationships(
            [("slide", f"slides/slide{number}.xml") for number in numbers]
        ),
    }
    files |= {f"ppt/slides/slide{number}.xml": slide(line) for number, line in zip(numbers, lines, strict=True)}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{text}')


main(sys.argv[1], sys.argv[2:])
