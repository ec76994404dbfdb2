"""Runs the examples of the library's own document, as they are written there.

An example that is a whole program runs as one. A fragment runs in the middle of a coroutine, with the names that the
text around it has introduced.
"""

import ast
import asyncio
import contextlib
import io
import os
import pathlib

FOLDER = pathlib.Path(__file__).parent / "examples"


def source(name):
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def run(name, folder, names=None, change=lambda text: text):
    """Runs the example in `folder` with `names`; returns what it printed and the names it leaves behind."""
    text = change(source(name))
    folder.mkdir(parents=True, exist_ok=True)
    scope = dict(names or {})
    out = io.StringIO()
    before = pathlib.Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out):
            if "asyncio.run(" in text:
                exec(compile(text, name, "exec"), scope)  # noqa: S102, running them is what this is for
            else:
                code = compile(text, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
                running = eval(code, scope)  # noqa: S307, the same
                if running is not None:
                    asyncio.run(running)
    finally:
        os.chdir(before)
    return out.getvalue(), scope
