"""A world in which the server has the hosted service's name: lm-deluge knows no other for its files and batches.

A network and a mount namespace of their own hold a loopback device, a hosts file that leads the name to it, and a
server on port 443 with a certificate that a new authority has signed. Nothing of it is seen outside, and nothing inside
reaches any other machine.
"""

import fcntl
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys

from driver.server import Server

NAME = "api.anthropic.com"
# From <linux/sockios.h> and <linux/if.h>.
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def enter():
    """The words before a command that put it into such a world; as an ordinary user, with a user namespace around."""
    unshare = shutil.which("unshare") or "unshare"
    words = [unshare, "--net", "--mount"]
    return words if os.geteuid() == 0 else [*words, "--user", "--map-root-user"]


def obstacle():
    """Why such a world cannot be made here; none where it can."""
    for program in ("unshare", "mount", "openssl"):
        if shutil.which(program) is None:
            return f"there is no program `{program}`"
    script = "import pathlib; from driver.namespace import raise_loopback; raise_loopback()"
    command = [
        *enter(),
        sys.executable,
        "-c",
        script + "; __import__('subprocess').run(['mount', '--bind', '/etc/hosts', '/etc/hosts'], check=True)",
    ]
    root = pathlib.Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    return f"a network namespace cannot be made: {(done.stderr or done.stdout).strip().splitlines()[-1:]}"


def raise_loopback():
    """Switches on the loopback device of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        request = bytearray(struct.pack("16sH14x", b"lo", 0))
        fcntl.ioctl(one, SIOCGIFFLAGS, request)
        flags = struct.unpack_from("H", request, 16)[0] | IFF_UP
        struct.pack_into("H", request, 16, flags)
        fcntl.ioctl(one, SIOCSIFFLAGS, bytes(request))


def certificates(folder):
    """An authority, and a certificate for the name that it has signed: (authority, certificate, key)."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / name for name in ("ca.pem", "ca.key", "request", "cert.pem", "cert.key", "extensions")}
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    paths["extensions"].write_text(f"subjectAltName=DNS:{NAME}\nextendedKeyUsage=serverAuth\n", encoding="ascii")
    commands = [
        [
            "req",
            "-x509",
            *curve,
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-days",
            "2",
            "-subj",
            "/CN=Authority of a test",
        ],
        ["req", *curve, "-keyout", "cert.key", "-out", "request", "-subj", f"/CN={NAME}"],
        [
            "x509",
            "-req",
            "-in",
            "request",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-days",
            "2",
            "-extfile",
            "extensions",
            "-out",
            "cert.pem",
        ],
    ]
    for command in commands:
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return paths["ca.pem"], paths["cert.pem"], paths["cert.key"]


def inside(job):
    """Runs in the new world: a server, and a program against it. Returns the program's exit code."""
    raise_loopback()
    folder = pathlib.Path(job["folder"])
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {NAME}\n", encoding="ascii")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    authority, certificate, key = certificates(folder / "tls")
    server = Server(
        job["server"],
        folder / "server",
        skills=job["skills"],
        listen="127.0.0.1:443",
        arguments=["--certificate", certificate, "--certificate-key", key],
    )
    try:
        environment = dict(os.environ, **job["environment"])
        environment |= {
            "SSL_CERT_FILE": str(authority),
            "ANTHROPIC_API_KEY": server.key("library"),
            "CONFORMANCE_BASE_URL": f"https://{NAME}",
            "CONFORMANCE_KEY": "unused",
            "CONFORMANCE_STRANGER_KEY": server.key("stranger"),
            "CONFORMANCE_TIGHT_URL": "unused",
            "CONFORMANCE_TIGHT_KEY": "unused",
        }
        return subprocess.run(job["command"], env=environment).returncode
    finally:
        fault = server.stop()
        if fault:
            print(f"the server inside: {fault}", file=sys.stderr)


def main():
    """`python3 -m driver.namespace JOB`, started by the driver within the namespaces."""
    job = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.exit(inside(job))


if __name__ == "__main__":
    main()
