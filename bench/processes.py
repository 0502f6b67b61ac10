"""Starting what is measured in a process of its own, so that nothing of the bench is in it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from attrs import frozen

from bench.failures import NotMeasured

ROOT = Path(__file__).resolve().parent.parent
PEERS_PYTHON = ROOT / "bench" / ".peers" / "bin" / "python"
TOCSIN = Path(sys.executable).with_name("tocsin")


@frozen(kw_only=True)
class Ended:
    """How a process ended: seconds from start to exit, the most memory it had in MB, and what it printed."""

    seconds: float
    peak_mb: float
    output: str


def tocsin(folder: Path, *arguments: str) -> Ended:
    """Run the command ``tocsin`` in *folder*, its start included, and return how it ended.

    :raises NotMeasured: it failed; with its own words.
    """
    return run([str(TOCSIN), *arguments], folder)


def script(module: str, *arguments: object, folder: Path, python: Path | None = None) -> dict[str, Any]:
    """Run ``python -m module`` in *folder* and return what it said (:mod:`bench.said`).

    :raises NotMeasured: it failed; with its own words.
    """
    command = [str(python or sys.executable), "-m", module, *map(str, arguments)]
    return last_line(run(command, folder).output)


def peer(module: str, *arguments: object, folder: Path) -> dict[str, Any]:
    """Run a script of :mod:`bench.peers` in the peers' environment and return what it said.

    :raises NotMeasured: the environment is missing, or it failed.
    """
    if not PEERS_PYTHON.exists():
        raise NotMeasured("the peers are not installed; 'make bench' installs them from bench/peers.txt")
    return script(f"bench.peers.{module}", *arguments, folder=folder, python=PEERS_PYTHON)


def start(command: list[str], folder: Path, **streams: Any) -> "subprocess.Popen[bytes]":
    """Start *command* in *folder* with the modules of the bench at hand."""
    return subprocess.Popen(command, cwd=folder, env=environment(), **streams)


def run(command: list[str], folder: Path) -> Ended:
    """Run *command* in *folder* to its end.

    The peak is the kernel's (``getrusage``), an upper bound: it counts what the bench itself had when it started it.

    :raises NotMeasured: it failed; with its own words.
    """
    with (folder / "output.txt").open("w+b") as output, (folder / "errors.txt").open("w+b") as errors:
        began_s = time.perf_counter()
        process = start(command, folder, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began_s
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            said = errors.read().decode(errors="replace").strip()[-600:]
            raise NotMeasured(
                f"{Path(command[0]).name} {' '.join(command[1:4])} ended with {process.returncode}: {said}"
            )
        return Ended(seconds=seconds, peak_mb=usage.ru_maxrss / 1024, output=output.read().decode())


def environment() -> dict[str, str]:
    """Return this process's environment without settings of Tocsin, and with the modules of the bench."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    return {**kept, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}


def last_line(output: str) -> dict[str, Any]:
    """Return the last JSON document among the lines of *output*: peers have things of their own to say around it."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        raise NotMeasured("a measuring process said nothing")
    found = json.loads(lines[-1])
    assert isinstance(found, dict)
    return found
