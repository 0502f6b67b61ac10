"""What people want, as JSON: from that to preferences, and back.

``{"choices": [{"channel": …, "type": …, "topic": …, "wanted": true}, …], "quiet_hours": "21:00-08:00"}``: null, or
what a choice leaves out, means every channel, type or topic. ``quiet_hours`` may be ``none``, or null for those of the
type. Both must be there, because they take the place of all that was said before: no oversight undoes a refusal.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from attrs import evolve

from application.recipients.preferences import Effect, Standing
from domain.channel import Channel
from domain.errors import FieldError, InvalidInput
from domain.notification_type import NotificationType
from domain.preferences import CHOICES_MAX, Choice, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from entrypoints.json_values import JsonObject

W = TypeVar("W", bound=StrEnum)
QuietHoursChoice = QuietHours | NoQuietHours | None

NO_QUIET_HOURS: Final = "none"
"""How quiet hours are spelled of somebody who wants to be told at any hour."""

EFFECT: Final = "effect"
"""What answers say beside what was said; it may come back with a PUT, where nothing is read from it."""

ERRORS_MAX: Final = 100
"""The most wrong fields that are named at once."""

SHOWN_MAX: Final = 60
_FIELDS: Final = ("choices", "quiet_hours")
_FIELDS_OF_CHOICE: Final = ("channel", "type", "topic", "wanted")


def read_preferences(value: Any, problems: Callable[[Preferences], Iterable[FieldError]]) -> Preferences:
    """Return the preferences that *value* describes.

    :raises InvalidInput: every field of the wrong kind, every one that is not known, each choice of a scope that an
        earlier one has, and what *problems* says of the choices that can be read, are named.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput.of("", f"must be an object with {' and '.join(_FIELDS)}")
    reading = _Reading()
    reading.known(value, (*_FIELDS, EFFECT), "")
    if not isinstance(value.get(EFFECT), Mapping | None):
        reading.wrong(EFFECT, "must be an object, as an answer has it; leave it out")
    choices = reading.choices(value.get("choices"))
    preferences = Preferences(choices=tuple(choices.values()), quiet_hours=reading.quiet_hours(value))
    errors = [*reading.errors, *_placed(problems(preferences), tuple(choices))]
    if len(errors) > ERRORS_MAX:
        errors[ERRORS_MAX:] = [FieldError("", "has more wrong fields than these; mend these first")]
    if errors:
        raise InvalidInput(errors)
    return preferences


def quiet_hours_of(text: str) -> QuietHours | NoQuietHours:
    """Return the quiet hours that *text* names, which may be ``none``.

    :raises ValueError: it names none; the message goes behind the field.
    """
    if text == NO_QUIET_HOURS:
        return NoQuietHours.NONE
    try:
        return QuietHours.parse(text)
    except ValueError as error:
        raise ValueError(f"{error}, or {NO_QUIET_HOURS}") from None


def written_quiet_hours(hours: QuietHoursChoice) -> str | None:
    """Return quiet hours as :func:`quiet_hours_of` takes them; None where they are those of the type."""
    return NO_QUIET_HOURS if isinstance(hours, NoQuietHours) else None if hours is None else str(hours)


def preferences_json(preferences: Preferences) -> JsonObject:
    """Return *preferences* as :func:`read_preferences` takes them."""
    return {
        "choices": [
            {
                "channel": one.scope.channel and one.scope.channel.value,
                "type": one.scope.type and one.scope.type.value,
                "topic": one.scope.topic,
                "wanted": one.wanted,
            }
            for one in preferences.choices
        ],
        "quiet_hours": written_quiet_hours(preferences.quiet_hours),
    }


def standing_json(standing: Standing) -> JsonObject:
    """Return what somebody wants as :func:`preferences_json` does, and what follows from it."""
    return {
        **preferences_json(standing.preferences),
        EFFECT: {
            "always": [type_.value for type_ in standing.always],
            "wanted": [_effect_json(one) for one in standing.effects],
            "quiet_hours": {type_.value: written_quiet_hours(hours) for type_, hours in standing.quiet_hours},
            "timezone": standing.timezone,
        },
    }


def _effect_json(effect: Effect) -> JsonObject:
    return {
        "channel": effect.channel.value,
        "type": effect.type.value,
        "wanted": effect.wish.wanted,
        "by": None if effect.wish.by is None else "recipient" if effect.wish.is_own else "default",
    }


def _placed(errors: Iterable[FieldError], places: tuple[int, ...]) -> Iterable[FieldError]:
    """Return *errors*, each with the place that its choice has in the list as it was sent."""
    for error in errors:
        root, _, rest = error.field.partition(".")
        number, _, name = rest.partition(".")
        yield evolve(error, field=f"{root}.{places[int(number)]}.{name}") if name else error


class _Reading:
    """Reads parts of preferences, and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, field: str, message: str) -> None:
        """Keep that *field* is wrong."""
        self.errors.append(FieldError(field, message))

    def known(self, value: Mapping[str, Any], fields: tuple[str, ...], where: str) -> None:
        """Keep which names of *value* are not among *fields*."""
        for name in sorted(value.keys() - set(fields)):
            self.wrong(f"{where}{ascii(name[:SHOWN_MAX])[1:-1]}", "is not known here; leave it out")

    def choices(self, value: Any) -> dict[int, Choice]:
        """Return the choices that can be read, by their place."""
        if value is None:
            self.wrong("choices", "is missing; give [] to forget all")
            return {}
        if not isinstance(value, list):
            self.wrong("choices", f"must be a list of objects with {', '.join(_FIELDS_OF_CHOICE)}")
            return {}
        if len(value) > CHOICES_MAX:
            self.wrong("choices", f"are more than {CHOICES_MAX}; leave out what others say already")
            return {}
        found: dict[int, Choice] = {}
        places: dict[Scope, int] = {}
        for place, one in enumerate(value):
            choice = self._choice(f"choices.{place}", one)
            if choice is None:
                continue
            first = places.setdefault(choice.scope, place)
            if first == place:
                found[place] = choice
            else:
                self.wrong(f"choices.{place}", f"is about {choice.scope}, as choices.{first} is; keep one of them")
        return found

    def quiet_hours(self, value: Mapping[str, Any]) -> QuietHoursChoice:
        """Return the quiet hours that *value* has."""
        if "quiet_hours" not in value:
            self.wrong("quiet_hours", "is missing; null is what the type says")
        text = value.get("quiet_hours")
        if text is None:
            return None
        try:
            return quiet_hours_of(text if isinstance(text, str) else "")
        except ValueError as error:
            self.wrong("quiet_hours", str(error))
            return None

    def _choice(self, where: str, value: Any) -> Choice | None:
        if not isinstance(value, Mapping):
            self.wrong(where, f"must be an object with {', '.join(_FIELDS_OF_CHOICE)}")
            return None
        before = len(self.errors)
        self.known(value, _FIELDS_OF_CHOICE, f"{where}.")
        channel = self._word(f"{where}.channel", value.get("channel"), Channel)
        type_ = self._word(f"{where}.type", value.get("type"), NotificationType)
        topic, wanted = value.get("topic"), value.get("wanted")
        if topic is not None and not isinstance(topic, str):
            self.wrong(f"{where}.topic", "must be text")
        if not isinstance(wanted, bool):
            self.wrong(f"{where}.wanted", "must be true or false" if "wanted" in value else "is missing; true or false")
        if len(self.errors) > before:
            return None
        return Choice(Scope(channel=channel, type=type_, topic=topic), wanted=bool(wanted))

    def _word(self, field: str, value: Any, words: type[W]) -> W | None:
        if value is None:
            return None
        try:
            return words(value)
        except ValueError:
            self.wrong(field, f"must be one of {', '.join(words)}, or null for every one")
            return None
