"""Shared by the tests: runs the skill's scripts as a model would, in a folder of their own, and makes workbooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
SKILL = REPOSITORY / "skills" / "xlsx"
SCRIPTS = SKILL / "scripts"
LIBREOFFICE_OPTIONAL = os.environ.get("SKILLED_TESTS_WITHOUT_LIBREOFFICE") == "1"
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))

# A missing LibreOffice fails the tests that need it; only this variable turns that into a skip.
needs_libreoffice = unittest.skipIf(LIBREOFFICE_OPTIONAL, "SKILLED_TESTS_WITHOUT_LIBREOFFICE=1")


class Case(unittest.TestCase):
    """A test with a private folder `self.folder`."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def run_script(self, name: str, *arguments: Any, code: int = 0, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a script and demand its exit code; stdin is closed, so a script that asks fails."""
        environment = {"PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"], **options.pop("env", {})}
        command = [sys.executable, str(SCRIPTS / name), *map(str, arguments)]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, timeout=300, **options
        )
        self.assertEqual(done.returncode, code, f"{name} {arguments}\nstdout: {done.stdout}\nstderr: {done.stderr}")
        self.assertNotIn("Traceback", done.stderr)
        return done

    def run_json(self, name: str, *arguments: Any, code: int = 0) -> Any:
        return json.loads(self.run_script(name, *arguments, "--json", code=code).stdout)

    def workbook(self, name: str = "book.xlsx", **sheets: dict[str, Any]) -> Path:
        """A workbook from `Sheet={"A1": value}`."""
        from openpyxl import Workbook

        book = Workbook()
        book.remove(book.active)
        for title, cells in sheets.items():
            sheet = book.create_sheet(title)
            for address, value in cells.items():
                sheet[address] = value
        book.save(self.folder / name)
        return self.folder / name


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def rewrite(path: Path, target: Path, changes: dict[str, bytes]) -> Path:
    """Copy a package with some parts replaced or added."""
    everything = {**parts(path), **changes}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in everything.items():
            package.writestr(name, data)
    return target
