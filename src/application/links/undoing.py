"""What a no changed, as the page that says so carries it: then taking it back brings what there was before."""

import json
import re
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, TypeAlias

from attrs import frozen

from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.preferences import Choice, PreferenceChange, Preferences, Scope
from domain.sealing import is_sealed, seal

LENGTH_MAX: Final = 48 * 1024
"""The most characters of it: what the longest choices take, and a form has room for."""

_PURPOSE: Final = "undo"
_TEXT: Final = re.compile(r"(?P<steps>[A-Za-z0-9_-]+)\.(?P<seal>[0-9a-f]{32})\Z")

Said: TypeAlias = bool | None
"""Whether somebody wants something; None where they did not say."""


@frozen
class Step:
    """What somebody said about one scope before and after."""

    scope: Scope
    before: Said
    after: Said


def steps_between(before: Preferences, after: Preferences) -> tuple[Step, ...]:
    """Return what differs, quiet hours aside."""
    was, now = _said(before), _said(after)
    return tuple(
        Step(scope, was.get(scope), now.get(scope)) for scope in {**was, **now} if was.get(scope) != now.get(scope)
    )


def backwards(now: Preferences, steps: tuple[Step, ...]) -> PreferenceChange:
    """Return the change that takes *steps* back where what they led to still holds."""
    said = _said(now)
    due = [one for one in steps if said.get(one.scope) == one.after]
    return PreferenceChange(
        choices=tuple(Choice(one.scope, one.before) for one in due if one.before is not None),
        forgotten=tuple(one.scope for one in due if one.before is None),
        insists=True,  # there was room for it before
    )


def are_taken_back(now: Preferences, steps: tuple[Step, ...]) -> bool:
    """Say whether all is again as it was before *steps*."""
    said = _said(now)
    return all(said.get(one.scope) == one.before for one in steps)


def steps_text(steps: tuple[Step, ...], link: str, secret: str) -> str | None:
    """Return *steps* for a form of the page behind *link*, sealed; None where there are none, or far too many."""
    if not steps:
        return None
    rows = [(one.scope.channel, one.scope.type, one.scope.topic, one.before, one.after) for one in steps]
    text = urlsafe_b64encode(zlib.compress(json.dumps(rows, ensure_ascii=False).encode())).decode().rstrip("=")
    sealed = f"{text}.{seal(secret, _PURPOSE, f'{link} {text}')}"
    return sealed if len(sealed) <= LENGTH_MAX else None


def read_steps(text: str, link: str, secret: str) -> tuple[Step, ...] | None:
    """Return the steps that *text* says, or None where this store did not seal it for *link*."""
    match = _TEXT.match(text)
    if match is None or not is_sealed(secret, _PURPOSE, f"{link} {match['steps']}", match["seal"]):
        return None
    packed = urlsafe_b64decode(match["steps"] + "=" * (-len(match["steps"]) % 4))
    return tuple(
        Step(
            Scope(channel=channel and Channel(channel), type=type_ and NotificationType(type_), topic=topic),
            before,
            after,
        )
        for channel, type_, topic, before, after in json.loads(zlib.decompress(packed))
    )


def _said(preferences: Preferences) -> dict[Scope, bool]:
    return {one.scope: one.wanted for one in preferences.choices}
