"""What a person can choose on the preference page, and what holds now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from attrs import field, frozen

from application.links.choices import is_topic_wanted
from application.ports.preference_repository import PreferenceRepository
from application.ports.recipient_repository import RecipientRepository
from application.ports.suppression_repository import SuppressionRepository
from application.zones import Zones
from domain.channel import Channel
from domain.notification_type import NotificationType, TypePolicies
from domain.preferences import Defaults, Preferences, Scope, wish
from domain.quiet_hours import NoQuietHours, QuietHours
from domain.recipient import Recipient
from domain.suppression import suppressed_for

Kind: TypeAlias = tuple[Channel, NotificationType]
"""A type over a channel: what a person can turn off."""


@frozen(kw_only=True)
class Choices:
    """What somebody can choose, and whether each is wanted now.

    ``kinds`` are the types that may be refused over the channels that the person has; ``quiet_hours`` None means those
    of the type, which ``usual_hours`` has if any type has some; ``timezone`` is by which clock they go. Of the kinds
    ``out_of_reach`` nothing comes at present, whatever is wanted: all addresses are suppressed for it. Neither does
    anything of ``topics_out_of_reach``, although other things do.
    """

    kinds: Mapping[Kind, bool] = field(hash=False)
    topics: Mapping[str, bool] = field(hash=False)
    quiet_hours: QuietHours | NoQuietHours | None
    usual_hours: tuple[QuietHours, ...]
    timezone: str
    preferences: Preferences
    out_of_reach: frozenset[Kind] = frozenset()
    topics_out_of_reach: frozenset[str] = frozenset()

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that the person has."""
        return tuple(dict.fromkeys(channel for channel, _ in self.kinds))

    def silent_of(self, about: Scope) -> tuple[Channel, ...]:
        """Return the channels over which nothing of *about* comes at present, whatever is wanted."""
        if about.channel is None:
            return tuple(channel for channel in self.channels if not self.reaches(channel))
        is_out = (
            about.topic in self.topics_out_of_reach
            if about.type is not None and (about.channel, about.type) in self.kinds.keys() - self.out_of_reach
            else about.type is not None or not self.reaches(about.channel)
        )
        return (about.channel,) if is_out else ()

    def reaches(self, channel: Channel) -> bool:
        """Say whether anything of what the person can choose comes over *channel* at present."""
        return any(kind[0] is channel and kind not in self.out_of_reach for kind in self.kinds)


@frozen(kw_only=True)
class ShowChoices:
    """Tell what somebody can choose. *topics* are those of the configuration."""

    recipients: RecipientRepository
    preferences: PreferenceRepository
    suppressions: SuppressionRepository
    channels: Collection[Channel]
    policies: TypePolicies
    defaults: Defaults
    topics: Collection[str]
    zones: Zones

    def __call__(self, recipient_id: str) -> Choices:
        """Return what one person can choose.

        :raises NotFound: there is nobody of this id any more.
        """
        recipient = self.recipients.get(recipient_id)
        preferences = self.preferences.get(recipient_id)
        types = [type_ for type_ in NotificationType if self.policies[type_].may_opt_out]
        has = [channel for channel in Channel if channel in self.channels and recipient.addresses(channel)]
        kinds = [(channel, type_) for channel in has for type_ in types]
        known = [one.scope.topic for one in preferences.choices if one.scope.topic is not None]
        everywhere = kinds or [(channel, type_) for channel in Channel for type_ in types]
        topics = tuple(dict.fromkeys((*self.topics, *known)))
        out = self._out_of_reach(recipient, kinds, (None, *topics))
        hours = (policy.quiet_hours for policy in (self.policies[type_] for type_ in types))
        return Choices(
            kinds={kind: wish(preferences, self.defaults, *kind, None).wanted for kind in kinds},
            topics={topic: is_topic_wanted(preferences, self.defaults, topic, everywhere) for topic in topics},
            quiet_hours=preferences.quiet_hours,
            usual_hours=tuple(dict.fromkeys(one for one in hours if one is not None)),
            timezone=str(self.zones(recipient.timezone)),
            preferences=preferences,
            out_of_reach=out[None],
            topics_out_of_reach=frozenset(topic for topic in topics if len(out[topic]) == len(kinds) > len(out[None])),
        )

    def _out_of_reach(
        self, recipient: Recipient, kinds: Sequence[Kind], topics: Iterable[str | None]
    ) -> Mapping[str | None, frozenset[Kind]]:
        """Return, for what has no topic and for each of *topics*, the kinds for which no address may be used."""
        addresses = {channel: recipient.addresses(channel) for channel in dict.fromkeys(one for one, _ in kinds)}
        listed = {channel: self.suppressions.find(channel, known) for channel, known in addresses.items()}

        def is_out(channel: Channel, type_: NotificationType, topic: str | None) -> bool:
            stopped_by = self.policies[type_].stopped_by(channel)
            return set(addresses[channel]) == set(suppressed_for(listed[channel], stopped_by, type_, topic))

        return {topic: frozenset(kind for kind in kinds if is_out(*kind, topic)) for topic in topics}
