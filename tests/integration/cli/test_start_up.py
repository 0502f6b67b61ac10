"""The command line starts fast, because it imports what it uses and nothing else."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from entrypoints.cli.catalogue import COMMANDS
from tests.integration.cli.process import COMMAND, environment

RUNS = 15
TIMES_MAX = 12

HEAVY = ("twilio", "firebase_admin", "litestar", "uvicorn", "requests", "google", "grpc")
NOT_FOR_HELP = (
    *HEAVY,
    "attr",
    "attrs",
    "cattrs",
    "dependency_injector",
    "jinja2",
    "rich",
    "sqlite3",
    "structlog",
    "zoneinfo",
    "asyncio",
    "application",
    "domain",
    "adapters",
    "entrypoints.cli.commands",
    "entrypoints.container",
)
IMPORTED = "import sys; from entrypoints.cli.main import command; command.main(sys.argv[1:], standalone_mode=False); \
print('imported', *sys.modules)"


def imported_by(folder: Path, *args: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *args],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


def took_ms(command: list[str], folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment(), capture_output=True, check=True)
    return (time.perf_counter() - begun) * 1000


def test_help_takes_less_than_twelve_times_an_empty_python(tmp_path: Path) -> None:
    pairs = [
        (took_ms([sys.executable, "-c", "pass"], tmp_path), took_ms([*COMMAND, "--help"], tmp_path))
        for _ in range(RUNS)
    ]
    empty, help_ = (median(column) for column in zip(*pairs, strict=True))

    assert help_ < TIMES_MAX * empty, f"{help_:.0f} ms beside {empty:.0f} ms"


def test_help_imports_none_of_what_the_commands_need(tmp_path: Path) -> None:
    imported = imported_by(tmp_path, "--help")

    assert not imported & set(NOT_FOR_HELP)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_imports_no_provider_and_no_web_framework(tmp_path: Path, name: str) -> None:
    assert not imported_by(tmp_path, name, "--help") & set(HEAVY)


@pytest.mark.parametrize("args", [("list",), ("dispatch",), ("doctor",), ("recipients", "list")])
def test_a_command_imports_no_provider_that_is_not_configured(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert not imported_by(tmp_path, *args) & set(HEAVY)
