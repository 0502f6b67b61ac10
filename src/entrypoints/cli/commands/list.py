"""``tocsin list``."""

import click

from application.ports.notification_repository import NotificationQuery
from domain.channel import Channel
from domain.lifecycle import Status
from entrypoints.cli.command import PlainOption, TocsinCommand
from entrypoints.cli.lists import Limited, one_more
from entrypoints.cli.notification_view import COLUMNS, NUMBERS, SPARE, row
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json_lines, print_table
from entrypoints.cli.parameters import ID_MAX, Filled, Whole, Word, limit_option
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import notification_json


@click.command(
    "list",
    cls=TocsinCommand,
    epilog="""tocsin list --status failed
        tocsin list --recipient ada --channel email --limit 10
        tocsin list --campaign spring --limit 0 --json""",
)
@click.option("--status", type=Word(Status), help="Only those that stand so.")
@click.option("--recipient", type=Filled(), metavar="ID", help="Only those for this person.")
@click.option("--channel", type=Word(Channel), help="Only those over this channel.")
@click.option("--campaign", type=Filled(), metavar="NAME", help="Only those of this campaign, by name or id.")
@click.option("--test", is_flag=True, help="Only those that reach no gateway.")
@limit_option
@click.option("--after", cls=PlainOption, type=Whole(1, ID_MAX), metavar="ID", help="Go on behind this notification.")
@pass_session
def command(
    session: Session,
    status: Status | None,
    recipient: str | None,
    channel: Channel | None,
    campaign: str | None,
    test: bool,
    limit: int,
    after: int | None,
) -> None:
    """List notifications, the newest first."""
    with opened(session) as container:
        query = NotificationQuery(
            status=status,
            recipient_id=recipient,
            channel=channel,
            campaign_id=container.find_campaign()(campaign).id if campaign else None,
            test=True if test else None,
            limit=one_more(limit),
            after=after,
        )
        now = container.clock().now()
        found = Limited(container.find().stream(query), limit)
        if session.json:
            print_json_lines(notification_json(notification, now) for notification in found)
        else:
            print_table(COLUMNS, (row(notification, now) for notification in found), NUMBERS, SPARE)
        if found.has_more and found.last:
            session.note(f"there are more; go on with --after {found.last.id}")
