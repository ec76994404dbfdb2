"""Runs LibreOffice without a display, safely for concurrent and unprivileged use.

Each run has its own profile and scratch folder (two runs sharing a profile block each other), its own process group
(soffice is a launcher: killing only it leaves the real program behind) and a small environment of its own, so that a missing or
read-only HOME does not matter. The profile forces a full recalculation and forbids macros and link updates.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

INSTALL = "install LibreOffice Calc (Debian/Ubuntu: apt-get install libreoffice-calc-nogui) in the image the sandbox uses"
CANDIDATES = ("soffice", "libreoffice")
FOLDERS = ("/usr/bin", "/usr/local/bin", "/usr/lib/libreoffice/program", "/opt/libreoffice/program", "/snap/bin")
FILTERS = {"xlsx": "xlsx:Calc MS Excel 2007 XML", "ods": "ods:calc8", "pdf": "pdf:calc_pdf_Export"}
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


class Missing(Exception):
    """LibreOffice is not installed here."""


class Failed(Exception):
    """LibreOffice ran and did not deliver; the message says why."""


def find() -> str:
    """The path of soffice, or raise Missing with what to install. XLSX_SOFFICE overrides the search."""
    named = os.environ.get("XLSX_SOFFICE")
    if named:
        if os.access(named, os.X_OK):
            return named
        raise Missing(f"XLSX_SOFFICE names {named}, which is not an executable file")
    path = os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS])
    for candidate in CANDIDATES:
        if found := shutil.which(candidate, path=path):
            return found
    raise Missing(f"LibreOffice (soffice) is not installed; {INSTALL}")


@contextmanager
def scratch() -> Iterator[Path]:
    """A private folder, removed afterwards even when LibreOffice left files that are hard to remove."""
    folder = tempfile.mkdtemp(prefix="xlsx-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def convert(source: Path, kind: str, folder: Path, timeout: float) -> Path:
    """Convert `source` to `kind` (xlsx, ods, pdf) inside `folder` (a scratch folder) and return the new file."""
    soffice = find()
    profile, output, temporary = folder / "profile", folder / kind, folder / "tmp"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
    output.mkdir(exist_ok=True)
    temporary.mkdir(exist_ok=True)
    # A plain name: the user's file name may hold anything, and the output is named after the input.
    copy = folder / ("input" + (source.suffix.lower() if source.suffix.isascii() else ".xlsx"))
    if copy != source:
        shutil.copyfile(source, copy)
    command = [soffice, f"-env:UserInstallation={profile.resolve().as_uri()}", "--headless", "--invisible", "--nologo"]
    command += ["--norestore", "--nodefault", "--nolockcheck", "--convert-to", FILTERS[kind], "--outdir", str(output), str(copy)]
    environment = {
        "PATH": os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS]),
        "HOME": str(folder),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
    }
    code, text = _run(command, environment, folder, timeout)
    result = output / f"{copy.stem}.{kind}"
    if not result.is_file() or result.stat().st_size == 0:
        raise Failed(f"LibreOffice could not convert {source.name} (exit {code}): {text.strip()[-800:] or 'it printed nothing'}")
    return result


def _run(command: list[str], environment: dict[str, str], folder: Path, timeout: float) -> tuple[int, str]:
    # Output goes to a file: a surviving child holding a pipe open must not make us wait.
    with (folder / "log").open("w+b") as log:
        # From before it runs: whoever is ended in the moment of its start must end it, too.
        waiting = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        previous = signal.signal(signal.SIGTERM, _stop)
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, waiting),
        )
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, waiting)
            code = process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"LibreOffice did not finish within {timeout:g} s; raise --timeout or use a smaller workbook") from error
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            signal.signal(signal.SIGTERM, previous)
        log.seek(0)
        return code, log.read().decode("utf-8", "replace")


def _stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def version(timeout: float = 30) -> str:
    """`LibreOffice 7.4.7.2 …`, shortened to name and number; empty when it will not say."""
    try:
        with scratch() as folder:
            environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder), "LANG": "C.UTF-8"}
            _, text = _run([find(), f"-env:UserInstallation={folder.as_uri()}/profile", "--version"], environment, folder, timeout)
    except Failed:
        return ""
    return " ".join(text.split()[:2])
