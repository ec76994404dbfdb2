"""The skill as a whole: its front matter, links, examples and the demo's report are true and work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import unittest

from openpyxl import load_workbook

from support import REPOSITORY, SCRIPTS, SKILL, Case, needs_libreoffice

TEXT = (SKILL / "SKILL.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[0]


class Shape(unittest.TestCase):
    def test_front_matter(self) -> None:
        lines = TEXT.split("---\n")[1].splitlines()
        keys = [line.split(":")[0] for line in lines if not line.startswith(" ")]
        self.assertEqual(keys, ["name", "description", "license", "compatibility", "metadata"])
        fields = {line.split(": ")[0]: line.split(": ", 1)[1] for line in lines if ": " in line and not line.startswith(" ")}
        self.assertEqual(fields["name"], SKILL.name)
        self.assertTrue(fields["description"].startswith("'") and fields["description"].endswith("'"))
        self.assertLessEqual(len(fields["description"]), 1024)
        self.assertLessEqual(len(fields["compatibility"]), 500)

    def test_size(self) -> None:
        self.assertLess(len(TEXT.splitlines()), 500)
        self.assertLess(len(TEXT) / 4, 5000)

    def test_everything_mentioned_exists_and_everything_there_is_mentioned(self) -> None:
        pages = [path.read_text(encoding="utf-8") for path in [SKILL / "SKILL.md", *(SKILL / "references").iterdir()]]
        mentioned = set(re.findall(r"references/[\w-]+\.md", TEXT))
        self.assertEqual(mentioned, {f"references/{path.name}" for path in (SKILL / "references").iterdir()})
        for name in set(re.findall(r"\b([a-z_]+\.py)\b", "\n".join(pages))):
            self.assertTrue((SCRIPTS / name).is_file(), name)
        for path in SCRIPTS.glob("[!_]*.py"):
            self.assertIn(path.name, TEXT)

    def test_scripts_are_runnable_and_documented(self) -> None:
        for path in SCRIPTS.glob("[!_]*.py"):
            if path.name == "xlsx_style.py":
                continue
            with self.subTest(path.name):
                self.assertTrue(os.access(path, os.X_OK))
                self.assertTrue(path.read_text().startswith("#!/usr/bin/env python3\n"))
                done = subprocess.run([sys.executable, "-B", path, "--help"], capture_output=True, text=True, check=True)
                self.assertIn("exit codes:", done.stdout)
                self.assertEqual(subprocess.run([sys.executable, "-B", path], capture_output=True).returncode, 2)

    def test_no_script_shadows_the_standard_library(self) -> None:
        self.assertEqual({path.stem for path in SCRIPTS.glob("*.py")} & set(sys.stdlib_module_names), set())


class Works(Case):
    def program(self, text: str, *arguments: str) -> None:
        here = text.replace("/skills/xlsx/scripts", str(SCRIPTS)).replace("/mnt/session/outputs", str(self.folder))
        subprocess.run([sys.executable, "-B", "-W", "error", "-c", here, *arguments], check=True, cwd=self.folder)

    @needs_libreoffice
    def test_the_example_of_the_skill(self) -> None:
        self.program(EXAMPLE)
        self.finish("report.xlsx")
        self.assertEqual(load_workbook(self.folder / "report.xlsx", data_only=True)["Summary"]["B6"].value, 120 * 9.5 + 80 * 11)

    def finish(self, name: str) -> None:
        self.run_script("recalc.py", self.folder / name, "--write")
        self.run_script("check.py", self.folder / name, "--fail-on", "warning")

    def test_style_refuses_what_excel_would_repair(self) -> None:
        import xlsx_style as xs

        sheet = xs.new_workbook().active
        with self.assertRaisesRegex(ValueError, "no rows"):
            xs.write_table(sheet, ["a"], [], name="T")
        with self.assertRaisesRegex(ValueError, "2 values for 1 columns"):
            xs.write_table(sheet, ["a"], [[1, 2]], name="T")
        with self.assertRaisesRegex(ValueError, "formats name no column"):
            xs.write_table(sheet, ["a"], [[1]], name="T", formats={"b": "0"})

    def test_save_is_atomic(self) -> None:
        import xlsx_style as xs

        target = self.folder / "kept.xlsx"
        target.write_text("before")
        book = xs.new_workbook()
        book.remove(book.active)  # a workbook without sheets cannot be saved
        with self.assertRaises(IndexError):
            xs.save(book, target)
        self.assertEqual((target.read_text(), [path.name for path in self.folder.iterdir()]), ("before", ["kept.xlsx"]))


if __name__ == "__main__":
    unittest.main()
