"""Reading what a browser sends of the pages (application/x-www-form-urlencoded)."""

import re
from collections.abc import Iterable, Mapping
from datetime import time
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from attrs import evolve, field, frozen

from application.links.save_choices import ChoicesMade
from application.links.show_choices import Kind
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.quiet_hours import NoQuietHours, QuietHours
from entrypoints.http_api.rendering import FORM

FIELDS_MAX: Final = 2000
WAS: Final = "was."
"""How the names begin of the fields that say how something was shown."""

_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?\Z", re.ASCII)
_NAMES: Final = {(channel, type_): f"{channel}.{type_}" for channel in Channel for type_ in NotificationType}
_KINDS: Final = frozenset(_NAMES.values())
_TOPIC: Final = "topic."
_ANSWERS: Final = {"yes": True, "no": False}


def kind_name(kind: Kind) -> str:
    """Return the name of the field of a type over a channel."""
    return _NAMES[kind]


def topic_name(topic: str) -> str:
    """Return the name of the field of a topic, which is short whatever the topic is called."""
    return f"{_TOPIC}{sha256(topic.encode()).hexdigest()[:16]}"


@frozen(kw_only=True)
class QuietField:
    """The part of the form about quiet hours, as it was typed: which of the three, and two times of day."""

    choice: str
    begin: str = ""
    end: str = ""

    @classmethod
    def of(cls, hours: QuietHours | NoQuietHours | None) -> "QuietField":
        """Return what the form shows of *hours*."""
        if hours is None:
            return cls(choice="usual")
        if isinstance(hours, NoQuietHours):
            return cls(choice="none")
        return cls(choice="own", begin=f"{hours.begin:%H:%M}", end=f"{hours.end:%H:%M}")

    @classmethod
    def sent(cls, fields: Mapping[str, str]) -> "QuietField | None":
        """Return what the person changed; None where that is nothing.

        Who types other times and leaves the choice as it was means these times.
        """
        if "quiet" not in fields:
            return None
        sent = cls(choice=fields["quiet"], begin=fields.get("from", "").strip(), end=fields.get("to", "").strip())
        shown = cls(
            choice=fields.get(f"{WAS}quiet", ""), begin=fields.get(f"{WAS}from", ""), end=fields.get(f"{WAS}to", "")
        )
        if sent == shown:
            return None
        if sent.choice == shown.choice and (sent.begin or sent.end):
            return evolve(sent, choice="own")
        return sent


@frozen(kw_only=True)
class SentChoices:
    """What a person changed of what they were shown; ``errors`` has a message by field.

    ``quiet`` is None where that is nothing of quiet hours.
    """

    answers: Mapping[str, bool] = field(hash=False)
    quiet: QuietField | None
    hours: QuietHours | NoQuietHours | None
    errors: Mapping[str, str] = field(hash=False)

    def made(self, topics: Iterable[str]) -> ChoicesMade:
        """Return the choices among those that there are; *topics* are the known ones."""
        named = {topic: topic_name(topic) for topic in topics}
        return ChoicesMade(
            kinds={kind: self.answers[name] for kind, name in _NAMES.items() if name in self.answers},
            topics={topic: self.answers[name] for topic, name in named.items() if name in self.answers},
            quiet_hours=self.hours,
            sets_quiet_hours=self.quiet is not None,
        )


def read_fields(body: bytes, media_type: str) -> Mapping[str, str]:
    """Return the fields of a form, the last of each name; what is no form has none."""
    if media_type.partition(";")[0].strip().lower() not in ("", FORM):
        return {}
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return {}
    return dict(pairs)


def read_choices(body: bytes, media_type: str) -> SentChoices | None:
    """Return what was changed in the form of the preference page, and what is wrong with it; None where it is no such.

    A box that is not ticked is not sent. The form says of each how it was shown (``was.``), so that a page that is long
    open changes nothing but what the person changed; without that, what is sent counts.
    """
    fields = read_fields(body, media_type)
    shown = {name.removeprefix(WAS): value for name, value in fields.items() if name.startswith(WAS)}
    given = {name: value == "yes" for name, value in fields.items() if _is_toggle(name) and value in _ANSWERS}
    answers = {name: False for name, was in shown.items() if _is_toggle(name) and was == "yes"} | given
    if not (answers or shown or "quiet" in fields):
        return None
    changed = {name: wanted for name, wanted in answers.items() if _ANSWERS.get(shown.get(name, "")) is not wanted}
    quiet = QuietField.sent(fields)
    errors: dict[str, str] = {}
    hours = None if quiet is None else _hours(quiet, errors)
    return SentChoices(answers=changed, quiet=quiet, hours=hours, errors=errors)


def _is_toggle(name: str) -> bool:
    return name in _KINDS or name.startswith(_TOPIC)


def _hours(quiet: QuietField, errors: dict[str, str]) -> QuietHours | NoQuietHours | None:
    match quiet.choice:
        case "usual":
            return None
        case "none":
            return NoQuietHours.NONE
        case "own":
            return _own_hours(quiet, errors)
        case _:
            errors["quiet"] = "choose one of the three for quiet hours"
            return None


def _own_hours(quiet: QuietField, errors: dict[str, str]) -> QuietHours | None:
    begin, end = _time(quiet.begin), _time(quiet.end)
    if begin is None:
        errors["from"] = "say when quiet hours begin, such as 21:00"
    if end is None:
        errors["to"] = "say when quiet hours end, such as 08:00"
    if begin is None or end is None:
        return None
    if begin == end:
        errors["to"] = "choose another time than the one they begin at"
        return None
    return QuietHours(begin, end)


def _time(text: str) -> time | None:
    match = _TIME.match(text)
    return None if match is None else time(int(match[1]), int(match[2]))
