"""What gates say, as people see it."""

import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.gates import GateFinding, Pass, Postpone, Stop, Verdict
from entrypoints.cli.output import COLOURS, is_fancy, print_table
from entrypoints.cli.plain_text import shown


class _Look(NamedTuple):
    word: str
    sign: str
    plain_sign: str  # where the terminal knows ASCII alone


_LOOKS: dict[type[Verdict], _Look] = {
    Pass: _Look("pass", "✓", "+"),
    Postpone: _Look("postpone", "⧗", "~"),
    Stop: _Look("stop", "✗", "x"),
}


def print_gates(findings: Sequence[GateFinding]) -> None:
    """Print what every gate says, in order, with the values that it looked at."""
    if is_fancy(sys.stdout):
        _draw(findings)
    else:
        print_table(("gate", "verdict", "reason", "values"), (_row(one) for one in findings))


def _draw(findings: Iterable[GateFinding]) -> None:
    from entrypoints.cli.drawing import Mark, draw_marks  # what no terminal shows need not pay for rich

    takes_all = (sys.stdout.encoding or "ascii").lower().replace("-", "") == "utf8"
    marks = []
    for one in findings:
        look = _LOOKS[type(one.verdict)]
        marks.append(
            Mark(
                sign=look.sign if takes_all else look.plain_sign,
                colour=COLOURS[look.word],
                name=one.gate,
                said=_said(one.verdict),
                details=[f"{name.replace('_', ' ')}: {shown(value)}" for name, value in one.values.items()],
            )
        )
    draw_marks(marks)


def _said(verdict: Verdict) -> str:
    match verdict:
        case Pass():
            return ""
        case Postpone(until, reason):
            return f"not before {shown(until)}: {shown(reason)}"
        case Stop(_, reason):
            return shown(reason)


def _row(finding: GateFinding) -> Sequence[object]:
    verdict = finding.verdict
    until = f" until {shown(verdict.until)}" if isinstance(verdict, Postpone) else ""
    reason = None if isinstance(verdict, Pass) else verdict.reason
    values = ", ".join(f"{name} = {shown(value)}" for name, value in finding.values.items())
    return finding.gate, _LOOKS[type(verdict)].word + until, reason, values
