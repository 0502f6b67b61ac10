"""JSON as it is sent in, read strictly: UTF-8, each name once, no NaN, a bound on depth and numbers."""

import json
from collections import Counter
from typing import Any

DEPTH_MAX = 32
BRACKETS_MAX = 1_000_000
INTEGER_MAX = 2**63 - 1
NAME_SHOWN_MAX = 100


class NotJson(Exception):
    """A text is not JSON that can be taken; the message says where and why."""


def parse_json(raw: bytes) -> Any:
    """Return the value that *raw* stands for (RFC 8259, with each name at most once in an object).

    :raises NotJson: it is not UTF-8, not JSON, nested deeper than 32 levels, has a number out of range, or more
        brackets than any message needs: three bytes of text become a hundred of memory.
    """
    if raw.count(b"{") + raw.count(b"[") > BRACKETS_MAX:
        raise NotJson(f"has more than {BRACKETS_MAX} opening brackets; send less at once")
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_once,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_fraction,
        )
    except UnicodeDecodeError as error:
        raise NotJson(f"is not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise NotJson(f"is not JSON: {error.msg} at {line}column {error.colno}") from None
    except RecursionError:
        raise NotJson(f"is nested deeper than {DEPTH_MAX} levels") from None
    if _is_too_deep(value):
        raise NotJson(f"is nested deeper than {DEPTH_MAX} levels")
    return value


def shown(name: str) -> str:
    """Return *name* as it may stand in an answer: short, and text that every reader takes."""
    cut = name if len(name) <= NAME_SHOWN_MAX else name[:NAME_SHOWN_MAX] + "…"
    return cut.encode(errors="backslashreplace").decode()


def _is_too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEPTH_MAX):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise NotJson(f"gives the name {shown(twice)!r} twice in one object")
    return found


def _refuse_constant(name: str) -> Any:
    raise NotJson(f"is not JSON: {name} is not a number")


def _integer(digits: str) -> int:
    if len(digits) > len(str(-INTEGER_MAX)) or abs(number := int(digits)) > INTEGER_MAX:
        raise NotJson(f"has an integer beyond {INTEGER_MAX}; write it as text")
    return number


def _fraction(digits: str) -> float:
    number = float(digits)
    if abs(number) == float("inf"):
        raise NotJson("has a number that is too large; write it as text")
    return number
