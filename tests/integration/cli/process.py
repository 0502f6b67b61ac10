"""Runs the command line as real processes."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from attrs import define, field

SOURCE = Path(__file__).parents[3] / "src"
PATIENCE_S = 30.0
COMMAND = (sys.executable, "-m", "entrypoints.cli")


def environment(**more: str) -> dict[str, str]:
    """Return an environment without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOCSIN_", "COV_", "NO_COLOR"))}
    return {**kept, "PYTHONPATH": str(SOURCE), "TERM": "xterm-256color", "COLUMNS": "200", **more}


def run(folder: Path, *args: str, text: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*COMMAND, *args],
        cwd=folder,
        env=environment(**environ),
        input=text,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def ok(folder: Path, *args: str, **environ: str) -> str:
    """Run a command that must succeed, and return its standard output."""
    done = run(folder, *args, **environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


@define
class Running:
    """A command that goes on, in a with statement; it is killed at the end if it still runs."""

    folder: Path
    args: tuple[str, ...]
    environ: Mapping[str, str] = field(factory=dict)
    process: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [*COMMAND, *self.args],
            cwd=self.folder,
            env=environment(**self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def read_log_until(self, words: str) -> str:
        """Return the first line on standard error that contains *words*."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}")

    def read_output_until(self, words: str) -> str:
        """Return the first line on standard output that contains *words*."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}")

    def end_by(self, number: signal.Signals, within_s: float) -> tuple[int, str, str]:
        """Send a signal and return exit code, standard output and the rest of standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=within_s)
        return self.process.returncode, out, err


def on_terminal(folder: Path, *args: str, typed: str = "", **environ: str) -> tuple[int, str]:
    """Run a command whose three streams are a terminal, type into it, and return exit code and what it showed."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *args], cwd=folder, env=environment(**environ), stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    os.write(controller, typed.encode())
    shown = bytearray()
    try:
        while part := os.read(controller, 65536):
            shown += part
    except OSError:  # the other end is closed: the process is gone
        pass
    finally:
        os.close(controller)
    return process.wait(PATIENCE_S), shown.decode()
