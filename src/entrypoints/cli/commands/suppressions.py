"""``tocsin suppressions``."""

from typing import Any

import click

from application.ports.suppression_repository import Removal, SuppressionQuery
from application.recipients.suppressions import ListSuppressions
from domain.channel import Channel
from domain.suppression import Suppression, SuppressionName
from domain.suppression_reason import SuppressionReason
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.lists import Limited, one_more
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines, print_table
from entrypoints.cli.parameters import Filled, Word, limit_option
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import removal_json, suppression_json

COLUMNS = ("channel", "address", "reason", "since", "detail")
SPARE = ("detail", "since")


class Cursor(click.ParamType[SuppressionName]):
    """The end of a page before, such as ``email/ada@example.com/manual``."""

    name = "cursor"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> SuppressionName:
        """Return the suppression that is named."""
        try:
            return SuppressionName.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


channel_option = click.option("--channel", type=Word(Channel), required=True, help="Where the address is used.")
address_argument = click.argument("address", metavar="ADDRESS")


@click.group(
    "suppressions",
    cls=TocsinGroup,
    epilog="""tocsin suppressions list --channel email --reason complaint
        tocsin suppressions add --channel email ada@example.com --detail "asked for it by phone"
        tocsin suppressions remove --channel sms +14155550100""",
)
def command() -> None:
    """Look at the addresses that must not be used, and change them.

    An address that is unreachable or was added by hand gets nothing. After a complaint, an unsubscribe or a STOP,
    transactional email goes on, and all else stops; the configuration may say otherwise.
    """


@command.command(
    "list",
    cls=TocsinCommand,
    epilog="""tocsin suppressions list --channel email --reason unreachable
        tocsin suppressions list --address ada@example.com
        tocsin suppressions list --limit 0 --json""",
)
@click.option("--channel", type=Word(Channel), help="Only those of this channel.")
@click.option("--reason", type=Word(SuppressionReason), help="Only those for this reason.")
@click.option("--address", type=Filled(), metavar="ADDRESS", help="Only this address.")
@limit_option
@click.option("--after", type=Cursor(), metavar="CURSOR", help="Go on behind the one that a page ended with.")
@pass_session
def list_(session: Session, /, limit: int, **filters: Any) -> None:
    """List the addresses that must not be used, a line for each reason, by channel and address."""
    with opened(session) as container:
        find: ListSuppressions = container.list_suppressions()
        found = Limited(find.stream(SuppressionQuery(limit=one_more(limit), **filters)), limit)
        if session.json:
            print_json_lines(suppression_json(one) for one in found)
        else:
            print_table(COLUMNS, (_row(one) for one in found), spare=SPARE)
        if found.has_more and found.last:
            session.note(f"there are more; go on with --after {found.last.name}")


@command.command(
    "add",
    cls=TocsinCommand,
    epilog="""tocsin suppressions add --channel email ada@example.com
        tocsin suppressions add --channel sms +14155550100 --reason stop --detail "told our old provider\"""",
)
@channel_option
@address_argument
@click.option(
    "--reason",
    type=Word(SuppressionReason),
    default=SuppressionReason.MANUAL,
    show_default=True,
    help="Why; some types go on after some reasons.",
)
@click.option("--detail", metavar="TEXT", help="What people should know of it.")
@pass_session
def add(session: Session, channel: Channel, address: str, reason: SuppressionReason, detail: str | None) -> None:
    """Take an address out of use.

    Other reasons of the same address stay beside it, and each has to be removed for it to be used again.
    """
    with opened(session) as container:
        standing = container.add_suppression()(channel, address, reason=reason, detail=detail)
    if session.json:
        print_json(suppression_json(standing))
    else:
        click.echo(f"{standing.channel}/{standing.address} is suppressed: {standing.reason}")


@command.command(
    "remove",
    cls=TocsinCommand,
    epilog="""tocsin suppressions remove --channel email ada@example.com
        tocsin suppressions remove --channel sms +14155550100 --reason stop
        tocsin suppressions remove --channel email ada@example.com --all""",
)
@channel_option
@address_argument
@click.option("--reason", type=Word(SuppressionReason), help="Only this reason, also where the person decided it.")
@click.option("--all", "every", is_flag=True, help="Every reason, also those that the person decided.")
@pass_session
def remove(session: Session, channel: Channel, address: str, reason: SuppressionReason | None, *, every: bool) -> None:
    """Let an address be used again.

    What the person decided, a complaint, an unsubscribe or a STOP, stays unless --reason names it or --all is given.
    What was stopped meanwhile stays as it ended. A provider may still refuse the address.
    """
    with opened(session) as container:
        removal = container.remove_suppression()(channel, address, reason=reason, every=every)
    if session.json:
        print_json(removal_json(removal))
    else:
        click.echo(_what_is_left(removal))


def _what_is_left(removal: Removal) -> str:
    first = removal.removed[0]
    removed = ", ".join(one.reason for one in removal.removed)
    if not removal.left:
        return f"{first.channel}/{first.address} may be used again; it was suppressed: {removed}"
    left = ", ".join(one.reason for one in removal.left)
    rest = f"--reason {removal.left[0].reason}" if len(removal.left) == 1 else "--all"
    return (
        f"{first.channel}/{first.address} stays suppressed: {left}; no longer: {removed}\n"
        f"to remove the rest too: tocsin suppressions remove --channel {first.channel} {first.address} {rest}"
    )


def _row(suppression: Suppression) -> tuple[object, ...]:
    return suppression.channel, suppression.address, suppression.reason, suppression.at, suppression.detail
