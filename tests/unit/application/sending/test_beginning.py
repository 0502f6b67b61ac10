"""The last look before a hand-over: who is looked at once more, and who stays behind."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast

import pytest
from attrs import evolve

from adapters.memory.store import MemoryStore
from application.ports.clock import Deadline
from application.ports.dispatch_queue import CapUse, DispatchQueue, Hold
from application.sending.attempt import Attempt
from application.sending.beginning import FRESH_FOR, Beginning, refusal
from application.sending.preparation import Preparation
from application.zones import Zones
from domain.channel import Channel
from domain.claim import Conclusion, Rules
from domain.frequency_cap import FrequencyCap
from domain.lifecycle import Status
from domain.notification_type import TYPE_POLICIES, NotificationType, TypePolicy
from domain.preferences import Choice, Preferences, Scope
from domain.quiet_hours import QuietHours
from domain.retry_policy import RetryPolicy
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import NOW, a_message, a_person, claimed
from tests.unit.application.sending.desk import Journal, ManualClock, NoFinisher, PlainRenderer
from tests.unit.application.sending.given_messages import a_gateway

INFORMATIONAL, PROMOTIONAL = NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(new_id=lambda: "store")
    store.recipients.put([a_person()])
    return store


def prepared(
    store: MemoryStore,
    clock: ManualClock,
    type_: NotificationType,
    policy: TypePolicy | None = None,
    channel: Channel = Channel.EMAIL,
) -> Attempt:
    """Return an attempt whose claim was made and looked at now."""
    rules = Rules(policy=policy or TYPE_POLICIES[type_], retry=RetryPolicy())
    held = claimed(store, a_message(type=type_, channel=channel))
    prepare = Preparation(renderer=PlainRenderer(), finisher=NoFinisher(), store_id="store", zones=Zones())
    content = store.notifications.get(held.notification_id).content
    attempt = prepare(held, content, rules, clock.now())
    assert isinstance(attempt, Attempt)
    return attempt


def begun(
    store: MemoryStore, clock: ManualClock, attempt: Attempt, watched: "Watched | None" = None
) -> Conclusion | None:
    """Begin *attempt*, and return how it ends if it may not go."""
    queue = store.queue if watched is None else cast(DispatchQueue, watched)
    beginning = Beginning(queue=queue, clock=clock, observer=Journal())
    items = [(attempt, attempt.messages[0], Deadline.after(60, clock))]
    return refusal(attempt, beginning.record([(a_gateway(), items)]), clock.now())


def opt_out(store: MemoryStore) -> None:
    store.preferences.put("ada", Preferences(choices=(Choice(Scope(channel=Channel.EMAIL), wanted=False),)))


def suppress(store: MemoryStore) -> None:
    reason = SuppressionReason.MANUAL
    store.suppressions.add([Suppression(channel=Channel.EMAIL, address="ada@example.com", reason=reason, at=NOW)])


@pytest.mark.parametrize("change", [opt_out, suppress])
@pytest.mark.parametrize(
    ("type_", "waited", "goes"),
    [
        (INFORMATIONAL, FRESH_FOR, True),
        (INFORMATIONAL, FRESH_FOR + timedelta(milliseconds=1), False),
        (PROMOTIONAL, timedelta(0), False),
    ],
)
def test_what_holds_or_waited_for_long_is_looked_at_once_more(
    store: MemoryStore, change: object, type_: NotificationType, waited: timedelta, goes: bool
) -> None:
    clock = ManualClock(NOW)
    attempt = prepared(store, clock, type_)
    assert callable(change)
    change(store)
    clock.forward(waited)

    refused = begun(store, clock, attempt)

    assert (refused is None) is goes
    if refused is not None:
        assert (refused.status, refused.next_attempt_at) == (Status.PENDING, clock.now())


@pytest.mark.parametrize("type_", NotificationType)
def test_what_waited_for_long_goes_if_nothing_changed(store: MemoryStore, type_: NotificationType) -> None:
    clock = ManualClock(NOW)
    attempt = prepared(store, clock, type_)
    clock.forward(timedelta(seconds=20))

    assert begun(store, clock, attempt) is None


class Watched:
    """A queue that keeps what it was asked to begin."""

    def __init__(self, store: MemoryStore) -> None:
        self._queue = store.queue
        self.holds: list[Hold] = []

    def begin(self, holds: Collection[Hold], now: datetime) -> frozenset[int]:
        self.holds += holds
        return self._queue.begin(holds, now)


def test_what_came_into_quiet_hours_meanwhile_waits_for_their_end_and_is_not_begun(store: MemoryStore) -> None:
    clock = ManualClock(NOW)  # 09:00
    policy = evolve(TYPE_POLICIES[PROMOTIONAL], quiet_hours=QuietHours.parse("09:01-10:00"))
    attempt = prepared(store, clock, PROMOTIONAL, policy)
    clock.forward(timedelta(minutes=1))
    watched = Watched(store)

    refused = begun(store, clock, attempt, watched)

    assert refused is not None
    assert (refused.status, refused.next_attempt_at) == (Status.PENDING, NOW + timedelta(hours=1))
    assert refused.reason == "quiet hours 09:01-10:00 in UTC"
    assert watched.holds == []


def test_the_place_under_a_cap_is_that_of_the_day_on_which_it_begins(store: MemoryStore) -> None:
    before_midnight = NOW.replace(hour=23, minute=59, second=59)
    clock = ManualClock(before_midnight)
    policy = evolve(TYPE_POLICIES[INFORMATIONAL], frequency_cap=FrequencyCap.parse("1/day"))
    attempt = prepared(store, clock, INFORMATIONAL, policy)
    clock.forward(timedelta(seconds=1))
    watched = Watched(store)

    assert begun(store, clock, attempt, watched) is None
    assert [hold.cap for hold in watched.holds] == [
        CapUse(number=1, first_day=clock.now().date(), day=clock.now().date())
    ]


def test_it_is_begun_for_the_addresses_that_it_goes_to(store: MemoryStore) -> None:
    store.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet"))])
    clock = ManualClock(NOW)
    attempt = prepared(store, clock, PROMOTIONAL, channel=Channel.PUSH)
    watched = Watched(store)

    assert begun(store, clock, attempt, watched) is None
    assert [hold.addresses for hold in watched.holds] == [("phone", "tablet")]
