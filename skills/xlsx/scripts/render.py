#!/usr/bin/env python3
"""Render a workbook the way it would print, to look at it: one PDF, and one PNG for each page when pdftoppm is there.

Prints the paths it wrote, one on each line. The workbook is not changed. Fonts and chart details are LibreOffice's, not Excel's.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import _libreoffice
from _package import BadWorkbook, fail, open_package, parser

EXIT_CODES = "0 done; 2 usage or unusable file; 3 LibreOffice missing; 4 LibreOffice or pdftoppm failed"


def pages_to_png(pdf: Path, stem: Path, pages: int, dpi: int, timeout: float) -> list[Path]:
    tool = shutil.which("pdftoppm")
    if tool is None:
        print("note: no PNG, pdftoppm is not installed (Debian/Ubuntu: apt-get install poppler-utils)", file=sys.stderr)
        return []
    for old in stem.parent.glob(f"{stem.name}-[0-9]*.png"):
        old.unlink()
    subprocess.run([tool, "-png", "-r", str(dpi), "-l", str(pages), str(pdf), str(stem)], check=True, timeout=timeout, capture_output=True)
    return sorted(stem.parent.glob(f"{stem.name}-[0-9]*.png"))


def main() -> int:
    arguments = parser(__doc__ or "", EXIT_CODES)
    arguments.add_argument("file", type=Path, help="the workbook (.xlsx or .xlsm)")
    arguments.add_argument("-o", "--output", type=Path, default=Path("render"), metavar="DIR", help="folder for the results (default: render)")
    arguments.add_argument("--pages", type=int, default=10, metavar="N", help="PNGs of the first N pages only (default: 10)")
    arguments.add_argument("--dpi", type=int, default=80, metavar="N", help="resolution of the PNGs (default: 80)")
    arguments.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="limit for each program (default: 120)")
    options = arguments.parse_args()
    try:
        open_package(options.file).close()
        options.output.mkdir(parents=True, exist_ok=True)
        with _libreoffice.scratch() as folder:
            made = _libreoffice.convert(options.file, "pdf", folder, options.timeout)
            pdf = Path(shutil.copyfile(made, options.output / f"{options.file.stem}.pdf"))
        images = pages_to_png(pdf, options.output / options.file.stem, options.pages, options.dpi, options.timeout)
    except BadWorkbook as error:
        fail(str(error))
    except _libreoffice.Missing as error:
        fail(str(error), 3)
    except _libreoffice.Failed as error:
        fail(str(error), 4)
    except subprocess.SubprocessError as error:
        fail(f"pdftoppm failed on {pdf}: {error}", 4)
    except OSError as error:
        fail(f"cannot write to {options.output}: {error.strerror}")
    print("\n".join(map(str, [pdf, *images])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
