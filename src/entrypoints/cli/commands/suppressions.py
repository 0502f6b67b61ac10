"""``tocsin suppressions``."""

import shlex
from collections.abc import Callable
from typing import Any, TypeVar

import click

from application.ports.suppression_repository import Removal, SuppressionQuery
from application.recipients.suppressions import ListSuppressions
from domain.channel import Channel
from domain.errors import InvalidInput
from domain.notification_type import NotificationType
from domain.suppression import EVERYTHING, Suppression, SuppressionName, SuppressionScope
from domain.suppression_reason import SuppressionReason
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.lists import Limited, one_more
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines, print_table
from entrypoints.cli.parameters import Filled, Word, limit_option
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import removal_json, suppression_json

F = TypeVar("F", bound=Callable[..., Any])

COLUMNS = ("channel", "address", "reason", "scope", "since", "detail")
SPARE = ("detail", "since")


class Cursor(click.ParamType[SuppressionName]):
    """The end of a page before, such as ``email/ada@example.com/manual`` or ``…/manual/topic:news``."""

    name = "cursor"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> SuppressionName:
        """Return the suppression that is named."""
        try:
            return SuppressionName.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


channel_option = click.option("--channel", type=Word(Channel), required=True, help="Where the address is used.")
address_argument = click.argument("address", metavar="ADDRESS")


def scope_options(of_type: str, of_topic: str) -> Callable[[F], F]:
    """Return the options ``--type`` and ``--topic``, whose help these are."""

    def decorate(function: F) -> F:
        topic = click.option("--topic", type=Filled(), metavar="TOPIC", help=of_topic)
        return click.option("--type", "type_", type=Word(NotificationType), help=of_type)(topic(function))

    return decorate


def _scope(type_: NotificationType | None, topic: str | None) -> SuppressionScope | None:
    """Return the scope that the options name, None where they name none.

    :raises InvalidInput: they name two.
    """
    if type_ is not None and topic is not None:
        raise InvalidInput.of("topic", "cannot stand beside --type; a suppression counts for a type or a topic")
    return None if type_ is None and topic is None else SuppressionScope(type=type_, topic=topic)


@click.group(
    "suppressions",
    cls=TocsinGroup,
    epilog="""tocsin suppressions list --channel email --reason complaint
        tocsin suppressions add --channel email ada@example.com --detail "asked for it by phone"
        tocsin suppressions add --channel email ada@example.com --topic news
        tocsin suppressions remove --channel sms +14155550100""",
)
def command() -> None:
    """Look at the addresses that must not be used, and change them.

    An address that is unreachable or was added by hand gets nothing. After a complaint, an unsubscribe or a STOP,
    transactional email goes on, and all else stops; the configuration may say otherwise. A suppression whose scope is
    type:promotional or topic:news counts for that alone.
    """


@command.command(
    "list",
    cls=TocsinCommand,
    epilog="""tocsin suppressions list --channel email --reason unreachable
        tocsin suppressions list --address ada@example.com
        tocsin suppressions list --topic news
        tocsin suppressions list --limit 0 --json""",
)
@click.option("--channel", type=Word(Channel), help="Only those of this channel.")
@click.option("--reason", type=Word(SuppressionReason), help="Only those for this reason.")
@scope_options("Only those that count for this type alone.", "Only those that count for this topic alone.")
@click.option("--address", type=Filled(), metavar="ADDRESS", help="Only this address.")
@limit_option
@click.option("--after", type=Cursor(), metavar="CURSOR", help="Go on behind the one that a page ended with.")
@pass_session
def list_(session: Session, /, limit: int, type_: NotificationType | None, topic: str | None, **filters: Any) -> None:
    """List the addresses that must not be used, a line for each reason and scope, by channel and address.

    The scope is what an address must not be used for: all, or one type or topic.
    """
    query = SuppressionQuery(limit=one_more(limit), scope=_scope(type_, topic), **filters)
    with opened(session) as container:
        find: ListSuppressions = container.list_suppressions()
        found = Limited(find.stream(query), limit)
        if session.json:
            print_json_lines(suppression_json(one) for one in found)
        else:
            print_table(COLUMNS, (_row(one) for one in found), spare=SPARE)
        if found.has_more and found.last:
            session.note(f"there are more; go on with --after {shlex.quote(str(found.last.name))}")


@command.command(
    "add",
    cls=TocsinCommand,
    epilog="""tocsin suppressions add --channel email ada@example.com
        tocsin suppressions add --channel email ada@example.com --type promotional
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
@scope_options("For notifications of this type alone.", "For notifications of this topic alone.")
@click.option("--detail", metavar="TEXT", help="What people should know of it.")
@pass_session
def add(
    session: Session,
    channel: Channel,
    address: str,
    reason: SuppressionReason,
    type_: NotificationType | None,
    topic: str | None,
    detail: str | None,
) -> None:
    """Take an address out of use: for everything, or with --type or --topic for that alone.

    Other reasons and scopes of the same address stay beside it, and each has to be removed for it to be used again.
    """
    scope = _scope(type_, topic) or EVERYTHING
    with opened(session) as container:
        standing = container.add_suppression()(channel, address, reason=reason, detail=detail, scope=scope)
    if session.json:
        print_json(suppression_json(standing))
    else:
        click.echo(f"{standing.channel}/{standing.address} is suppressed: {standing.label}")


@command.command(
    "remove",
    cls=TocsinCommand,
    epilog="""tocsin suppressions remove --channel email ada@example.com
        tocsin suppressions remove --channel sms +14155550100 --reason stop
        tocsin suppressions remove --channel email ada@example.com --topic news
        tocsin suppressions remove --channel email ada@example.com --all""",
)
@channel_option
@address_argument
@click.option("--reason", type=Word(SuppressionReason), help="Only this reason, also where the person decided it.")
@scope_options("Only what counts for this type alone.", "Only what counts for this topic alone.")
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Every reason, also those that the person decided; without --type and --topic, of every scope.",
)
@pass_session
def remove(
    session: Session,
    channel: Channel,
    address: str,
    reason: SuppressionReason | None,
    type_: NotificationType | None,
    topic: str | None,
    *,
    every: bool,
) -> None:
    """Let an address be used again.

    What the person decided, a complaint, an unsubscribe or a STOP, stays unless --reason names it or --all is given.
    What counts for a type or a topic alone stays unless --type or --topic names it or --all is given. What was stopped
    meanwhile stays as it ended. A provider may still refuse the address.
    """
    scope = _scope(type_, topic)
    with opened(session) as container:
        removal = container.remove_suppression()(channel, address, reason=reason, scope=scope, every=every)
    if session.json:
        print_json(removal_json(removal))
    else:
        click.echo(_what_is_left(removal))


def _what_is_left(removal: Removal) -> str:
    first = removal.removed[0]
    removed = ", ".join(one.label for one in removal.removed)
    if not removal.left:
        return f"{first.channel}/{first.address} may be used again; it was suppressed: {removed}"
    left = ", ".join(one.label for one in removal.left)
    rest = _naming(removal.left[0]) if len(removal.left) == 1 else "--all"
    address = shlex.quote(first.address)
    return (
        f"{first.channel}/{first.address} stays suppressed: {left}; no longer: {removed}\n"
        f"to remove the rest too: tocsin suppressions remove --channel {first.channel} {address} {rest}"
    )


def _naming(suppression: Suppression) -> str:
    """Return the options that name one suppression among those of its address."""
    scope = suppression.scope
    options = f"--reason {suppression.reason}"
    if scope.type is not None:
        return f"{options} --type {scope.type}"
    return options if scope.topic is None else f"{options} --topic {shlex.quote(scope.topic)}"


def _row(suppression: Suppression) -> tuple[object, ...]:
    one = suppression
    return one.channel, one.address, one.reason, one.scope, one.at, one.detail
