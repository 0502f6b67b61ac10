"""A process of its own for html that others wrote: if it hangs, crashes or takes all memory, nobody else does.

Reads a JSON object a line, ``{"html": …, "inline": bool, "text": bool}``, and writes one, ``{"html": …, "text": …}``;
an object without ``html`` says that it could not be done, and the first one that it is ready. Ends when its input does.
"""

import json
import resource
import signal
import sys
from typing import Any

from adapters.templates.css_inliner import inlined
from adapters.templates.plain_text import plain_text_of

MEMORY_MAX_BYTES = 512 * 1024 * 1024


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the process that asks
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _say({})
    for line in sys.stdin.buffer:
        _say(_answer(json.loads(line)))


def _say(answer: dict[str, str]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


def _answer(question: dict[str, Any]) -> dict[str, str]:
    html: str = question["html"]
    try:
        answer = {"html": inlined(html) if question["inline"] else html}
        if question["text"]:
            answer["text"] = plain_text_of(html)
    except Exception:  # noqa: BLE001  (two parsers read what anybody wrote; the mail goes out as it is)
        return {}
    return answer


if __name__ == "__main__":
    main()
