"""People who change their mind while dispatchers send: what they said, kept beside the store and not read from it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from random import Random
from types import MappingProxyType
from zoneinfo import ZoneInfo

from attrs import define, evolve, field, frozen

from application.ports.notification_repository import NotificationQuery
from application.ports.sender import OutboundMessage
from domain.channel import Channel
from domain.frequency_cap import FrequencyCap
from domain.lifecycle import Status
from domain.notification import Notification
from domain.notification_type import TYPE_POLICIES, NotificationType, TypePolicies
from domain.preferences import NO_PREFERENCES, Choice, Defaults, PreferenceChange, Preferences, Scope, wish
from domain.quiet_hours import NoQuietHours, QuietHours
from domain.suppression import EVERYTHING, Suppression, SuppressionScope
from domain.suppression_reason import SuppressionReason
from tests.contracts.stores import Stores
from tests.unit.application.sending.desk import ManualClock

PEOPLE = ("ada", "bob", "cyd", "dan")
TOPICS = (None, "cats", "dogs")
ZONES = (None, "Etc/GMT-12", "Pacific/Kiritimati", "America/New_York")
"""Those who have none are in UTC; in the second it is midnight when the simulation begins."""

_CHANNELS = (None, Channel.EMAIL, Channel.SMS, Channel.PUSH)
_TYPES = (None, NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL)
SCOPES = tuple(
    Scope(channel=channel, type=type_, topic=topic) for channel, type_, topic in product(_CHANNELS, _TYPES, TOPICS)
)
SUPPRESSION_SCOPES = (
    EVERYTHING,
    SuppressionScope(type=NotificationType.PROMOTIONAL),
    SuppressionScope(topic="cats"),
)


@frozen
class Begun:
    """What held when a hand-over began: who it is for, where they were, and what spoke against it, in words."""

    notification: Notification
    day: date
    hours: QuietHours | None
    zone: ZoneInfo
    against: tuple[str, ...]
    out_of_use: frozenset[str]


@define(eq=False)
class People:
    """Some people, and what must hold of everything that is begun for them; complaints name what did not."""

    random: Random
    complaints: list[str] = field(factory=list)
    policies: TypePolicies = field(init=False)
    defaults: Defaults = field(init=False)
    _store: Stores = field(init=False)
    _clock: ManualClock = field(init=False)
    _wants: dict[str, Preferences] = field(factory=lambda: dict.fromkeys(PEOPLE, NO_PREFERENCES))
    _zones: dict[str, str | None] = field(factory=lambda: dict.fromkeys(PEOPLE))
    _suppressed: dict[tuple[Channel, str], set[SuppressionScope]] = field(factory=lambda: defaultdict(set))
    _begun: dict[tuple[int, int], Begun] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        random = self.random
        informational, promotional = NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL
        changed = {
            informational: evolve(
                TYPE_POLICIES[informational], frequency_cap=random.choice([None, FrequencyCap.parse("2/day")])
            ),
            promotional: evolve(
                TYPE_POLICIES[promotional], frequency_cap=random.choice([None, FrequencyCap.parse("1/day")])
            ),
        }
        self.policies = MappingProxyType({**TYPE_POLICIES, **changed})
        self.defaults = random.choice([(), (Choice(Scope(topic="dogs", channel=Channel.SMS), wanted=False),)])

    def appear(self, store: Stores, clock: ManualClock) -> None:
        """Let the people be those of *store*."""
        self._store, self._clock = store, clock

    def change_their_mind(self) -> None:
        """Let somebody say something else than before; from then on nothing may begin that is against it.

        Most often it is somebody for whom something is just being prepared.
        """
        held = self._store.notifications.find(NotificationQuery(status=Status.SENDING))
        waiting = [one.recipient_id for one in held if (one.id, one.fence) not in self._begun]
        person = self.random.choice(waiting if waiting and self.random.random() < 0.8 else PEOPLE)
        match self.random.randrange(5):
            case 0:
                self._choose(person)
            case 1:
                self._be_left_alone(person)
            case 2:
                self._move(person)
            case 3:
                self._use_or_not(person)
            case _:
                self._clock.forward(timedelta(seconds=60 - self._clock.now().second))  # quiet hours begin and end then

    def _choose(self, person: str) -> None:
        change = PreferenceChange(choices=(Choice(self.random.choice(SCOPES), wanted=self.random.random() < 0.5),))
        self._wants[person] = self._store.preferences.change(person, change)

    def _be_left_alone(self, person: str) -> None:
        """Set quiet hours of a few minutes, about now by the person's own clock, or none."""
        hours: QuietHours | NoQuietHours | None = self.random.choice([None, NoQuietHours.NONE])
        if self.random.random() < 0.6:
            wall = self._clock.now().astimezone(self._zone(person))
            begin = (wall + timedelta(minutes=self.random.randint(-2, 1))).time().replace(second=0, microsecond=0)
            end = (wall + timedelta(minutes=self.random.randint(2, 3))).time().replace(second=0, microsecond=0)
            hours = QuietHours(begin, end)
        change = PreferenceChange(quiet_hours=hours, sets_quiet_hours=True)
        self._wants[person] = self._store.preferences.change(person, change)

    def _move(self, person: str) -> None:
        self._zones[person] = self.random.choice(ZONES)
        known = self._store.recipients.get(person)
        email = self.random.choice([f"{person}@example.com", f"{person}@example.org"])
        self._store.recipients.put([evolve(known, timezone=self._zones[person], email=email)])

    def _use_or_not(self, person: str) -> None:
        channel = self.random.choice([Channel.EMAIL, Channel.SMS, Channel.PUSH])
        devices = tuple(f"{person}-{kind}" for kind in ("phone", "tablet", "watch"))
        known = self._store.recipients.get(person)
        addresses = devices if channel is Channel.PUSH else known.addresses(channel)
        if not addresses:
            return
        address = self.random.choice(addresses)
        if self._suppressed[channel, address] and self.random.random() < 0.7:
            self._store.suppressions.remove(channel, address, [SuppressionReason.MANUAL])
            self._suppressed[channel, address].clear()
            return
        scope = self.random.choice(SUPPRESSION_SCOPES)
        at, reason = self._clock.now(), SuppressionReason.MANUAL
        self._store.suppressions.add([Suppression(channel=channel, address=address, reason=reason, at=at, scope=scope)])
        self._suppressed[channel, address].add(scope)

    def begun(self, notification: Notification, fence: int) -> None:
        """Note what holds at the moment at which the begin of a hand-over is committed."""
        person, type_ = notification.recipient_id, notification.type
        policy, preferences = self.policies[type_], self._wants[person]
        asked = wish(preferences, self.defaults, notification.channel, type_, notification.topic)
        against = [f"{person} does not want it ({asked.by})"] if policy.may_opt_out and not asked.wanted else []
        hours = preferences.quiet_hours if policy.respects_quiet_hours else None
        zone = self._zone(person)
        self._begun[notification.id, fence] = Begun(
            notification,
            self._clock.now().astimezone(zone).date(),
            None if isinstance(hours, NoQuietHours) else hours,
            zone,
            tuple(against),
            frozenset(
                address
                for (channel, address), scopes in self._suppressed.items()
                if channel is notification.channel and any(one.covers(type_, notification.topic) for one in scopes)
            ),
        )

    def handed_over(self, messages: Sequence[OutboundMessage]) -> None:
        """Look at a call that starts now: nothing of it may be against what was said before it began."""
        now = self._clock.now()
        for message in messages:
            begun = self._begun[message.notification_id, message.fence]
            against = list(begun.against)
            if message.address in begun.out_of_use:
                against.append(f"{message.address} is suppressed")
            if begun.hours is not None and begun.hours.over_at(now, begun.zone) is not None:
                against.append(f"it is {now.astimezone(begun.zone):%H:%M} within {begun.hours}")
            self.complaints += [f"{message.notification_id} began although {why}" for why in against]

    def beyond_caps(self, went_out: Sequence[OutboundMessage]) -> list[str]:
        """Return, in words, who got more of a type on a day of theirs than its cap allows."""
        used: dict[tuple[str, NotificationType, date], set[int]] = defaultdict(set)
        for message in went_out:
            begun = self._begun[message.notification_id, message.fence]
            used[message.recipient_id, message.type, begun.day].add(message.notification_id)
        return [
            f"{person} got {len(numbers)} {type_} on {day}: {sorted(numbers)}"
            for (person, type_, day), numbers in used.items()
            if (cap := self.policies[type_].frequency_cap) is not None and len(numbers) > cap.number
        ]

    def _zone(self, person: str) -> ZoneInfo:
        return ZoneInfo(self._zones[person] or "UTC")
