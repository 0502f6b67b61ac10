"""What a dispatcher does with a gateway that rests, wakes, or is probed, by itself or by another dispatcher."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from application.ports.clock import Deadline
from application.ports.dispatch_queue import ClaimRequest
from application.ports.sender import OutboundMessage
from application.sending.dispatch_run import DispatchCommand, DispatchRun
from domain.channel import Channel
from domain.gateway_health import BY_HAND, UNTIL_RESUMED
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Cause, GatewayDown, Outcome, Throttled
from tests.unit.application.sending.desk import LEASE, Desk, ManualClock

PATIENCE_S = 10.0
DOWN = GatewayDown("connection refused")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    desk = Desk(clock=clock)
    desk.route(Channel.EMAIL, desk.gateway("mail"), desk.gateway("backup"))
    return desk


def a_run(desk: Desk) -> DispatchRun:
    """Return a run that has looked at the health of the gateways, and found all well."""
    owner = desk.store.queue.register(desk.clock.now())
    run = desk.dispatcher()._run(DispatchCommand(watch=True), owner)
    run.claiming.routing.refresh()
    return run


def go_round(clock: ManualClock, run: DispatchRun, until: Callable[[], bool]) -> timedelta:
    """Go round until something holds, a tenth of a second a round, and return how long that took on the clock."""
    began, give_up_at = clock.now(), time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        run._round()
        clock.forward(timedelta(seconds=0.1))
    return clock.now() - began


def sent(desk: Desk, notification_id: int) -> Callable[[], bool]:
    return lambda: desk.get(notification_id).status is Status.SENT


def test_a_lane_is_asked_again_soon_after_a_person_resumes_its_gateway(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    run = a_run(desk)
    desk.store.gateways.rest(["mail"], UNTIL_RESUMED, BY_HAND)
    number = desk.add()
    for _ in range(20):
        run._round()
    assert desk.get(number).status is Status.PENDING

    desk.store.gateways.rest(["mail"], None, None)

    assert go_round(clock, run, sent(desk, number)) < timedelta(seconds=5)


def test_a_rest_that_another_dispatcher_saw_holds_up_no_failover(desk: Desk, clock: ManualClock) -> None:
    run = a_run(desk)
    number = desk.add()
    desk.store.gateways.observe("mail", GatewayDown("login", Cause.CONFIGURATION), clock.now())

    assert go_round(clock, run, sent(desk, number)) < timedelta(seconds=5)
    assert desk.outcomes(number) == [("backup", "accepted")]


def test_it_goes_on_soon_after_the_probe_of_another_dispatcher(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    run = a_run(desk)
    clock.forward(desk.store.gateways.observe("mail", DOWN, clock.now()).rest(clock.now()))
    probe, other = desk.add("ada"), desk.add("bob")
    (lane,) = desk.store.queue.due_lanes(clock.now())
    elsewhere = desk.store.queue.register(clock.now())
    request = ClaimRequest(lane=lane, limit=1, owner=elsewhere, now=clock.now(), lease=LEASE, gateway="mail")
    assert [one.notification_id for one in desk.store.queue.claim(request).claims] == [probe]
    for _ in range(20):
        run._round()
        clock.forward(timedelta(seconds=0.1))
    assert desk.get(other).status is Status.PENDING, "one probe at a time"

    desk.store.gateways.observe("mail", Accepted("m-1"), clock.now())

    assert go_round(clock, run, sent(desk, other)) < timedelta(seconds=5)


def test_probes_that_no_gate_lets_through_cost_no_lease_each(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    run = a_run(desk)
    for number in range(5):
        desk.add(f"late-{number}", lives=timedelta(seconds=1))
    good = desk.add("bob")
    desk.store.gateways.observe("mail", DOWN, clock.now())
    clock.forward(timedelta(seconds=3))

    assert go_round(clock, run, sent(desk, good)) < timedelta(seconds=10)


def test_a_probe_that_is_handed_back_at_the_end_is_no_probe_any_more(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    run = a_run(desk)
    desk.add()
    desk.store.gateways.observe("mail", DOWN, clock.now())
    clock.forward(timedelta(seconds=3))
    run.claiming.routing.refresh()
    (lane,) = desk.store.queue.due_lanes(clock.now())
    gateway = desk.routes[Channel.EMAIL][0]
    request = ClaimRequest(lane=lane, limit=1, owner=run.owner, now=clock.now(), lease=LEASE, gateway="mail")
    run.delivery.prepare(gateway, desk.store.queue.claim(request), Deadline.after(60, clock))
    assert desk.store.gateways.health()["mail"].is_probed(clock.now())

    run.delivery.hand_back("the dispatcher was stopped")

    assert not desk.store.gateways.health()["mail"].is_probed(clock.now())


def test_what_was_claimed_before_a_gateway_rests_is_not_sent_to_it(desk: Desk, clock: ManualClock) -> None:
    desk.route(Channel.EMAIL, desk.gateway("mail"))
    run = a_run(desk)
    number = desk.add()
    (lane,) = desk.store.queue.due_lanes(clock.now())
    request = ClaimRequest(lane=lane, limit=5, owner=run.owner, now=clock.now(), lease=LEASE, gateway="mail")
    claimed = desk.store.queue.claim(request)
    run.delivery.routing.observe("mail", [Throttled("429", timedelta(hours=1))], [number], clock.now())

    run.delivery.prepare(desk.routes[Channel.EMAIL][0], claimed, Deadline.after(60, clock))
    assert not run.delivery.start_calls()

    assert desk.memory_sender("mail").messages == []
    assert [one.reason for one in run.delivery.conclusions] == ["mail rests: 429"]


class Hanging:
    """Lets promotions wait, and takes everything else."""

    batch_size = 1

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.opened = threading.Event()

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        self.taken += [message.recipient_id for message in messages]
        if messages[0].type is NotificationType.PROMOTIONAL:
            assert self.opened.wait(PATIENCE_S)
        return [Accepted()] * len(messages)


@pytest.mark.parametrize("calls_before", range(9))
def test_the_slot_kept_for_priority_0_is_kept_also_when_it_is_the_turn_of_others(
    desk: Desk, clock: ManualClock, calls_before: int
) -> None:
    hanging = Hanging()
    desk.route(Channel.EMAIL, desk.gateway("mail", hanging, slots=2))
    run = a_run(desk)
    for number in range(calls_before):
        desk.add(f"early-{number}")
        go_round(clock, run, lambda wanted=number + 1: len(hanging.taken) == wanted)  # type: ignore[misc]  # bound now
    for number in range(3):
        desk.add(f"promotion-{number}", type_=NotificationType.PROMOTIONAL)
    try:
        go_round(clock, run, lambda: len(hanging.taken) == calls_before + 1)
        desk.add("urgent")
        go_round(clock, run, lambda: "urgent" in hanging.taken)
    finally:
        hanging.opened.set()
