"""The clients: how each is started, and where what it found is read from."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

from driver import namespace, report

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A client that hangs must not hold everything up for ever.
SECONDS = 240


@dataclasses.dataclass(frozen=True)
class Client:
    """One real client, installed by `cargo xtask setup --tests`."""

    name: str
    # Words of the command; `{home}` stands for the folder it is installed in, `{root}` for this one.
    command: tuple[str, ...]
    in_namespace: bool = False
    # Whether it reaches the server by a proxy that shows it below a path.
    behind_path: bool = False
    # The client that it is another use of.
    installed: str = ""

    @property
    def home(self):
        return self.installed or self.name

    def words(self, home):
        return [word.format(home=home, root=ROOT) for word in self.command]

    def version(self):
        """What is pinned: the line of its requirements, or of its package."""
        folder = ROOT / "clients" / self.home
        package = folder / "package.json"
        if package.exists():
            ((name, version),) = json.loads(package.read_text(encoding="utf-8"))["dependencies"].items()
            return f"{name} {version}"
        lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith(("anthropic==", "lm_deluge=="))).replace("==", " ")


PYTHON = ("{home}/current/bin/python", "-B", "{root}/python/suite.py")
CLIENTS = (
    Client("python-2.11", PYTHON),
    Client("python-1.17", PYTHON),
    Client("python-0.125", PYTHON),
    Client("typescript", ("{home}/node", "{root}/typescript/suite.mjs")),
    Client(
        "typescript-behind-path",
        ("{home}/node", "{root}/typescript/suite.mjs"),
        behind_path=True,
        installed="typescript",
    ),
    Client("lm-deluge", ("{home}/current/bin/python", "-B", "{root}/lm-deluge/suite.py"), in_namespace=True),
)


def environment(client, home, folder, world):
    """What a client's scripts are told. Nothing of the caller's own account reaches them."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    return (
        kept
        | world
        | {
            "CONFORMANCE_RESULTS": str(folder / "results.jsonl"),
            "CONFORMANCE_OUT": str(out),
            "CONFORMANCE_SKILLS": str(ROOT / "skills"),
            "CONFORMANCE_PYTHON": str(home / "current/bin/python"),
            "CONFORMANCE_PACKAGES": str(home / "packages"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
    )


def run(client, clients, folder, world, job):
    """Runs one client; returns its checks. `world`: where the server is; `job`: what a world of its own is made of."""
    home = clients / client.home
    folder.mkdir(parents=True)
    results, log = folder / "results.jsonl", folder / "log"
    results.touch()
    variables = environment(client, home, folder, world)
    words = client.words(home)
    if client.in_namespace:
        path = folder / "job.json"
        task = {**job, "folder": str(folder), "command": words, "environment": variables}
        path.write_text(json.dumps(task), encoding="utf-8")
        words = [*namespace.enter(), sys.executable, "-B", "-m", "driver.namespace", str(path)]
    fault = None
    with log.open("wb") as out:
        try:
            done = subprocess.run(
                words, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=SECONDS
            )
            code = done.returncode
        except subprocess.TimeoutExpired:
            code, fault = None, f"it did not end within {SECONDS} s"
    checks = report.read(client.name, results)
    if code not in (None, 0, 1) or (code == 1 and all(check.fault is None for check in checks)):
        fault = f"it ended with {code} after {len(checks)} checks"
    if code == 0 and not checks:
        fault = "it made no check"
    if fault is not None:
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        checks.append(report.Check(client.name, "Client", "runs to its end", f"{fault}\n{said}", 0.0))
    return checks
