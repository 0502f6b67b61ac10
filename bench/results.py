"""Results as they are kept: one JSON file, in which a part that is measured again takes its former place."""

from pathlib import Path

import cattrs
from attrs import evolve, frozen
from cattrs.preconf.json import make_converter

from bench.figures import Table
from bench.machine import Machine

_converter = make_converter()
_converter.register_structure_hook(float, lambda value, _: float(value))


@frozen(kw_only=True)
class Result:
    """What one part found and where; or why it could not be measured."""

    date: str
    took_s: int
    others_cores: float | None = None  # what everybody else kept busy meanwhile
    machine: Machine
    tables: tuple[Table, ...] = ()
    checked: tuple[str, ...] = ()
    missing: str = ""


@frozen(kw_only=True)
class Results:
    """The newest result of every part, by name."""

    parts: dict[str, Result]

    def with_part(self, name: str, result: Result) -> "Results":
        """Return these with another result of one part."""
        return evolve(self, parts={**self.parts, name: result})


def load(path: Path) -> Results:
    """Return what is kept at *path*; nothing if there is no such file, or one of another shape."""
    try:
        return _converter.loads(path.read_text(encoding="utf-8"), Results)
    except (FileNotFoundError, ValueError, KeyError, cattrs.BaseValidationError):
        return Results(parts={})


def save(path: Path, results: Results) -> None:
    """Keep *results* at *path*."""
    path.write_text(_converter.dumps(results, indent=1) + "\n", encoding="utf-8")
