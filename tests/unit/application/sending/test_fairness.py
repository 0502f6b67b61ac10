"""Which lanes are asked when not all can be served: by priority, fairly inside one, and none starves."""

import threading
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from attrs import define, evolve, field

from application.ports.dispatch_queue import Claimed, ClaimRequest, DispatchQueue
from application.sending.dispatch_run import DispatchCommand, DispatchRun
from application.sending.ready import FAIR_EVERY
from application.sending.turn import Turn
from domain.channel import Channel
from domain.lane import Lane
from domain.notification_type import NotificationType
from domain.outcome import Cause, GatewayDown
from tests.unit.application.sending.desk import LEASE, Desk

TRANSACTIONAL, INFORMATIONAL, PROMOTIONAL = NotificationType


@define(eq=False)
class Backlog:
    """Lanes that always have something due; those of *trickle* only two a turn."""

    lanes: Sequence[Lane]
    trickle: Collection[int] = ()
    left: Counter[int] = field(factory=Counter)
    served: list[int] = field(factory=list)

    def due_lanes(self, now: datetime) -> Sequence[Lane]:
        return [lane for lane in self.lanes if lane.id not in self.trickle or self.left[lane.id]]

    def claim(self, request: ClaimRequest) -> Claimed:
        number = request.limit
        if request.lane.id in self.trickle:
            number = min(number, self.left[request.lane.id])
            self.left[request.lane.id] -= number
        self.served += [request.lane.id] * bool(number)
        return Claimed(cast(Any, [object()] * number), {})


def a_run(desk: Desk, backlog: Backlog) -> DispatchRun:
    run = desk.dispatcher()._run(DispatchCommand(watch=True), 1)
    run.claiming.queue = cast(DispatchQueue, backlog)
    return run


def take_turns(desk: Desk, run: DispatchRun, backlog: Backlog, number: int) -> list[set[int]]:
    """Return the lanes that each of *number* turns served; what one claims is sent before the next."""
    turns = []
    for _ in range(number):
        backlog.served.clear()
        backlog.left.update(dict.fromkeys(backlog.trickle, 2))
        turn = Turn(
            queue=cast(DispatchQueue, backlog),
            campaigns=desk.store.campaigns,
            rescue=run.rescue,
            clock=desk.clock,
            lease=LEASE,
            owner=1,
            conclusions=(),
            rescues=False,
            plans=run.claiming.plan({}),
            stop=threading.Event(),
        )
        turn()
        assert turn.error is None
        run.claiming.took(turn.taken)
        turns.append(set(backlog.served))
    return turns


def longest_wait(turns: Sequence[set[int]], lane_id: int) -> int:
    """Return the most turns in a row that did not serve a lane."""
    waits, wait = [0], 0
    for served in turns:
        wait = 0 if lane_id in served else wait + 1
        waits.append(wait)
    return max(waits)


def lanes_of(*types: NotificationType) -> list[Lane]:
    return [
        Lane(id=number, channel=Channel.EMAIL, type=type_, campaign_id=number) for number, type_ in enumerate(types, 1)
    ]


def a_desk() -> Desk:
    desk = Desk()
    desk.route(Channel.EMAIL, desk.gateway("mail", slots=4), desk.gateway("backup", slots=4))
    return desk


def test_every_lane_is_served_within_the_bound_whatever_stands_above_it() -> None:
    for lanes, trickle in (
        (lanes_of(TRANSACTIONAL, INFORMATIONAL, PROMOTIONAL), {1}),
        (lanes_of(TRANSACTIONAL, TRANSACTIONAL, INFORMATIONAL, PROMOTIONAL), {1, 2}),
        (lanes_of(INFORMATIONAL, PROMOTIONAL), set[int]()),
        (lanes_of(TRANSACTIONAL, *[PROMOTIONAL] * 6), set[int]()),
    ):
        desk, backlog = a_desk(), Backlog(lanes, trickle)
        turns = take_turns(desk, a_run(desk, backlog), backlog, 500)
        bound = FAIR_EVERY * len(lanes)
        assert {lane.id: longest_wait(turns, lane.id) <= bound for lane in lanes} == {lane.id: True for lane in lanes}


def test_the_higher_priority_is_served_in_all_turns_but_the_fair_ones() -> None:
    desk, backlog = a_desk(), Backlog(lanes_of(TRANSACTIONAL, PROMOTIONAL))
    turns = take_turns(desk, a_run(desk, backlog), backlog, 80)

    assert sum(1 in served for served in turns) >= 80 - 80 // FAIR_EVERY


def test_lanes_of_one_priority_share_alike_also_after_a_failover() -> None:
    desk, backlog = a_desk(), Backlog(lanes_of(PROMOTIONAL, PROMOTIONAL))
    run = a_run(desk, backlog)
    before = Counter(lane for served in take_turns(desk, run, backlog, 301) for lane in served)

    run.claiming.routing.observe("mail", [GatewayDown("login", Cause.CONFIGURATION)], [1], desk.clock.now())
    after = Counter(lane for served in take_turns(desk, run, backlog, 100) for lane in served)

    assert abs(before[1] - before[2]) <= 1
    assert abs(after[1] - after[2]) <= 1


def test_a_lane_without_a_pace_is_not_held_up_by_one_with() -> None:
    desk = a_desk()
    slow, fast = lanes_of(TRANSACTIONAL, PROMOTIONAL)
    backlog = Backlog([evolve(slow, rate=1.0), fast])
    run = a_run(desk, backlog)
    run.claiming._not_before_s[slow.id, "mail"] = 1e9

    assert all(served == {fast.id} for served in take_turns(desk, run, backlog, 20))
