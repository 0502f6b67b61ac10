"""Reading what a browser sends of the pages (application/x-www-form-urlencoded)."""

import re
from collections.abc import Iterable, Mapping
from datetime import time
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from attrs import field, frozen

from application.links.save_choices import ChoicesMade
from application.links.show_choices import Kind
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.quiet_hours import NoQuietHours, QuietHours

FIELDS_MAX: Final = 2000
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::[0-5][0-9])?\Z", re.ASCII)
_NAMES: Final = {(channel, type_): f"{channel}.{type_}" for channel in Channel for type_ in NotificationType}


def kind_name(kind: Kind) -> str:
    """Return the name of the field of a type over a channel."""
    return _NAMES[kind]


def topic_name(topic: str) -> str:
    """Return the name of the field of a topic, which is short whatever the topic is called."""
    return f"topic.{sha256(topic.encode()).hexdigest()[:16]}"


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


@frozen(kw_only=True)
class SentChoices:
    """What a browser sent; ``errors`` has a message by field, ``quiet`` is None where there was nothing about it."""

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


def read_fields(body: bytes) -> Mapping[str, str]:
    """Return the fields of a form, the last of each name; what is no form has none."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return {}
    return dict(pairs)


def read_choices(body: bytes) -> SentChoices:
    """Return what the form of the preference page says, and what is wrong with it."""
    fields = read_fields(body)
    answers = {name: value == "yes" for name, value in fields.items() if value in ("yes", "no")}
    if "quiet" not in fields:
        return SentChoices(answers=answers, quiet=None, hours=None, errors={})
    quiet = QuietField(choice=fields["quiet"], begin=fields.get("from", ""), end=fields.get("to", ""))
    hours: QuietHours | NoQuietHours | None = None
    errors: dict[str, str] = {}
    match quiet.choice:
        case "usual":
            pass
        case "none":
            hours = NoQuietHours.NONE
        case "own":
            hours = _hours(quiet, errors)
        case _:
            errors["quiet"] = "choose one of the three for quiet hours"
    return SentChoices(answers=answers, quiet=quiet, hours=hours, errors=errors)


def _hours(quiet: QuietField, errors: dict[str, str]) -> QuietHours | None:
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
    match = _TIME.match(text.strip())
    return None if match is None else time(int(match[1]), int(match[2]))
