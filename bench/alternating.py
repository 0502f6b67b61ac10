"""Measuring in turns (A B C, A B C, …), so that a machine that slows down slows everybody."""

from collections.abc import Callable, Mapping

Measure = Callable[[], float]
"""Prepares, runs once, checks what came of it, and returns the figure."""


def alternate(
    rounds: int, contestants: Mapping[str, Measure], tell: Callable[[str], None]
) -> dict[str, tuple[float, ...]]:
    """Return the figures of *rounds* rounds by contestant; *tell* hears of each one."""
    values: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(1, rounds + 1):
        for name, measure in contestants.items():
            value = measure()
            values[name].append(value)
            tell(f"round {number} of {rounds}: {name}: {value:,.6g}")
    return {name: tuple(some) for name, some in values.items()}
