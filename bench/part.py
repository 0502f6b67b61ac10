"""A part of the bench: one row of the table of what Tocsin wants to reach."""

from collections.abc import Callable

from attrs import frozen

from bench.figures import Table
from bench.workplace import Workplace


@frozen(kw_only=True)
class Found:
    """What a part found: its tables, and a sentence for each thing that was checked afterwards."""

    tables: tuple[Table, ...]
    checked: tuple[str, ...]


@frozen(kw_only=True)
class Part:
    """What is measured, how to read it, and the function that measures it."""

    name: str
    title: str
    reading: str
    measure: Callable[[Workplace], Found]
