"""One turn at the store: what was done before it failed stands, and nothing is claimed that could not be recorded."""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

import pytest
from attrs import define, field

from application.ports.dispatch_queue import Claimed, ClaimRequest, DispatchQueue
from application.ports.sender import Gateway
from application.sending.rescue import RescueLost
from application.sending.turn import ClaimPlan, Turn
from domain.channel import Channel
from domain.claim import Conclusion
from domain.errors import StoreUnavailable
from domain.lifecycle import Event, Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted
from tests.contracts.given import answered, claims
from tests.unit.application.sending.desk import Desk, ManualClock

LEASE = timedelta(seconds=10)


@define
class Failing:
    """The store's queue, of which some calls fail."""

    queue: DispatchQueue
    fails: set[str]
    asked: list[ClaimRequest] = field(factory=list)

    def __getattr__(self, name: str) -> object:
        return getattr(self.queue, name)

    def claim(self, request: ClaimRequest) -> Claimed:
        self.asked.append(request)
        if f"claim {len(self.asked)}" in self.fails:
            raise StoreUnavailable("the disk is full")
        return self.queue.claim(request)

    def conclude(self, conclusions: Sequence[Conclusion], now: datetime) -> Mapping[int, Event]:
        if "conclude" in self.fails:
            raise StoreUnavailable("the disk is full")
        return self.queue.conclude(conclusions, now)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return Desk(clock=clock)


@pytest.fixture
def gateway(desk: Desk) -> Gateway:
    return desk.gateway("mail", rate=7.0)


def turn(
    desk: Desk,
    gateway: Gateway,
    *rooms: int,
    fails: str = "",
    conclusions: Sequence[Conclusion] = (),
    rescues: bool = False,
    limit: int | None = None,
    is_stopped: bool = False,
) -> Turn:
    """Return a turn that has been done: it claims from each lane with something due, with a room for each."""
    queue = cast(DispatchQueue, Failing(desk.store.queue, {fails}))
    dispatch = desk.dispatcher()
    lanes = desk.store.queue.due_lanes(desk.clock.now())
    stop = threading.Event()
    if is_stopped:
        stop.set()
    done = Turn(
        queue=queue,
        campaigns=desk.store.campaigns,
        rescue=RescueLost(queue, dispatch.rulebook, desk.clock, dispatch.randomness),
        clock=desk.clock,
        lease=LEASE,
        owner=desk.store.queue.register(desk.clock.now()),
        conclusions=conclusions,
        rescues=rescues,
        plans=[
            ClaimPlan(lane=lane, gateway=gateway, limit=500, room=room)
            for lane, room in zip(lanes, rooms, strict=False)
        ],
        limit=limit,
        stop=stop,
    )
    done()
    return done


def some(desk: Desk, count: int, type_: NotificationType = NotificationType.TRANSACTIONAL) -> list[int]:
    return [desk.add(f"{type_}-{number}", type_=type_) for number in range(count)]


def sizes(done: Turn) -> list[int]:
    return [len(taken.claimed.claims) for taken in done.taken]


class TestClaiming:
    def test_lanes_share_the_room_of_their_gateway_in_the_order_planned(self, desk: Desk) -> None:
        gateway = desk.gateway("mail")
        some(desk, 5)
        some(desk, 5, NotificationType.PROMOTIONAL)

        assert sizes(turn(desk, gateway, 8, 8)) == [5, 3]

    def test_where_nothing_is_left_of_the_room_the_store_is_not_asked(self, desk: Desk) -> None:
        gateway = desk.gateway("mail")
        some(desk, 5)
        some(desk, 5, NotificationType.PROMOTIONAL)

        assert sizes(turn(desk, gateway, 4, 4)) == [4]

    def test_a_run_that_is_limited_claims_no_more(self, desk: Desk) -> None:
        gateway = desk.gateway("mail")
        some(desk, 5)
        some(desk, 5, NotificationType.PROMOTIONAL)

        assert sizes(turn(desk, gateway, 100, 100, limit=6)) == [5, 1]

    def test_the_deadline_is_half_the_lease_and_counts_from_before_the_claim(
        self, desk: Desk, gateway: Gateway, clock: ManualClock
    ) -> None:
        some(desk, 1)
        done = turn(desk, gateway, 100)

        (taken,) = done.taken
        assert taken.deadline.at_s == clock.elapsed_s() + 5.0
        (asked,) = cast(Failing, done.queue).asked
        assert (asked.gateway, asked.rate, asked.lease, asked.limit) == ("mail", 7.0, LEASE, 100)


class TestWhereTheStoreFails:
    @pytest.fixture
    def conclusion(self, desk: Desk) -> Conclusion:
        desk.add("concluded")
        (held,) = claims(desk.store, desk.clock.now())
        return answered(held, Accepted(), desk.clock.now())

    def test_what_cannot_be_recorded_is_not_concluded_and_nothing_is_claimed(
        self, desk: Desk, gateway: Gateway, conclusion: Conclusion
    ) -> None:
        some(desk, 3)
        done = turn(desk, gateway, 100, fails="conclude", conclusions=[conclusion])

        assert done.steps is None
        assert done.taken == []
        assert str(done.error) == "the disk is full"

    def test_what_was_recorded_and_claimed_before_stands(
        self, desk: Desk, gateway: Gateway, conclusion: Conclusion
    ) -> None:
        some(desk, 3)
        some(desk, 3, NotificationType.PROMOTIONAL)
        done = turn(desk, gateway, 4, 100, fails="claim 2", conclusions=[conclusion])

        assert done.steps == {conclusion.notification_id: Event.ACCEPT}
        assert sizes(done) == [3]
        assert done.error is not None
        assert done.moved


class TestOnceItIsToStop:
    def test_what_was_concluded_is_recorded_and_nothing_is_claimed(self, desk: Desk, gateway: Gateway) -> None:
        desk.add("concluded")
        (held,) = claims(desk.store, desk.clock.now())
        some(desk, 3)
        done = turn(desk, gateway, 100, conclusions=[answered(held, Accepted(), desk.clock.now())], is_stopped=True)

        assert done.steps == {held.notification_id: Event.ACCEPT}
        assert done.taken == []


class TestWhatMoves:
    def test_nothing_where_nothing_is_to_do(self, desk: Desk, gateway: Gateway) -> None:
        done = turn(desk, gateway)

        assert (done.steps, done.moved, done.error) == ({}, False, None)

    def test_a_claim_that_brings_nothing_is_no_move(self, desk: Desk, gateway: Gateway) -> None:
        lane_was_due = some(desk, 1)
        desk.store.notifications.cancel(lane_was_due, desk.clock.now())

        assert not turn(desk, gateway, 100).moved

    def test_what_is_rescued(self, desk: Desk, gateway: Gateway) -> None:
        (lost,) = some(desk, 1)
        owner = desk.store.queue.register(desk.clock.now())
        (lane,) = desk.store.queue.due_lanes(desk.clock.now())
        desk.store.queue.claim(
            ClaimRequest(lane=lane, limit=1, owner=owner, now=desk.clock.now(), lease=LEASE, gateway="mail")
        )
        desk.store.queue.unregister(owner)

        assert not turn(desk, gateway, rescues=False).moved
        done = turn(desk, gateway, rescues=True)
        assert [one.notification_id for one in done.rescued] == [lost]
        assert done.moved
        assert desk.get(lost).status is Status.PENDING
        assert desk.get(lost).channel is Channel.EMAIL
