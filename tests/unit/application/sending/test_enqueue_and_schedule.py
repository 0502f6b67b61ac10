"""Accepting notifications: what is refused, what is kept, what a key gives again."""

from datetime import UTC, datetime, time, timedelta

import pytest
from attrs import evolve

from adapters.memory.store import MemoryStore
from application.ports.notification_repository import Added, NotificationQuery
from application.sending.admission import Admission, NotificationRequest
from application.sending.enqueue import Enqueue
from application.sending.schedule import Schedule
from domain.channel import Channel
from domain.content import Content
from domain.errors import InvalidInput, KeyReused, NotFound, TocsinError
from domain.lifecycle import Status
from domain.local_time import LocalTime
from domain.notification import IdempotencyKey
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.recipient import Recipient
from tests.contracts.given import only
from tests.unit.application.sending.desk import START, ManualClock

EMAIL = NotificationRequest(
    to="ada", channel=Channel.EMAIL, type=NotificationType.TRANSACTIONAL, content=Content(subject="Hi", body="There")
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(new_id=lambda: "store")
    store.recipients.put(
        [
            Recipient(id="ada", email="ada@example.com", timezone="Europe/Vienna"),
            Recipient(id="nobody"),
        ]
    )
    return store


@pytest.fixture
def admission(store: MemoryStore, clock: ManualClock) -> Admission:
    return Admission(
        recipients=store.recipients,
        notifications=store.notifications,
        templates=store.templates,
        channels={Channel.EMAIL, Channel.SMS},
        policies=TYPE_POLICIES,
        clock=clock,
    )


@pytest.fixture
def enqueue(store: MemoryStore, admission: Admission) -> Enqueue:
    return Enqueue(admission=admission, notifications=store.notifications)


@pytest.fixture
def schedule(store: MemoryStore, admission: Admission) -> Schedule:
    return Schedule(admission=admission, notifications=store.notifications)


def key(text: str = "order-1", digest: bytes = b"one") -> IdempotencyKey:
    return IdempotencyKey(scope="shop", key=text, digest=digest)


def accepted(answer: Added | TocsinError) -> Added:
    assert isinstance(answer, Added), answer
    return answer


def fields(answer: Added | TocsinError) -> set[str]:
    assert isinstance(answer, InvalidInput), answer
    return {error.field for error in answer.errors}


def count(store: MemoryStore) -> int:
    return len(store.notifications.find(NotificationQuery(limit=0)))


def test_a_request_becomes_a_pending_notification_due_now(enqueue: Enqueue) -> None:
    added = accepted(only(enqueue([EMAIL])))

    assert added.is_new
    assert added.notification.status is Status.PENDING
    assert added.notification.send_at == added.notification.next_attempt_at == START


@pytest.mark.parametrize("kind", list(NotificationType))
def test_without_an_expiry_the_type_says_how_long_it_lives(enqueue: Enqueue, kind: NotificationType) -> None:
    send_at = START + timedelta(hours=5)
    added = accepted(only(enqueue([evolve(EMAIL, type=kind, send_at=send_at)])))

    assert added.notification.expires_at == send_at + TYPE_POLICIES[kind].time_to_live


def test_a_past_send_at_is_due_at_once_and_kept_as_given(enqueue: Enqueue) -> None:
    past = START - timedelta(days=30)
    added = accepted(only(enqueue([evolve(EMAIL, send_at=past)])))

    assert added.notification.send_at == past
    assert added.notification.expires_at > START, "its time to live counts from when it can first be sent"


@pytest.mark.parametrize(
    ("request_", "wrong"),
    [
        (evolve(EMAIL, to="nobody"), {"to"}),
        (evolve(EMAIL, to="a\nb"), {"to"}),
        (evolve(EMAIL, channel=Channel.PUSH), {"channel", "to"}),
        (evolve(EMAIL, content=Content(body="no subject")), {"subject"}),
        (evolve(EMAIL, content=Content(subject="a\r\nBcc: b@example.com", body="x")), {"subject"}),
        (evolve(EMAIL, content=Content(subject="nothing else")), {"body"}),
        (evolve(EMAIL, expires_at=START), {"expires_at"}),
        (evolve(EMAIL, send_at=START + timedelta(days=2), expires_at=START + timedelta(days=1)), {"expires_at"}),
        (evolve(EMAIL, send_at=START + timedelta(days=4000)), {"send_at"}),
        (evolve(EMAIL, topic=""), {"topic"}),
        (evolve(EMAIL, topic="a\tb"), {"topic"}),
        (evolve(EMAIL, key=key("k" * 256)), {"key"}),
        (evolve(EMAIL, content=Content(body="x" * 2_000_000), expires_at=START), {"subject", "body", "expires_at"}),
    ],
)
def test_every_wrong_field_is_named_at_once_and_nothing_is_stored(
    enqueue: Enqueue, store: MemoryStore, request_: NotificationRequest, wrong: set[str]
) -> None:
    assert fields(only(enqueue([request_]))) == wrong
    assert count(store) == 0


def test_an_unknown_recipient_is_not_found(enqueue: Enqueue) -> None:
    assert isinstance(only(enqueue([evolve(EMAIL, to="bob")])), NotFound)


def test_a_wrong_one_does_not_keep_the_others_out(enqueue: Enqueue, store: MemoryStore) -> None:
    answers = enqueue([EMAIL, evolve(EMAIL, to="bob"), evolve(EMAIL, topic="news")])

    assert [isinstance(answer, Added) for answer in answers] == [True, False, True]
    assert accepted(answers[2]).notification.topic == "news"
    assert count(store) == 2


def test_the_same_key_gives_the_first_notification_again(enqueue: Enqueue, store: MemoryStore) -> None:
    first = accepted(only(enqueue([evolve(EMAIL, key=key())])))
    again = accepted(only(enqueue([evolve(EMAIL, key=key())])))

    assert (first.is_new, again.is_new) == (True, False)
    assert again.notification.id == first.notification.id
    assert count(store) == 1


def test_a_key_used_for_something_else_is_refused(enqueue: Enqueue) -> None:
    enqueue([evolve(EMAIL, key=key())])

    assert isinstance(only(enqueue([evolve(EMAIL, key=key(digest=b"other"))])), KeyReused)


def test_what_was_accepted_once_is_given_again_whatever_became_of_the_recipient(
    enqueue: Enqueue, store: MemoryStore, clock: ManualClock
) -> None:
    request = evolve(EMAIL, key=key(), expires_at=START + timedelta(hours=1))
    first = accepted(only(enqueue([request])))
    store.recipients.put([Recipient(id="ada")])
    clock.forward(timedelta(days=1))

    again = accepted(only(enqueue([request])))
    assert again.notification.id == first.notification.id
    reused = evolve(request, key=key(digest=b"other"))
    assert isinstance(only(enqueue([reused])), KeyReused)


def test_schedule_takes_the_time_on_the_recipients_wall(schedule: Schedule) -> None:
    added = schedule(EMAIL, LocalTime(time(9, 30)))

    assert added.notification.send_at == datetime(2026, 3, 3, 8, 30, tzinfo=UTC), (
        "Vienna is an hour ahead, 9:30 is over"
    )


def test_schedule_takes_a_moment(schedule: Schedule) -> None:
    moment = START + timedelta(seconds=2)
    added = schedule(EMAIL, moment)

    assert added.notification.next_attempt_at == moment
    assert added.notification.is_scheduled(START)


def test_schedule_needs_a_timezone_for_a_local_time(schedule: Schedule, store: MemoryStore) -> None:
    store.recipients.put([Recipient(id="bob", email="bob@example.com")])

    with pytest.raises(InvalidInput, match="send_at: recipient bob has no timezone"):
        schedule(evolve(EMAIL, to="bob"), LocalTime(time(9)))


def test_who_has_no_timezone_goes_by_that_of_the_configuration(
    store: MemoryStore, admission: Admission, enqueue: Enqueue
) -> None:
    store.recipients.put([Recipient(id="bob", email="bob@example.com")])
    configured = evolve(admission, timezone="America/New_York")

    added = Schedule(admission=configured, notifications=store.notifications)(
        evolve(EMAIL, to="bob"), LocalTime(time(9))
    )
    assert added.notification.send_at == START + timedelta(hours=5)

    asked = [evolve(EMAIL, to=to, send_at=LocalTime(time(11))) for to in ("ada", "bob")]
    both = evolve(enqueue, admission=configured)(asked)
    assert [accepted(one).notification.send_at - START for one in both] == [timedelta(hours=1), timedelta(hours=7)]


def test_of_several_only_those_whose_clock_nobody_knows_are_refused(enqueue: Enqueue, store: MemoryStore) -> None:
    store.recipients.put([Recipient(id="bob", email="bob@example.com")])

    answers = enqueue([evolve(EMAIL, to=to, send_at=LocalTime(time(9))) for to in ("ada", "bob", "stranger")])

    assert accepted(answers[0]).is_new
    assert fields(answers[1]) == {"send_at"}
    assert isinstance(answers[2], NotFound)


def test_schedule_raises_what_is_wrong_and_gives_again_what_a_key_gave(schedule: Schedule) -> None:
    moment = START + timedelta(hours=1)
    first = schedule(evolve(EMAIL, key=key()), moment)
    assert schedule(evolve(EMAIL, key=key()), moment).notification.id == first.notification.id
    with pytest.raises(KeyReused):
        schedule(evolve(EMAIL, key=key(digest=b"other")), moment)
    with pytest.raises(InvalidInput, match="subject"):
        schedule(evolve(EMAIL, content=Content(body="x")), moment)
    with pytest.raises(NotFound):
        schedule(evolve(EMAIL, to="bob"), LocalTime(time(9)))
