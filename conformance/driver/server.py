"""A server of its own for the clients: a free port, an empty data directory, keys, and an end."""

import contextlib
import json
import os
import pathlib
import selectors
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "model.yaml"
# From the start of the program to its ready line; the machine may be busy.
START_SECONDS = 60
STOP_SECONDS = 30


class ServerError(Exception):
    """The server did not do what the driver needs; the text says what it said instead."""


def configuration(folder, *, skills, extra=""):
    """Writes the settings: the script answers whatever model is asked for; `extra` goes into `[server]`."""
    values = {"MODEL": MODEL, "SKILLS": skills, "PYTHON": python(), "EXTRA": extra}
    text = (ROOT / "server.toml").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    path = folder / "skilled.toml"
    path.write_text(text, encoding="utf-8")
    return path


class Server:
    """A running `skilled serve`."""

    def __init__(self, program, folder, *, skills, extra="", listen="127.0.0.1:0", arguments=(), prefix=()):
        self.program = program
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.config = configuration(self.folder, skills=skills, extra=extra)
        self.log = self.folder / "log"
        command = [*prefix, program, "serve", "--listen", listen, "--data", self.data, "--config", self.config]
        command = [str(word) for word in (*command, "--json", *arguments)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(),
                cwd=self.folder,
            )
        try:
            self.url = self._ready()
        except BaseException:
            self.stop()
            raise

    def _ready(self):
        """Waits for the one line that says where the server listens."""
        deadline = time.monotonic() + START_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            line = b""
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ServerError(f"the server was not ready after {START_SECONDS} s: {self.said()}")
                piece = os.read(self.process.stdout.fileno(), 4096)
                if not piece:
                    raise ServerError(f"the server ended at its start: {self.said()}")
                line += piece
        try:
            return json.loads(line.splitlines()[0])["listening"]
        except (ValueError, KeyError, TypeError) as error:
            raise ServerError(f"the server's first line is not its ready line: {line!r}") from error

    def said(self):
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:].strip()

    def key(self, workspace, name="conformance"):
        """Creates a key and returns its secret."""
        command = [self.program, "keys", "create", name, "--workspace", workspace, "--data", self.data, "--json"]
        command = [str(word) for word in command]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=self.folder)
        if done.returncode != 0:
            raise ServerError(f"no key could be created: {done.stderr.strip() or done.stdout.strip()}")
        return json.loads(done.stdout)["secret"]

    def stop(self):
        """Ends the server as its user would, and says whether it ended well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"it did not end {STOP_SECONDS} s after SIGTERM"
        finally:
            self.process.stdout.close()
        return None if code == 0 else f"it ended with {code}: {self.said()}"


def python():
    """The Python environment that sandboxes get: it lies in the caller's data, not in that of these servers."""
    home = pathlib.Path.home()
    data = os.environ.get("XDG_DATA_HOME")
    data = pathlib.Path(data) / "skilled" if data and os.path.isabs(data) else home / ".local/share/skilled"
    return pathlib.Path(os.environ.get("SKILLED_DATA") or data) / "python/current"


def environment():
    """What the server inherits: nothing that would make it talk to a real provider."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"RUST_BACKTRACE": "1"}


@contextlib.contextmanager
def running(*arguments, **options):
    """A server for the length of a block."""
    server = Server(*arguments, **options)
    try:
        yield server
    finally:
        server.stop()
