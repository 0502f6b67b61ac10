"""What the figures were measured on: no names and no paths, so that they may be shown to anybody."""

import os
import platform
import re
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

from attrs import frozen

PEERS = Path(__file__).with_name("peers.txt")
SHOWN_PEERS = ("huey", "Django", "django-post-office", "apprise", "celery", "procrastinate")
_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)")


@frozen(kw_only=True)
class Machine:
    """A machine and what runs on it."""

    processor: str
    cores: int
    memory_gb: int
    kernel: str
    file_system: str
    python: str
    sqlite: str
    tocsin: str
    postfix: str
    peers: dict[str, str]


def look(folder: Path) -> Machine:
    """Return this machine; *folder* is where the stores are."""
    return Machine(
        processor=processor(_read("/proc/cpuinfo")) or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        kernel=f"{platform.system()} {platform.release()}",
        file_system=file_system(_read("/proc/mounts"), folder.resolve()),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        tocsin=version("tocsin"),
        postfix=_postfix(),
        peers=pins(PEERS.read_text(encoding="utf-8")),
    )


def processor(cpuinfo: str) -> str:
    """Return the name of the processor in the text of ``/proc/cpuinfo``, or nothing."""
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def file_system(mounts: str, folder: Path) -> str:
    """Return the kind of file system that *folder* is on, by the text of ``/proc/mounts``."""
    kinds = {Path(fields[1]): fields[2] for fields in map(str.split, mounts.splitlines()) if len(fields) > 2}  # noqa: PLR2004
    for place in (folder, *folder.parents):
        if place in kinds:
            return kinds[place]
    return "unknown"


def pins(text: str) -> dict[str, str]:
    """Return the versions of the peers themselves in the text of a requirements file."""
    found = {match[1].lower().replace("_", "-"): match[2] for match in map(_PIN.match, text.splitlines()) if match}
    return {name: found[name.lower()] for name in SHOWN_PEERS if name.lower() in found}


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _postfix() -> str:
    try:
        said = subprocess.run(["/usr/sbin/postconf", "-d", "-h", "mail_version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return said.stdout.decode().strip()
