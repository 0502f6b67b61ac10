"""Bringing back what failed, withdrawing what waits, taking back what the dead held."""

from datetime import timedelta

import pytest

from application.ports.notification_repository import NotificationQuery
from application.sending.cancel import Cancel
from application.sending.rescue import LOOK_INTERVAL_S, RescueLost
from application.sending.retry import Retry, RetryMatching
from application.sending.rulebook import Rulebook
from domain.channel import Channel
from domain.errors import Conflict, InvalidInput, NotFound
from domain.lifecycle import Status
from domain.notification import Notification
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.outcome import Rejected, Unknown
from domain.retry_policy import RetryPolicy
from tests.contracts.given import claim
from tests.unit.application.sending.desk import LEASE, Desk, ManualClock, NoJitter


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    desk = Desk(clock=clock)
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    return desk


@pytest.fixture
def retry(desk: Desk) -> Retry:
    return Retry(notifications=desk.store.notifications, clock=desk.clock)


@pytest.fixture
def retry_matching(desk: Desk) -> RetryMatching:
    return RetryMatching(notifications=desk.store.notifications, clock=desk.clock)


@pytest.fixture
def rescue(desk: Desk) -> RescueLost:
    retries = {channel: RetryPolicy() for channel in Channel}
    return RescueLost(desk.store.queue, Rulebook(TYPE_POLICIES, retries, desk.routes), desk.clock, NoJitter())


def a_failed_one(desk: Desk, to: str = "ada") -> int:
    desk.memory_sender("mail").script(Rejected("554 5.7.1 spam"))
    failed = desk.add(to)
    desk.dispatch()
    assert desk.get(failed).status is Status.FAILED
    return failed


def test_a_failed_one_is_put_back_and_sent(desk: Desk, retry: Retry) -> None:
    failed = a_failed_one(desk)

    (answer,) = retry([failed])
    assert isinstance(answer, Notification)
    assert (answer.status, answer.attempts) == (Status.PENDING, 0)
    desk.dispatch()

    assert desk.get(failed).status is Status.SENT
    assert desk.outcomes(failed) == [("mail", "rejected"), ("mail", "accepted")]


def test_retry_answers_each_id_for_itself(desk: Desk, retry: Retry) -> None:
    failed = a_failed_one(desk)
    waiting = desk.add("bob")

    answers = retry([failed, waiting, 999])

    assert [type(answer) for answer in answers] == [Notification, Conflict, NotFound]


def test_one_past_its_expiry_needs_a_new_one(desk: Desk, retry: Retry, clock: ManualClock) -> None:
    failed = a_failed_one(desk)
    clock.forward(timedelta(days=2))

    assert isinstance(retry([failed])[0], Conflict)
    with pytest.raises(InvalidInput, match="expires_at"):
        retry([failed], clock.now())
    later = clock.now() + timedelta(hours=1)
    (answer,) = retry([failed], later)
    assert isinstance(answer, Notification)
    assert answer.expires_at == later


def test_unknown_ones_of_a_type_that_holds_are_put_back_by_an_explicit_choice(
    desk: Desk, retry_matching: RetryMatching
) -> None:
    desk.memory_sender("mail").script(Unknown("reset"))
    unknown = desk.add(type_=NotificationType.PROMOTIONAL)
    desk.dispatch()

    summary = retry_matching(NotificationQuery(status=Status.UNKNOWN, limit=0))

    assert (summary.revived, summary.refused) == (1, 0)
    assert desk.get(unknown).status is Status.PENDING


def test_retrying_by_filter_puts_back_those_alone_that_match(desk: Desk, retry_matching: RetryMatching) -> None:
    spam = a_failed_one(desk)
    desk.memory_sender("mail").script(Rejected("552 too big"))
    big = desk.add("bob")
    desk.dispatch()

    heard: list[int] = []
    summary = retry_matching(
        NotificationQuery(status=Status.FAILED, reason_contains="spam", limit=0), progress=heard.append
    )

    assert (summary.revived, heard) == (1, [1])
    assert (desk.get(spam).status, desk.get(big).status) == (Status.PENDING, Status.FAILED)


def test_retrying_by_filter_says_what_could_not_be_put_back(
    desk: Desk, retry_matching: RetryMatching, clock: ManualClock
) -> None:
    a_failed_one(desk)
    clock.forward(timedelta(days=2))

    summary = retry_matching(NotificationQuery(status=Status.FAILED, limit=0))

    assert (summary.revived, summary.refused) == (0, 1)
    assert "expire" in (summary.first_refusal or "")


@pytest.mark.parametrize("status", [None, Status.SENT, Status.CANCELLED])
def test_only_failed_and_unknown_ones_can_be_retried(retry_matching: RetryMatching, status: Status | None) -> None:
    with pytest.raises(InvalidInput, match="only failed or unknown"):
        retry_matching(NotificationQuery(status=status, limit=0))


def test_cancelling_answers_each_id_for_itself_and_twice_is_the_same(desk: Desk) -> None:
    cancel = Cancel(notifications=desk.store.notifications, clock=desk.clock)
    sent = desk.add("ada")
    desk.dispatch()
    waiting = desk.add("bob")

    first = cancel([waiting, sent, 999])
    assert [type(answer) for answer in first] == [Notification, Conflict, NotFound]
    (again,) = cancel([waiting])
    assert isinstance(again, Notification)
    assert again.status is Status.CANCELLED


def test_an_expired_lease_is_rescued_at_the_second_look(desk: Desk, rescue: RescueLost, clock: ManualClock) -> None:
    notification = desk.add()
    claim(desk.store, clock.now())

    assert rescue() == []
    clock.forward(LEASE + timedelta(seconds=1))
    assert rescue() == []
    assert rescue.is_watching
    assert desk.get(notification).status is Status.SENDING
    clock.forward(timedelta(seconds=LOOK_INTERVAL_S))
    (rescued,) = rescue()

    assert rescued.notification_id == notification
    assert desk.get(notification).status is Status.PENDING
    assert not rescue.is_watching


def test_a_clock_set_forward_takes_nothing_from_the_living(desk: Desk, rescue: RescueLost, clock: ManualClock) -> None:
    notification = desk.add()
    claim(desk.store, clock.now())

    clock.moment += timedelta(hours=1)
    assert rescue() == []
    clock.moment -= timedelta(hours=1)
    clock.span_s += LOOK_INTERVAL_S
    assert rescue() == []

    assert not rescue.is_watching
    assert desk.get(notification).status is Status.SENDING


def test_the_claim_of_a_dead_owner_is_rescued_at_once(desk: Desk, rescue: RescueLost, clock: ManualClock) -> None:
    desk.add()
    owner = desk.store.queue.register(clock.now())
    claim(desk.store, clock.now(), owner=owner)
    desk.store.queue.unregister(owner)

    assert len(rescue()) == 1
