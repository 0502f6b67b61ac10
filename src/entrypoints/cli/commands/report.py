"""``tocsin report``."""

from collections.abc import Mapping, Sequence

import click

from application.insight.report import ReportRow
from application.ports.report_repository import Grouping
from domain.lifecycle import Status
from domain.outcome import NAMES
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json_lines, print_table
from entrypoints.cli.parameters import Word
from entrypoints.cli.plain_text import span
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import report_row_json

RECEIPTS = ("delivered", "bounced", "opened", "clicked")
EVENTS = ("created", "sent", *RECEIPTS, "failed", "unknown", "suppressed", "expired", "cancelled", "retried")
OUTCOMES = {name.replace("_", " "): name for name in NAMES.values()}
SHARED = ("attempts", "went out", "median", "95 %")
NOW = ("waiting", "sending")
SPARE = (
    *("attempts", "retried", "95 %", "median", "cancelled", "expired", "suppressed", "sending", "created", "waiting"),
    *("clicked", "bounced", "opened"),
)


@click.command(
    "report",
    cls=TocsinCommand,
    epilog="""tocsin report --days 7 --by channel
        tocsin report --by campaign --json""",
)
@click.option("--days", type=int, metavar="N", help="Only the last N days, in UTC, today included; otherwise all.")
@click.option("--by", type=Word(Grouping), help="One row for each; otherwise one row for everything.")
@pass_session
def command(session: Session, days: int | None, by: Grouping | None) -> None:
    """Count what became of the notifications.

    Each number says how often it happened: one that failed, was put back and sent counts as both. "retried" is how
    often one went back to be tried again, "attempts" how often a message was given to a gateway, "went out" the share
    of those sent among all that ended, without those cancelled. The next two columns say how long it took from due to
    accepted by the provider: the upper bound of a step of at most 10 %. "waiting" and "sending" are how many do so now.

    "delivered", "bounced", "opened" and "clicked" are what providers told later; "bounced" are part of those failed.
    "opened" and "clicked" count each notification once, without what a provider takes for a machine's doing.

    By gateway, each row counts what the gateway said of the messages given to it.
    """
    with opened(session) as container:
        rows = container.report()(days, by)
    if session.json:
        print_json_lines(report_row_json(row) for row in rows)
    else:
        columns = _columns(by)
        cells = ([row.group, *map(_cells(row).get, columns)] for row in rows)
        print_table((by or "", *columns), cells, numbers=columns, spare=SPARE)


def _columns(by: Grouping | None) -> Sequence[str]:
    match by:
        case Grouping.GATEWAY:
            return (*OUTCOMES, *RECEIPTS, *SHARED)
        case Grouping.DAY:
            return (*EVENTS, *SHARED)
        case _:
            return (*EVENTS, *SHARED, *NOW)


def _cells(row: ReportRow) -> Mapping[str, object]:
    """Return what stands in the columns of *row*, by the name of the column."""
    went_out = row.rates["sent"]
    return {
        **{title: row.outcomes[outcome] for title, outcome in OUTCOMES.items()},
        **{event: getattr(row, event) for event in EVENTS},
        "attempts": row.hand_overs,
        "went out": None if went_out is None else f"{went_out:.1%}",
        "median": span(row.latency_p50_ms),
        "95 %": span(row.latency_p95_ms),
        "waiting": row.now and row.now[Status.PENDING],
        "sending": row.now and row.now[Status.SENDING],
    }
