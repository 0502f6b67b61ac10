"""``tocsin retry``."""

from datetime import datetime

import click

from application.ports.notification_repository import NotificationQuery
from application.sending.retry import REVIVABLE, RetrySummary
from domain.lifecycle import Status
from entrypoints.cli.answers import give_answers
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.failures import CONFLICT
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.parameters import Filled, Number, Word, moment
from entrypoints.cli.plain_text import counted
from entrypoints.cli.session import Session, pass_session
from entrypoints.container import Container


@click.command(
    "retry",
    cls=TocsinCommand,
    epilog="""tocsin retry 7 8
        tocsin retry --status failed --campaign spring --reason timeout
        tocsin retry --status unknown --since -2h --expires +1d""",
)
@click.argument("ids", metavar="[ID]...", nargs=-1, type=Number("notification"))
@click.option("--status", type=Word(sorted(REVIVABLE)), help="All that stand so, instead of ids.")
@click.option(
    "--campaign", type=Filled(), metavar="NAME", help="With --status: only those of this campaign, by name or id."
)
@click.option("--reason", type=Filled(), metavar="TEXT", help="With --status: only those whose reason contains this.")
@click.option("--since", metavar="WHEN", help="With --status: only those created since then, such as -2h.")
@click.option("--expires", metavar="WHEN", help="Their new expiry; needed where the old one is past.")
@pass_session
@click.pass_context
def command(
    context: click.Context,
    session: Session,
    ids: tuple[int, ...],
    status: Status | None,
    campaign: str | None,
    reason: str | None,
    since: str | None,
    expires: str | None,
) -> None:
    """Put failed notifications back, to be sent again.

    They get a new budget of attempts and keep their history. An unknown one may have gone out already: retrying it
    may send it twice. With --status, tests are left as they are.
    """
    if bool(ids) == bool(status):
        raise click.UsageError("name either ids or --status failed|unknown")
    if ids and (campaign or reason or since):
        raise click.UsageError("--campaign, --reason and --since go with --status, not with ids")
    with opened(session) as container:
        now = container.clock().now()
        expires_at = moment(expires, now, "expires_at")
        if ids:
            context.exit(give_answers(session, ids, container.retry()(ids, expires_at), now, done="is put back"))
        query = NotificationQuery(
            status=status,
            campaign_id=container.find_campaign()(campaign).id if campaign else None,
            reason_contains=reason,
            since=moment(since, now, "since"),
            test=False,
        )
        summary = _retry_matching(session, container, query, expires_at)
    context.exit(CONFLICT if summary.refused else 0)


def _retry_matching(
    session: Session, container: Container, query: NotificationQuery, expires_at: datetime | None
) -> RetrySummary:
    summary: RetrySummary = container.retry_matching()(query, expires_at)
    if session.json:
        print_json({"revived": summary.revived, "refused": summary.refused, "first_refusal": summary.first_refusal})
    else:
        click.echo(f"{counted(summary.revived, 'notification')} put back")
    if summary.refused:
        click.echo(f"error: {summary.refused} could not be put back; the first: {summary.first_refusal}", err=True)
    return summary
