"""``tocsin campaigns``."""

import click

from domain.campaign import Campaign
from entrypoints.cli.campaign_view import print_campaigns, print_progress
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.lists import Limited, one_more
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines
from entrypoints.cli.parameters import Filled, Number, limit_option
from entrypoints.cli.plain_text import counted
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import campaign_json, campaign_progress_json

name_argument = click.argument("name", metavar="NAME", type=Filled())


@click.group(
    "campaigns",
    cls=TocsinGroup,
    epilog="""tocsin campaigns list
        tocsin campaigns show spring
        tocsin campaigns pause spring
        tocsin campaigns resume spring
        tocsin campaigns cancel 7""",
)
def command() -> None:
    """Look at campaigns, and pause, resume or cancel them.

    A campaign is named by its name or its id; tocsin bulk starts one.
    """


@command.command("list", cls=TocsinCommand, epilog="tocsin campaigns list --limit 10")
@limit_option
@click.option("--after", type=Number("campaign"), metavar="ID", help="Only those behind this one: the next page.")
@pass_session
def list_(session: Session, limit: int, after: int | None) -> None:
    """List the campaigns, the newest first."""
    with opened(session) as container:
        campaigns = Limited(container.list_campaigns().stream(one_more(limit), after), limit)
        if session.json:
            print_json_lines(campaign_json(campaign) for campaign in campaigns)
        else:
            print_campaigns(campaigns)
        if campaigns.has_more and campaigns.last is not None:
            session.note(f"there are more: --after {campaigns.last.id}")


@command.command("show", cls=TocsinCommand, epilog="tocsin campaigns show spring")
@name_argument
@pass_session
def show(session: Session, name: str) -> None:
    """Show how far a campaign came, and how its notifications stand now."""
    with opened(session) as container:
        progress = container.show_campaign()(container.find_campaign()(name).id)
        now = container.clock().now()
    if session.json:
        print_json(campaign_progress_json(progress, now))
    else:
        print_progress(progress, now)


@command.command("pause", cls=TocsinCommand, epilog="tocsin campaigns pause spring")
@name_argument
@pass_session
def pause(session: Session, name: str) -> None:
    """Hold a campaign back: nothing more of it is written or sent.

    What is being sent goes out. A finished campaign can be paused too, while its notifications wait.
    """
    with opened(session) as container:
        _tell(session, container.pause_campaign()(container.find_campaign()(name).id))


@command.command("resume", cls=TocsinCommand, epilog="tocsin campaigns resume spring")
@name_argument
@pass_session
def resume(session: Session, name: str) -> None:
    """Let a paused campaign go on where it stopped.

    A lane of it that was paused by itself stays so; tocsin lanes resume opens that.
    """
    with opened(session) as container:
        _tell(session, container.resume_campaign()(container.find_campaign()(name).id))


@command.command("cancel", cls=TocsinCommand, epilog="tocsin campaigns cancel spring")
@name_argument
@pass_session
def cancel(session: Session, name: str) -> None:
    """Stop a campaign for good and withdraw what has not been sent yet.

    What is being sent is withdrawn only if it comes back unsent. If this is killed, any dispatcher withdraws the rest.
    """
    with opened(session) as container:
        found = container.find_campaign()(name)
        cancelled = container.cancel_campaign()(found.id)
    if session.json:
        print_json({"campaign": found.id, "cancelled": cancelled})
    else:
        click.echo(f"{counted(cancelled, 'notification')} cancelled")


def _tell(session: Session, campaign: Campaign) -> None:
    if session.json:
        print_json(campaign_json(campaign))
    else:
        click.echo(f"campaign {campaign.id} is {campaign.status}")
