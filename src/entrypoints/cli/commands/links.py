"""``tocsin links``."""

import sys

import click

from domain.channel import Channel
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.parameters import Word
from entrypoints.cli.session import Session, pass_session

_REVOKED = "every link in messages that were sent before ends, also the ways to unsubscribe in people's mailboxes"


@click.group(
    "links",
    cls=TocsinGroup,
    epilog="""tocsin links show ada
        tocsin links rotate""",
)
def command() -> None:
    """Make links with which people choose what they are told, and end old ones.

    A link needs no key: whoever has it may choose for the person it was made for.
    """


@command.command(
    "show",
    cls=TocsinCommand,
    epilog="""tocsin links show ada
        tocsin links show ada --channel email --json""",
)
@click.argument("recipient_id", metavar="RECIPIENT")
@click.option("--channel", type=Word(Channel), help="The channel that the link to unsubscribe is about.")
@pass_session
def show(session: Session, recipient_id: str, channel: Channel | None) -> None:
    """Print a link to the preferences of a person.

    With --channel, also one to unsubscribe from all of a channel that may be refused.
    """
    with opened(session) as container:
        links = container.make_links()(recipient_id, channel)
    if session.json:
        print_json({"preferences_url": links.preferences, "unsubscribe_url": links.unsubscribe})
        return
    click.echo(links.preferences)
    if channel is not None:
        click.echo(links.unsubscribe)
    session.note("whoever has it may choose for this person; send it to nobody else")


@command.command(
    "rotate",
    cls=TocsinCommand,
    epilog="""tocsin links rotate
        tocsin links rotate --revoke --yes""",
)
@click.option("--revoke", is_flag=True, help="End every link that was made before.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def rotate(session: Session, revoke: bool, yes: bool) -> None:
    """Seal new links anew.

    Links of messages that were sent before go on working, so people can still unsubscribe. With --revoke they end at
    once, for when somebody got hold of them; a dispatcher that runs makes new ones within a second or two.
    """
    if revoke and not yes:
        _confirm()
    with opened(session) as container:
        links = container.rotate_links()(revoke=revoke)
    if session.json:
        print_json({"generation": links.present, "oldest": links.oldest})
        return
    older = "older ones are over" if revoke else f"those from generation {links.oldest} on go on working"
    session.note(f"new links are of generation {links.present}; {older}")


def _confirm() -> None:
    """Ask a person before links end.

    :raises UsageError: there is nobody to ask.
    :raises ClickException: they said no.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(f"{_REVOKED}; add --yes if that is meant")
    if not click.confirm(f"{_REVOKED[0].upper()}{_REVOKED[1:]}. Go on?", err=True):
        raise click.ClickException("nothing was changed")
