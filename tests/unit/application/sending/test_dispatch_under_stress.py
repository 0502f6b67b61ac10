"""Senders that hang, stores that fail, and people who say stop."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self

import pytest

from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.dispatch_queue import DispatchQueue
from application.ports.sender import OutboundMessage
from application.sending.dispatch_run import DispatchCommand, DispatchSummary
from domain.channel import Channel
from domain.claim import Conclusion
from domain.errors import StoreUnavailable
from domain.lifecycle import Event, Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, NotStarted, Outcome
from tests.unit.application.sending.desk import Desk

PATIENCE_S = 10.0


class Gate:
    """A sender that answers only once it is let."""

    batch_size = 10

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        self.entered.release()
        assert self.opened.wait(PATIENCE_S)
        return [Accepted(f"late-{message.notification_id}") for message in messages]


class OneByOne:
    """A sender that works through its messages slowly, and minds its deadline."""

    batch_size = 1000

    def __init__(self) -> None:
        self.first_sent = threading.Event()

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        tick = threading.Event()
        for _ in messages:
            if deadline.has_passed:
                outcomes.append(NotStarted())
                continue
            tick.wait(0.01)
            outcomes.append(Accepted())
            self.first_sent.set()
        return outcomes


class Watch:
    """A dispatcher that watches in a thread of its own."""

    def __init__(self, desk: Desk, queue: DispatchQueue | None = None, grace_s: float = 4.0) -> None:
        self.stop = threading.Event()
        self.summary: DispatchSummary | None = None
        command = DispatchCommand(stop=self.stop, watch=True, grace_s=grace_s)
        dispatcher = desk.dispatcher(queue)
        self.thread = threading.Thread(target=lambda: setattr(self, "summary", dispatcher(command)))

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    """Return once *condition* holds; fail if it does not in time."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        threading.Event().wait(0.005)


@pytest.fixture
def desk() -> Desk:
    return Desk(clock=SystemClock())


def test_a_gateway_that_hangs_holds_up_no_other_channel(desk: Desk) -> None:
    hanging = Gate()
    desk.route(Channel.EMAIL, desk.gateway("mail", hanging, slots=1))
    desk.route(Channel.SMS, desk.gateway("sms"))
    mail = desk.add(channel=Channel.EMAIL)

    with Watch(desk):
        assert hanging.entered.acquire(timeout=PATIENCE_S)
        text = desk.add(channel=Channel.SMS)
        until(lambda: desk.get(text).status is Status.SENT)
        assert desk.get(mail).status is Status.SENDING
        hanging.opened.set()
        until(lambda: desk.get(mail).status is Status.SENT)


def test_a_slot_is_kept_for_transactional_messages(desk: Desk) -> None:
    hanging = Gate()
    hanging.batch_size = 1
    desk.route(Channel.EMAIL, desk.gateway("mail", hanging, slots=3))
    promotional = [desk.add(f"p{number}", type_=NotificationType.PROMOTIONAL) for number in range(5)]

    with Watch(desk):
        for _ in range(2):
            assert hanging.entered.acquire(timeout=PATIENCE_S)
        urgent = desk.add("otp")
        assert hanging.entered.acquire(timeout=PATIENCE_S)
        assert desk.get(urgent).status is Status.SENDING
        assert not hanging.entered.acquire(blocking=False), "only two of the others had a slot"
        hanging.opened.set()
        until(lambda: all(desk.get(one).status is Status.SENT for one in [urgent, *promotional]))


@pytest.mark.parametrize(
    ("type_", "meanwhile"),
    [(NotificationType.PROMOTIONAL, Status.UNKNOWN), (NotificationType.TRANSACTIONAL, Status.PENDING)],
)
def test_a_call_that_does_not_answer_is_given_up_and_its_late_success_is_taken(
    desk: Desk, type_: NotificationType, meanwhile: Status
) -> None:
    desk.lease = timedelta(seconds=1)
    hanging = Gate()
    desk.route(Channel.EMAIL, desk.gateway("mail", hanging))
    notification = desk.add(type_=type_)

    with Watch(desk):
        until(lambda: desk.get(notification).status is meanwhile)
        hanging.opened.set()
        until(lambda: desk.get(notification).status is Status.SENT)

    assert desk.get(notification).provider_id == f"late-{notification}"


def test_a_run_whose_gateway_never_answers_ends_and_says_so(desk: Desk) -> None:
    desk.lease = timedelta(seconds=1)
    hanging = Gate()
    desk.route(Channel.EMAIL, desk.gateway("mail", hanging, slots=1))
    desk.add("ada", type_=NotificationType.PROMOTIONAL)
    desk.add("bob", type_=NotificationType.INFORMATIONAL)

    summary = desk.dispatch()

    assert any("does not answer" in sentence for sentence in summary.left_behind)
    hanging.opened.set()


def test_on_stop_a_call_is_cut_short_and_what_was_not_started_returns_unspent(desk: Desk) -> None:
    slow = OneByOne()
    desk.route(Channel.EMAIL, desk.gateway("mail", slow, slots=1))
    everybody = [desk.add(f"p{number}", type_=NotificationType.PROMOTIONAL) for number in range(400)]

    with Watch(desk) as watch:
        assert slow.first_sent.wait(PATIENCE_S)
        watch.stop.set()

    found = [desk.get(one) for one in everybody]
    assert {one.status for one in found} == {Status.SENT, Status.PENDING}
    assert {one.attempts for one in found if one.status is Status.PENDING} == {0}


def test_on_stop_a_call_that_hangs_beyond_the_grace_is_a_lost_answer(desk: Desk) -> None:
    hanging = Gate()
    desk.route(Channel.EMAIL, desk.gateway("mail", hanging))
    notification = desk.add(type_=NotificationType.PROMOTIONAL)

    with Watch(desk, grace_s=0.1) as watch:
        assert hanging.entered.acquire(timeout=PATIENCE_S)
        watch.stop.set()
    hanging.opened.set()

    assert desk.get(notification).status is Status.UNKNOWN


class ForgetfulQueue:
    """The store's queue, but conclusions cannot be written until it is told otherwise."""

    def __init__(self, queue: DispatchQueue) -> None:
        self._queue = queue
        self.broken = threading.Event()
        self.refusals = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._queue, name)

    def conclude(self, conclusions: Sequence[Conclusion], now: datetime) -> Mapping[int, Event]:
        if self.broken.is_set():
            self.refusals += 1
            raise StoreUnavailable("the disk is full")
        return self._queue.conclude(conclusions, now)


def test_a_dispatcher_that_cannot_record_stops_sending_and_goes_on_when_it_can(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    queue = ForgetfulQueue(desk.store.queue)
    queue.broken.set()
    first = desk.add("ada")

    with Watch(desk, queue):  # type: ignore[arg-type]  # hands on whatever it does not have itself
        until(lambda: queue.refusals > 0)
        second = desk.add("bob")
        seen = queue.refusals
        until(lambda: queue.refusals >= seen + 2)
        assert len(desk.memory_sender("mail").messages) == 1, "nothing may be sent that cannot be recorded"
        queue.broken.clear()
        until(lambda: desk.get(second).status is Status.SENT)

    assert desk.get(first).status is Status.SENT
    assert len(desk.memory_sender("mail").messages) == 2
    assert "the disk is full" in desk.journal.store_errors


def test_a_rate_is_kept(desk: Desk) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail", rate=50.0))
    for number in range(75):
        desk.add(f"p{number}")

    started = time.monotonic()
    desk.dispatch()

    assert time.monotonic() - started >= 0.45, "fifty may go at once, the rest at fifty a second"
    assert len(desk.memory_sender("mail").messages) == 75
