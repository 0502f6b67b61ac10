"""What people want to be told, and over what.

A choice is about a channel, a type, a topic, or several of these together. The most specific one that fits decides:
one with the topic before one with the channel, that before one with the type alone.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import frozen

from domain.channel import Channel
from domain.errors import FieldError, InvalidInput
from domain.notification_type import NotificationType, TypePolicies
from domain.quiet_hours import NoQuietHours, QuietHours

CHOICES_MAX: Final = 200
"""The most choices that are kept of one person."""

TOPIC_MAX: Final = 100
"""The most characters of a topic."""

_TOO_MANY: Final = f"are more than {CHOICES_MAX}; leave out what others say already"


@frozen(kw_only=True)
class Scope:
    """What a choice is about; None means every one. Without any of them it is about everything."""

    channel: Channel | None = None
    type: NotificationType | None = None
    topic: str | None = None

    def covers(self, channel: Channel, type_: NotificationType, topic: str | None) -> bool:
        """Say whether a notification is what this is about."""
        return (
            (self.topic is None or self.topic == topic)
            and (self.channel is None or self.channel is channel)
            and (self.type is None or self.type is type_)
        )

    @property
    def weight(self) -> int:
        """Return how specific it is; no two that cover the same notification weigh the same."""
        return 4 * (self.topic is not None) + 2 * (self.channel is not None) + (self.type is not None)

    def __str__(self) -> str:
        parts = [str(part) for part in (self.channel, self.type) if part is not None]
        parts += [] if self.topic is None else [f"topic {self.topic}"]
        return " ".join(parts) or "everything"


@frozen
class Choice:
    """Whether somebody wants what *scope* covers."""

    scope: Scope
    wanted: bool

    def __str__(self) -> str:
        return f"{self.scope}: {'yes' if self.wanted else 'no'}"


Defaults = tuple[Choice, ...]
"""What holds for those who say nothing, by configuration; no two have the same scope."""


@frozen(kw_only=True)
class Preferences:
    """What one person said: choices, no two of the same scope, and quiet hours of their own.

    ``quiet_hours`` None means those of the type, if it has any.
    """

    choices: tuple[Choice, ...] = ()
    quiet_hours: QuietHours | NoQuietHours | None = None

    def quiet_hours_among(self, of_the_type: QuietHours | None) -> QuietHours | None:
        """Return the hours in which this person is left alone: their own, or those of the type."""
        if self.quiet_hours is None:
            return of_the_type
        return None if isinstance(self.quiet_hours, NoQuietHours) else self.quiet_hours

    def after(self, change: "PreferenceChange") -> "Preferences":
        """Return these preferences once *change* was made; its choices take the place of those of the same scope.

        :raises InvalidInput: that would be more choices than are kept, and more than there were; a change that insists
            is made all the same.
        """
        choices: dict[Scope, Choice] = {one.scope: one for one in self.choices}
        for scope in change.forgotten:
            choices.pop(scope, None)
        choices |= {one.scope: one for one in change.choices}
        if len(choices) > max(CHOICES_MAX, len(self.choices)) and not change.insists:
            raise InvalidInput.of("choices", _TOO_MANY)
        kept = tuple(choices[scope] for scope in sorted(choices, key=_in_order))
        return Preferences(
            choices=kept, quiet_hours=change.quiet_hours if change.sets_quiet_hours else self.quiet_hours
        )


NO_PREFERENCES: Final = Preferences()


@frozen(kw_only=True)
class PreferenceChange:
    """What somebody changes: ``choices`` they make, scopes of which they leave it to the defaults, and quiet hours.

    ``quiet_hours`` counts where ``sets_quiet_hours`` says so; None then leaves them to the type. One that ``insists``
    is kept although there is no room: what a person says no to themselves is never lost.
    """

    choices: tuple[Choice, ...] = ()
    forgotten: tuple[Scope, ...] = ()
    quiet_hours: QuietHours | NoQuietHours | None = None
    sets_quiet_hours: bool = False
    insists: bool = False


@frozen
class Wish:
    """Whether somebody wants a notification, and which choice said so: their own, a default, or none."""

    wanted: bool
    by: Choice | None = None
    is_own: bool = False


def wish(
    preferences: Preferences, defaults: Defaults, channel: Channel, type_: NotificationType, topic: str | None
) -> Wish:
    """Return what somebody wants of a notification.

    Their own word goes before a default, but for one thing: a yes to something larger is no yes to what the defaults
    leave out of it, such as a topic that people have to ask for.
    """
    default = _decisive(defaults, channel, type_, topic)
    own = _decisive(preferences.choices, channel, type_, topic)
    if own is None:
        return Wish(default is None or default.wanted, default)
    if own.wanted and default is not None and not default.wanted and default.scope.weight > own.scope.weight:
        return Wish(wanted=False, by=default)
    return Wish(own.wanted, own, is_own=True)


def preference_problems(preferences: Preferences, policies: TypePolicies) -> list[FieldError]:
    """Return what is wrong with *preferences* as somebody gives them."""
    found = []
    if len(preferences.choices) > CHOICES_MAX:
        found.append(FieldError("choices", _TOO_MANY))
    for number, one in enumerate(preferences.choices):
        found += [
            FieldError(f"choices.{number}.{name}", message) for name, message in _scope_problems(one, policies).items()
        ]
    return found


def _scope_problems(choice: Choice, policies: TypePolicies) -> Mapping[str, str]:
    topic, type_ = choice.scope.topic, choice.scope.type
    found = {}
    if topic is not None and not is_topic(topic):
        found["topic"] = f"must have 1 to {TOPIC_MAX} printable characters"
    if type_ is not None and not choice.wanted and not policies[type_].may_opt_out:
        able = ", ".join(one for one in NotificationType if policies[one].may_opt_out)
        found["type"] = f"{type_} cannot be refused; {able} can"
    return found


def is_topic(text: str) -> bool:
    """Say whether *text* can be a topic."""
    return is_label(text, TOPIC_MAX)


def is_label(text: str, longest: int) -> bool:
    """Say whether *text* is something people can read, of at most *longest* characters."""
    return text.isprintable() and bool(text.strip()) and len(text) <= longest


def _decisive(choices: Iterable[Choice], channel: Channel, type_: NotificationType, topic: str | None) -> Choice | None:
    covering = (one for one in choices if one.scope.covers(channel, type_, topic))
    return max(covering, key=lambda one: one.scope.weight, default=None)


def _in_order(scope: Scope) -> tuple[str, str, str]:
    return scope.topic or "", scope.channel or "", scope.type or ""
