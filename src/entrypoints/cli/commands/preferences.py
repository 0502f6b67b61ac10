"""``tocsin preferences``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import click
from attrs import evolve

from application.recipients.preferences import Effect, Standing
from domain.channel import Channel
from domain.errors import InvalidInput
from domain.notification_type import NotificationType
from domain.preferences import Choice, PreferenceChange, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_details, print_json, print_table, print_title
from entrypoints.cli.parameters import Word
from entrypoints.cli.session import Session, pass_session
from entrypoints.preference_shape import quiet_hours_of, standing_json

CHOICES = ("channel", "type", "topic", "wanted")
EFFECTS = ("channel", "type", "wanted", "because of")
EVERY = "any"
DEFAULT = "default"


class Wanted(StrEnum):
    """What somebody may say."""

    YES = "yes"
    NO = "no"
    DEFAULT = "default"


@click.group(
    "preferences",
    cls=TocsinGroup,
    epilog="""tocsin preferences show ada
        tocsin preferences set ada --type promotional --wanted no
        tocsin preferences set ada --topic news --wanted yes
        tocsin preferences set ada --quiet-hours 21:00-08:00""",
)
def command() -> None:
    """Show what people want to be told, and change it.

    A person may refuse a channel, a type, a topic, or several of these together. The most specific choice that fits a
    notification decides: one with its topic before one with its channel, that before one with its type alone. Where
    somebody said nothing, the defaults of the configuration hold. Transactional notifications cannot be refused.
    """


@command.command("show", cls=TocsinCommand, epilog="tocsin preferences show ada")
@click.argument("recipient_id", metavar="ID")
@pass_session
def show(session: Session, recipient_id: str) -> None:
    """Show what somebody wants, and what follows from it."""
    with opened(session) as container:
        standing = container.show_preferences()(recipient_id)
    _print(session, standing)


@command.command(
    "set",
    cls=TocsinCommand,
    epilog="""tocsin preferences set ada --wanted no
        tocsin preferences set ada --channel sms --type promotional --wanted no
        tocsin preferences set ada --topic news --wanted default
        tocsin preferences set ada --quiet-hours 21:00-08:00
        tocsin preferences set ada --quiet-hours none""",
)
@click.argument("recipient_id", metavar="ID")
@click.option("--channel", type=Word(Channel), help="What comes over this channel; without it, over every one.")
@click.option("--type", "type", type=Word(NotificationType), help="What is of this type; without it, of every one.")
@click.option("--topic", metavar="TOPIC", help="What has this topic; without it, whatever it is about.")
@click.option(
    "--wanted",
    type=Word(Wanted),
    help="Whether they want that; default forgets what they said of exactly that. Needed with the options above; "
    "alone it is about everything.",
)
@click.option(
    "--quiet-hours",
    metavar="FROM-TO",
    help="When to leave them alone, by the clock of their time zone, such as 21:00-08:00; none for at no hour, default "
    "for what the configuration says of the type.",
)
@pass_session
def set_(session: Session, /, recipient_id: str, **options: Any) -> None:
    """Change one choice of somebody, or their quiet hours, and leave the rest as it is.

    What they refuse is not sent to them from then on, also where it was accepted before; what is being handed over at
    that moment may still arrive. What waits for the end of quiet hours is sent then.
    """
    change = _change(options)
    with _named_as_typed(), opened(session) as container:
        standing = container.change_preferences()(recipient_id, change)
    _print(session, standing)


def _change(options: Mapping[str, Any]) -> PreferenceChange:
    scope = Scope(channel=options["channel"], type=options["type"], topic=options["topic"])
    wanted: Wanted | None = options["wanted"]
    if wanted is None and scope != Scope():
        raise InvalidInput.of("wanted", f"is missing; say yes, no or default of {scope}")
    quiet_hours: str | None = options["quiet_hours"]
    if wanted is None and quiet_hours is None:
        raise InvalidInput.of("wanted", "is missing; give it, or --quiet-hours, or both")
    said = wanted in (Wanted.YES, Wanted.NO)
    return PreferenceChange(
        choices=(Choice(scope, wanted=wanted is Wanted.YES),) if said else (),
        forgotten=(scope,) if wanted is Wanted.DEFAULT else (),
        quiet_hours=None if quiet_hours in (None, DEFAULT) else _quiet_hours(quiet_hours),
        sets_quiet_hours=quiet_hours is not None,
    )


def _quiet_hours(text: str) -> QuietHours | NoQuietHours:
    try:
        return quiet_hours_of(text)
    except ValueError as error:
        raise InvalidInput.of("quiet_hours", f"{error}, or {DEFAULT}") from None


@contextmanager
def _named_as_typed() -> Iterator[None]:
    """Say of wrong fields which option they are: there is one choice here."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(evolve(one, field=one.field.removeprefix("choices.0.")) for one in error.errors) from None


def _print(session: Session, standing: Standing) -> None:
    if session.json:
        print_json(standing_json(standing))
        return
    choices = standing.preferences.choices
    if choices:
        print_table(CHOICES, (_choice_row(one) for one in choices))
    else:
        click.echo(f"{standing.recipient_id} made no choice; the defaults hold")
    print_title("quiet hours")
    print_details(_quiet_hours_lines(standing))
    print_title("what holds now, apart from topics")
    print_table(EFFECTS, (_effect_row(one) for one in standing.effects))
    for type_ in standing.always:
        click.echo(f"{type_} notifications cannot be refused; they are sent whatever is said here")


def _choice_row(choice: Choice) -> tuple[object, ...]:
    scope = choice.scope
    return scope.channel or EVERY, scope.type or EVERY, scope.topic or EVERY, _yes_or_no(wanted=choice.wanted)


def _effect_row(effect: Effect) -> tuple[object, ...]:
    said = effect.wish.by
    because = None if said is None else f"{'their choice' if effect.wish.is_own else 'the default'} of {said.scope}"
    return effect.channel, effect.type, _yes_or_no(wanted=effect.wish.wanted), because


def _quiet_hours_lines(standing: Standing) -> Iterator[tuple[str, object]]:
    own = standing.preferences.quiet_hours
    yield "their own", "at no hour" if isinstance(own, NoQuietHours) else own
    for type_, hours in standing.quiet_hours:
        yield type_, hours or "at no hour"
    yield "time zone", standing.timezone if standing.has_own_timezone else f"{standing.timezone}, as they have none"


def _yes_or_no(*, wanted: bool) -> str:
    return "yes" if wanted else "no"
