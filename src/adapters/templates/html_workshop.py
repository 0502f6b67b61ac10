"""Having html worked on by a process of its own, within a time."""

import contextlib
import json
import os
import select
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any

from attrs import frozen

from application.ports.clock import Clock

TIME_MAX_S = 1.0
"""How long one text may take; a newsletter takes some milliseconds."""

START_MAX_S = 10.0
"""How long the process may take to start, on a busy machine."""

_MODULE = "adapters.templates.html_worker"
_PACKAGES = Path(__file__).resolve().parents[2]
_READ_BYTES = 65_536


@frozen
class Worked:
    """Html with its styles inlined, and what it says as plain text, as far as these were asked for."""

    html: str
    text: str | None


class HtmlWorkshop:
    """Starts its process when it is first needed and keeps it; one that fails is replaced by the next.

    A text takes at most *time_max_s*, besides what starting takes.
    """

    def __init__(self, clock: Clock, time_max_s: float = TIME_MAX_S) -> None:
        self._clock = clock
        self._time_max_s = time_max_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def __call__(self, html: str, *, inline: bool, text: bool) -> Worked | None:
        """Return what was made of *html*, or None if that failed or took too long."""
        question = json.dumps({"html": html, "inline": inline, "text": text}).encode() + b"\n"
        with self._lock:
            was_there = self._process is not None
            answer = self._ask(question)
            if answer is None and was_there and self._process is None:  # it may have ended before, for another reason
                answer = self._ask(question)
        return Worked(answer["html"], answer.get("text")) if answer and "html" in answer else None

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _ask(self, question: bytes) -> dict[str, Any] | None:
        try:
            process = self._process = self._process or self._started()
            assert process.stdin is not None
            until_s = self._clock.elapsed_s() + self._time_max_s
            self._write(process.stdin.fileno(), question, until_s)
            return self._read(process, until_s)
        except TimeoutError:
            self._end()
            return {}
        except (OSError, ValueError):  # it has ended
            self._end()
            return None

    def _started(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(  # noqa: S603  (our own module, no shell)
            [sys.executable, "-m", _MODULE],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(_PACKAGES)},
        )
        self._read(self._process, self._clock.elapsed_s() + START_MAX_S)
        return self._process

    def _write(self, descriptor: int, octets: bytes, until_s: float) -> None:
        left = memoryview(octets)
        while left:
            _, ready, _ = select.select((), (descriptor,), (), self._left_s(until_s))
            if ready:
                left = left[os.write(descriptor, left[: select.PIPE_BUF]) :]

    def _read(self, process: subprocess.Popen[bytes], until_s: float) -> dict[str, Any]:
        """Return the next line that the process writes."""
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        pieces: list[bytes] = []
        while not pieces or not pieces[-1].endswith(b"\n"):
            ready, _, _ = select.select((descriptor,), (), (), self._left_s(until_s))
            if ready:
                pieces.append(os.read(descriptor, _READ_BYTES))
                if not pieces[-1]:
                    raise BrokenPipeError("the process ended")
        found: dict[str, Any] = json.loads(b"".join(pieces))
        return found

    def _left_s(self, until_s: float) -> float:
        left_s = until_s - self._clock.elapsed_s()
        if left_s <= 0:
            raise TimeoutError("the time is up")
        return left_s

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()
