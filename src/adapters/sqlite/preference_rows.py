"""Preferences as the store keeps them: JSON beside the recipient, NULL for those who said nothing."""

import json

from adapters.sqlite.rows import channel_of, to_json, type_of
from domain.preferences import NO_PREFERENCES, Choice, Preferences, Scope
from domain.quiet_hours import NoQuietHours, QuietHours

_NO_QUIET_HOURS = "none"


def preferences_to_json(preferences: Preferences) -> str | None:
    """Return *preferences* as the store keeps them (:file:`migrations/0006_what_people_decide.sql`)."""
    if preferences == NO_PREFERENCES:
        return None
    choices = [(one.scope.channel, one.scope.type, one.scope.topic, one.wanted) for one in preferences.choices]
    quiet = preferences.quiet_hours
    hours = _NO_QUIET_HOURS if isinstance(quiet, NoQuietHours) else None if quiet is None else str(quiet)
    return to_json({"choices": choices} | ({"quiet_hours": hours} if hours else {}))


def preferences_of(text: str | None) -> Preferences:
    """Return the preferences that the store keeps as *text*."""
    if text is None:
        return NO_PREFERENCES
    kept = json.loads(text)
    hours = kept.get("quiet_hours")
    choices = (
        Choice(
            Scope(channel=channel and channel_of(channel), type=type_ and type_of(type_), topic=topic),
            wanted=bool(wanted),
        )
        for channel, type_, topic, wanted in kept["choices"]
    )
    quiet = NoQuietHours.NONE if hours == _NO_QUIET_HOURS else QuietHours.parse(hours) if hours else None
    return Preferences(choices=tuple(choices), quiet_hours=quiet)
