"""Postfix's ``smtp-sink``: a mail server in C that takes everything, counts it and throws it away."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from bench.failures import NotMeasured

MISSING = "smtp-sink is missing; install the Debian package postfix (apt-get install postfix)"
_COUNT = re.compile(rb"mesg=(\d+)")
_START_S = 5.0
_INSTALL = (
    ["apt-get", "update", "--quiet"],
    ["debconf-set-selections"],
    ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "postfix"],
)
_NO_SERVER = b"postfix postfix/main_mailer_type select No configuration\n"


@frozen
class Sink:
    """A running server."""

    port: int
    counters: Path

    def taken(self) -> int:
        """Return how many mails it has taken since it started; those of a connection that was closed count at once."""
        found = _COUNT.findall(self.counters.read_bytes())
        return int(found[-1]) if found else 0


@contextmanager
def sink(folder: Path, tell: Callable[[str], None]) -> Iterator[Sink]:
    """Run a server on a free port of loopback; install it where that may be done.

    :raises NotMeasured: it is missing and cannot be installed, or does not start.
    """
    program = _program() or _install(tell)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    counters = folder / "smtp-sink.txt"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    with counters.open("wb") as output:
        process = subprocess.Popen(
            [program, *user, "-c", f"127.0.0.1:{port}", "1000"], stdout=output, stderr=subprocess.STDOUT, cwd=folder
        )
    try:
        _await(process, port)
        yield Sink(port, counters)
    finally:
        process.terminate()
        process.wait()


def _program() -> str | None:
    return shutil.which("smtp-sink", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def _install(tell: Callable[[str], None]) -> str:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotMeasured(MISSING)
    tell("smtp-sink is missing; installing the Debian package postfix, not configured")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in _INSTALL:
        done = subprocess.run(command, input=_NO_SERVER, capture_output=True, env=environment, check=False)
        if done.returncode:
            raise NotMeasured(f"{MISSING}; {' '.join(command[:2])} failed: {done.stderr.decode().strip()[-200:]}")
    program = _program()
    if program is None:
        raise NotMeasured(MISSING)
    return program


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    until_s = time.monotonic() + _START_S
    while time.monotonic() < until_s and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise NotMeasured("smtp-sink does not start; see what 'smtp-sink -c 127.0.0.1:2525 1000' says")
