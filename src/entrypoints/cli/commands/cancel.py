"""``tocsin cancel``."""

import click

from entrypoints.cli.answers import give_answers
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.parameters import Filled, Number
from entrypoints.cli.plain_text import counted
from entrypoints.cli.session import Session, pass_session


@click.command(
    "cancel",
    cls=TocsinCommand,
    epilog="""tocsin cancel 7 8
        tocsin cancel --campaign spring""",
)
@click.argument("ids", metavar="[ID]...", nargs=-1, type=Number("notification"))
@click.option("--campaign", type=Filled(), metavar="NAME", help="All that is left of a campaign, by name or id.")
@pass_session
@click.pass_context
def command(context: click.Context, session: Session, ids: tuple[int, ...], campaign: str | None) -> None:
    """Withdraw what has not been sent yet.

    What is being sent at this moment is withdrawn only if it comes back unsent.
    """
    if bool(ids) == bool(campaign):
        raise click.UsageError("name either ids or --campaign")
    with opened(session) as container:
        if campaign is None:
            answers = container.cancel()(ids)
            context.exit(give_answers(session, ids, answers, container.clock().now(), done="is cancelled"))
        found = container.find_campaign()(campaign)
        cancelled = container.cancel_campaign()(found.id)
    if session.json:
        print_json({"campaign": found.id, "cancelled": cancelled})
    else:
        click.echo(f"{counted(cancelled, 'notification')} cancelled")
