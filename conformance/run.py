"""Drives real, unmodified clients against `skilled serve` and says what works: python3 conformance/run.py --help.

`cargo xtask test` runs it; `cargo xtask setup --tests` installs the clients.
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from driver import namespace  # noqa: E402
from driver.clients import CLIENTS, ROOT, run  # noqa: E402
from driver.gateway import Gateway  # noqa: E402
from driver.report import Check, Report  # noqa: E402
from driver.server import Server, ServerError  # noqa: E402

# One request at a time for a key, so that a second one is too many.
TIGHT = "limits = { requests_per_key = 1 }"


def arguments():
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    parser = argparse.ArgumentParser(description="Real clients against `skilled serve`.")
    add = parser.add_argument
    add("--server", default=os.environ.get("SKILLED_BIN"), help="the program `skilled` [default: $SKILLED_BIN]")
    add("--clients", type=pathlib.Path, default=cache / "skilled/conformance", help="where they are installed")
    add("--client", action="append", choices=[it.name for it in CLIENTS], help="only this one; may be repeated")
    add("--results", type=pathlib.Path, help="write the results to this page")
    add("--keep", action="store_true", help="leave the folder with logs where it is")
    found = parser.parse_args()
    if not found.server:
        parser.error("name the program `skilled` by --server or SKILLED_BIN")
    return found


def built_in(folder):
    """The skills of the repository, and one more that the documents ask for."""
    place = folder / "built-in"
    shutil.copytree(ROOT.parent / "skills", place)
    shutil.copytree(ROOT / "skills/pptx", place / "pptx", dirs_exist_ok=True)
    return place


class Worlds:
    """The servers that the clients are led to."""

    def __init__(self, options, folder):
        self.skills = built_in(folder)
        self.servers, self.gateways = [], []
        start = lambda name, extra="": Server(options.server, folder / name, skills=self.skills, extra=extra)  # noqa: E731
        try:
            self.gateways = [Gateway(), Gateway()]
            self.servers.append(start("server"))
            self.servers.append(start("tight", TIGHT))
            # Addresses in answers are those that its clients see.
            self.servers.append(start("behind-path", f'public_url = "{self.gateways[0].url}"'))
            for gateway, server in zip(self.gateways, (self.servers[2], self.servers[1]), strict=True):
                gateway.port = urllib.parse.urlsplit(server.url).port
        except BaseException:
            self.close()
            raise

    def of(self, client):
        """What a client is told of them: its own workspace, and one that is not its own."""
        main, tight, behind = self.servers
        server = behind if client.behind_path else main
        return {
            "CONFORMANCE_BASE_URL": self.gateways[0].url if client.behind_path else main.url,
            "CONFORMANCE_KEY": server.key(client.name),
            "CONFORMANCE_STRANGER_KEY": server.key(f"stranger-{client.name}"),
            "CONFORMANCE_TIGHT_URL": self.gateways[1].url if client.behind_path else tight.url,
            "CONFORMANCE_TIGHT_KEY": tight.key(client.name),
        }

    def close(self):
        """Ends them; returns what was wrong with their ends."""
        for gateway in self.gateways:
            gateway.stop()
        faults = [server.stop() for server in self.servers]
        return [fault for fault in faults if fault]


def drive(options, folder, report):
    required = os.environ.get("SKILLED_REQUIRE_ALL") == "1"
    names = options.client or [it.name for it in CLIENTS]
    worlds = Worlds(options, folder)
    try:
        for client in (it for it in CLIENTS if it.name in names):
            print(f"\n-- {client.name} ({client.version()})", flush=True)
            if not (options.clients / client.home).exists():
                raise ServerError(f"{client.home} is not installed: run `cargo xtask setup --tests`")
            obstacle = namespace.obstacle() if client.in_namespace else None
            if obstacle is not None:
                report.skip(client.name, obstacle)
                if required:
                    report.add([Check(client.name, "Client", "runs", obstacle, 0.0)])
                continue
            report.versions[client.name] = client.version()
            world = {} if client.in_namespace else worlds.of(client)
            job = {"server": str(options.server), "skills": str(worlds.skills)}
            report.add(run(client, options.clients, folder / client.name, world, job))
    finally:
        for fault in worlds.close():
            report.add([Check("server", "Server", "ends as it is asked to", fault, 0.0)])


def main():
    options = arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="skilled-conformance-"))
    report, started = Report(), time.monotonic()
    try:
        drive(options, folder, report)
    except ServerError as error:
        print(f"error: {error}", file=sys.stderr)
        report.add([Check("server", "Server", "runs", str(error), 0.0)])
    code = report.close()
    print(f"after {time.monotonic() - started:.0f} s")
    if options.results:
        options.results.write_text(report.page(), encoding="utf-8")
    if code == 0 and not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"logs: {folder}")
    sys.exit(code)


if __name__ == "__main__":
    main()
