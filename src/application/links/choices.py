"""What people change with a link: what they say no to ends, whatever finer choices they made before."""

from collections.abc import Iterable

from attrs import evolve

from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.preferences import Choice, Defaults, PreferenceChange, Preferences, Scope, wish


def refused(preferences: Preferences, scope: Scope) -> PreferenceChange:
    """Return the change after which nothing within *scope* is wanted, and everything else as much as before.

    A finer yes within it is forgotten, and one that reaches into it gets a no for where both meet.
    """
    choices, forgotten = [Choice(scope, wanted=False)], []
    for one in preferences.choices:
        shared = _shared(scope, one.scope)
        if not one.wanted or shared is None or shared == scope:
            continue
        if shared == one.scope:
            forgotten.append(one.scope)
        elif one.scope.weight > scope.weight:
            choices.append(Choice(shared, wanted=False))
    return PreferenceChange(choices=tuple(choices), forgotten=tuple(forgotten), insists=True)


def wanted_again(preferences: Preferences, defaults: Defaults, scope: Scope, about: Scope) -> PreferenceChange:
    """Return the change that takes back a no to *scope*, so that what *about* names is wanted."""
    if about.channel is not None and about.type is not None and about.topic is None:
        return kind_wanted(preferences, defaults, about.channel, about.type)
    change = PreferenceChange(forgotten=(scope,))
    if about.channel is None or about.type is None:
        return change
    if wish(preferences.after(change), defaults, about.channel, about.type, about.topic).wanted:
        return change
    return evolve(change, choices=(Choice(about, wanted=True),))


def is_topic_wanted(
    preferences: Preferences, defaults: Defaults, topic: str, pairs: Iterable[tuple[Channel, NotificationType]]
) -> bool:
    """Say whether somebody wants *topic* over any channel and type of *pairs*, as far as choices name the topic."""
    own = Preferences(choices=tuple(one for one in preferences.choices if one.scope.topic == topic))
    general = tuple(one for one in defaults if one.scope.topic == topic)
    return any(wish(own, general, channel, type_, topic).wanted for channel, type_ in pairs)


def topic_wanted(
    preferences: Preferences, defaults: Defaults, topic: str, pairs: Iterable[tuple[Channel, NotificationType]]
) -> PreferenceChange:
    """Return the change after which no choice about *topic* speaks against it over any of *pairs*.

    It says yes only where people have to ask for the topic: a yes would stand before a no to a channel as well.
    """
    forgotten = tuple(one.scope for one in preferences.choices if one.scope.topic == topic and not one.wanted)
    change = PreferenceChange(forgotten=forgotten)
    if is_topic_wanted(preferences.after(change), defaults, topic, pairs):
        return change
    asked = [one.scope for one in defaults if one.scope.topic == topic and not one.wanted]
    return evolve(change, choices=tuple(Choice(scope, wanted=True) for scope in (Scope(topic=topic), *asked)))


def kind_wanted(
    preferences: Preferences, defaults: Defaults, channel: Channel, type_: NotificationType
) -> PreferenceChange:
    """Return the change that takes back a no to a type over a channel, and what that no did to topics asked for."""
    scope = Scope(channel=channel, type=type_)
    asked = {one.scope.topic for one in preferences.choices if one.wanted and one.scope.topic is not None}
    ended = {scope, *(evolve(scope, topic=topic) for topic in asked)}
    change = PreferenceChange(
        forgotten=tuple(one.scope for one in preferences.choices if not one.wanted and one.scope in ended)
    )
    if wish(preferences.after(change), defaults, channel, type_, None).wanted:
        return change
    return evolve(change, choices=(Choice(scope, wanted=True),))


def kept_refused(preferences: Preferences, scope: Scope) -> PreferenceChange:
    """Return what keeps a yes to a topic from reaching into *scope*, which is not wanted already."""
    change = refused(preferences, scope)
    return evolve(change, choices=change.choices[1:])


def difference(before: Preferences, after: Preferences) -> PreferenceChange:
    """Return the one change that leads from *before* to *after*."""
    known = set(before.choices)
    kept = {one.scope for one in after.choices}
    return PreferenceChange(
        choices=tuple(one for one in after.choices if one not in known),
        forgotten=tuple(one.scope for one in before.choices if one.scope not in kept),
        quiet_hours=after.quiet_hours,
        sets_quiet_hours=before.quiet_hours != after.quiet_hours,
        insists=True,  # every step that led there was made, so none of it is too much
    )


def _shared(one: Scope, other: Scope) -> Scope | None:
    """Return what both are about; None where that is nothing."""
    pairs = ((one.channel, other.channel), (one.type, other.type), (one.topic, other.topic))
    if any(None not in pair and pair[0] != pair[1] for pair in pairs):
        return None
    return Scope(
        channel=one.channel or other.channel,
        type=one.type or other.type,
        topic=other.topic if one.topic is None else one.topic,
    )
