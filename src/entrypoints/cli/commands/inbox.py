"""``tocsin inbox``."""

import click

from entrypoints.cli.command import PlainOption, TocsinCommand
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json_lines, print_table
from entrypoints.cli.parameters import ID_MAX, Whole, limit_option
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import inbox_item_json

COLUMNS = ("id", "at", "type", "topic", "subject", "body", "read at")


@click.command("inbox", cls=TocsinCommand, epilog="tocsin inbox ada")
@click.argument("recipient_id", metavar="RECIPIENT")
@limit_option
@click.option("--after", cls=PlainOption, type=Whole(1, ID_MAX), metavar="ID", help="Go on behind this message.")
@pass_session
def command(session: Session, recipient_id: str, limit: int, after: int | None) -> None:
    """Show what a person sees in the in-app inbox.

    Looking does not mark anything as seen or read.
    """
    with opened(session) as container:
        page = container.read_inbox()(recipient_id, limit, after)
    if session.json:
        print_json_lines(inbox_item_json(item) for item in page.items)
    else:
        print_table(
            COLUMNS,
            (
                (item.notification_id, item.at, item.type, item.topic, item.subject, item.body, item.read_at)
                for item in page.items
            ),
            numbers={"id"},
        )
    if page.next is not None:
        session.note(f"there are more; go on with --after {page.next}")
