"""``tocsin show``."""

import click

from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.notification_view import print_attempts, print_notification
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_title
from entrypoints.cli.parameters import Number
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import notification_json


@click.command(
    "show",
    cls=TocsinCommand,
    epilog="""tocsin show 7
        tocsin show 7 --json""",
)
@click.argument("notification_id", metavar="ID", type=Number("notification"))
@pass_session
def command(session: Session, notification_id: int) -> None:
    """Show one notification."""
    with opened(session) as container:
        story = container.show()(notification_id)
        now = container.clock().now()
        if session.json:
            print_json(notification_json(story.notification, now))
            return
        print_notification(story.notification, now)
        if story.hand_overs:
            print_title("attempts")
            print_attempts(story.hand_overs)
