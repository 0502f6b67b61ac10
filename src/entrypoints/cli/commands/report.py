"""``tocsin report``."""

from collections.abc import Sequence

import click

from application.ports.report_repository import Grouping, ReportRow
from domain.lifecycle import Status
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json_lines, print_table
from entrypoints.cli.parameters import Word
from entrypoints.cli.plain_text import span
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import report_row_json

WENT_OUT = (Status.SENT, Status.DELIVERED)
NOT_TRIED = (Status.PENDING, Status.SENDING, Status.CANCELLED)
COLUMNS = (*(status.value for status in Status), "total", "went out", "retried", "attempts", "median", "95 %")
SPARE = ("attempts", "retried", "95 %", "median", "cancelled", "expired", "suppressed", "sending")


@click.command(
    "report",
    cls=TocsinCommand,
    epilog="""tocsin report --days 7 --by channel
        tocsin report --by campaign --json""",
)
@click.option("--days", type=int, metavar="N", help="Only what was created in the last N days; otherwise all of it.")
@click.option("--by", type=Word(Grouping), help="One row for each; otherwise one row for everything.")
@pass_session
def command(session: Session, days: int | None, by: Grouping | None) -> None:
    """Count what became of the notifications.

    "went out" is the share that was sent or delivered, without those that still wait or were cancelled; the last two
    columns say how long it took from due to accepted by the provider.
    """
    with opened(session) as container:
        rows = container.report()(days, by)
    if session.json:
        print_json_lines(report_row_json(row) for row in rows)
    else:
        print_table((by or "", *COLUMNS), (_cells(row) for row in rows), numbers=COLUMNS, spare=SPARE)


def _cells(row: ReportRow) -> Sequence[object]:
    return (
        row.group,
        *(row.statuses.get(status, 0) for status in Status),
        row.total,
        _share(row),
        row.retried,
        row.attempts,
        span(row.latency_p50_ms),
        span(row.latency_p95_ms),
    )


def _share(row: ReportRow) -> str | None:
    tried = row.total - sum(row.statuses.get(status, 0) for status in NOT_TRIED)
    went_out = sum(row.statuses.get(status, 0) for status in WENT_OUT)
    return f"{went_out / tried:.1%}" if tried else None
