"""What was measured, and what follows from it: medians, spreads, ratios, verdicts. Pure."""

import math
from collections.abc import Sequence
from enum import StrEnum
from statistics import median

from attrs import frozen


class Role(StrEnum):
    """What a line of a table stands for."""

    TOCSIN = "Tocsin"
    FLOOR = "floor"
    PEER = "peer"


@frozen(kw_only=True)
class Line:
    """One figure, measured once a round.

    ``ratio_at_least`` is how many times this line the first line of its table should be; ``at_least`` and ``at_most``
    bound the figure itself. A line without values was not measured, and ``note`` says why.
    """

    name: str
    role: Role = Role.TOCSIN
    unit: str = "/s"
    values: tuple[float, ...] = ()
    ratio_at_least: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """The middle one of the rounds."""
        return median(self.values)


@frozen(kw_only=True)
class Verdict:
    """An aim of one line, how far it was met, and whether that is enough."""

    aim: str
    is_reached: bool


@frozen(kw_only=True)
class Table:
    """Lines that were measured in turns; the first one is the one that the others are compared with."""

    caption: str
    lines: tuple[Line, ...]

    def ratio(self, line: Line) -> float | None:
        """Return how many times *line* the first line is; None where nothing is compared or was measured.

        The rounds are compared one by one where there are equally many, because a machine that slows down slows both.
        """
        first = self.lines[0]
        is_compared = line.role is not Role.TOCSIN or line.ratio_at_least is not None
        if line is first or not (is_compared and line.values and first.values):
            return None
        if len(line.values) == len(first.values):
            return median(ours / other for ours, other in zip(first.values, line.values, strict=True))
        return first.median / line.median

    def verdict(self, line: Line) -> Verdict | None:
        """Return whether *line* is where it should be; None if nothing is asked of it."""
        ratio = self.ratio(line)
        if line.ratio_at_least is not None and ratio is not None:
            return Verdict(aim=f"≥ {line.ratio_at_least:g} x", is_reached=ratio >= line.ratio_at_least)
        if line.at_least is not None and line.values:
            return Verdict(aim=f"≥ {line.at_least:g} {line.unit}", is_reached=line.median >= line.at_least)
        if line.at_most is not None and line.values:
            return Verdict(aim=f"≤ {line.at_most:g} {line.unit}", is_reached=line.median <= line.at_most)
        return None


def grouped(count: int) -> str:
    """Return *count* with its thousands apart."""
    return f"{count:,}".replace(",", " ")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that *share* (0 to 1) of *values* do not exceed (nearest rank)."""
    assert values, "a percentile of nothing"
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
