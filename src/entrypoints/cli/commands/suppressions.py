"""``tocsin suppressions``."""

from typing import Any

import click

from application.ports.suppression_repository import SuppressionQuery
from application.recipients.suppressions import ListSuppressions
from domain.channel import Channel
from domain.suppression import SuppressedAddress, Suppression, SuppressionReason
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.lists import Limited, one_more
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines, print_table
from entrypoints.cli.parameters import Filled, Word, limit_option
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import suppression_json

COLUMNS = ("channel", "address", "reason", "since", "detail")
SPARE = ("detail", "since")


class Cursor(click.ParamType[SuppressedAddress]):
    """The end of a page before, such as ``email/ada@example.com``."""

    name = "cursor"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> SuppressedAddress:
        """Return the suppression that is named."""
        try:
            return SuppressedAddress.parse(str(value))
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
@click.option("--after", type=Cursor(), metavar="CURSOR", help="Go on behind this one, such as email/ada@example.com.")
@pass_session
def list_(session: Session, /, limit: int, **filters: Any) -> None:
    """List the addresses that must not be used, by channel and address."""
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

    An address has one reason: a stronger one that is there already stays.
    """
    with opened(session) as container:
        standing = container.add_suppression()(channel, address, reason=reason, detail=detail)
    if session.json:
        print_json(suppression_json(standing))
    else:
        click.echo(f"{standing.name} is suppressed: {standing.reason}")


@command.command("remove", cls=TocsinCommand, epilog="tocsin suppressions remove --channel email ada@example.com")
@channel_option
@address_argument
@pass_session
def remove(session: Session, channel: Channel, address: str) -> None:
    """Let an address be used again.

    What was stopped meanwhile stays as it ended. A provider may still refuse the address.
    """
    with opened(session) as container:
        removed = container.remove_suppression()(channel, address)
    if session.json:
        print_json(suppression_json(removed))
    else:
        click.echo(f"{removed.name} may be used again; it was suppressed: {removed.reason}")


def _row(suppression: Suppression) -> tuple[object, ...]:
    return suppression.channel, suppression.address, suppression.reason, suppression.at, suppression.detail
