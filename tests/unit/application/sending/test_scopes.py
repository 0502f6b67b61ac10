"""A gateway with several services behind it: each is up or down by itself, and nothing is spent for one that rests."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from attrs import define, evolve, field

from application.insight.inspect_gateways import GatewayFacts, ListGateways
from application.ports.clock import Deadline
from application.ports.dispatch_queue import ClaimRequest
from application.ports.sender import Gateway, OutboundMessage
from application.sending.delivery import PROBE_WAIT
from application.sending.dispatch_run import DispatchCommand, DispatchRun
from application.steering.gateways import PauseGateway, ResumeGateway
from domain.channel import Channel
from domain.lifecycle import Event, Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Cause, GatewayDown, NotStarted, Outcome, Throttled, Unknown
from domain.recipient import Recipient, WebPushSubscription
from tests.unit.application.sending.desk import Desk, ManualClock, events

PATIENCE_S = 10.0
SLOTS = 2
FOX, FIRE = "fox.example", "fire.example"
AT_FOX, AT_FIRE = f"push@{FOX}", f"push@{FIRE}"
DOWN = GatewayDown("connection refused")


@define(eq=False)
class PushServices:
    """Answers for each service as it is told; well until then."""

    batch_size: int = 20
    answers: dict[str, Outcome] = field(factory=dict)
    taken: list[OutboundMessage] = field(factory=list)
    asked: Counter[str] = field(factory=Counter)
    calls: list[set[str]] = field(factory=list)

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        self.calls.append({service(message.address) for message in messages})
        outcomes: list[Outcome] = []
        for message in messages:
            if outcomes and isinstance(outcomes[-1], GatewayDown | Throttled | NotStarted):
                outcomes.append(NotStarted("the gateway stopped before its turn"))
                continue
            name = service(message.address)
            self.asked[name] += 1
            outcomes.append(self.answers.get(name, Accepted("m-1")))
            if isinstance(outcomes[-1], Accepted):
                self.taken.append(message)
        return outcomes

    def reached(self, name: str) -> list[str]:
        return [message.recipient_id for message in self.taken if service(message.address) == name]


def service(address: str) -> str:
    return address.split("/")[2]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def services() -> PushServices:
    return PushServices()


@pytest.fixture
def desk(clock: ManualClock, services: PushServices) -> Desk:
    desk = Desk(clock=clock)
    desk.route(Channel.WEB_PUSH, a_push_gateway(desk, services))
    return desk


def a_push_gateway(desk: Desk, services: PushServices, name: str = "push") -> Gateway:
    return evolve(desk.gateway(name, services, repeats_are_harmless=True), scope_of=service)


def push_to(desk: Desk, name: str, *hosts: str, type_: NotificationType = NotificationType.TRANSACTIONAL) -> int:
    """Store a web push to somebody with a browser at each of *hosts*, and return its id."""
    browsers = tuple(
        WebPushSubscription(endpoint=f"https://{host}/{name}", p256dh=f"key of {host}", auth="secret") for host in hosts
    )
    desk.store.recipients.put([Recipient(id=name, web_push=browsers)])
    return desk.add(name, channel=Channel.WEB_PUSH, type_=type_)


def a_run(desk: Desk) -> DispatchRun:
    run = desk.dispatcher()._run(DispatchCommand(watch=True), desk.store.queue.register(desk.clock.now()))
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


class TestOneServiceThatIsDown:
    def test_leaves_the_others_alone_and_costs_no_attempt(self, desk: Desk, services: PushServices) -> None:
        services.answers[FOX] = DOWN
        foxes = [push_to(desk, f"fox-{number}", FOX) for number in range(8)]
        fires = [push_to(desk, f"fire-{number}", FIRE) for number in range(8)]

        summary = desk.dispatch()

        assert [desk.get(number).status for number in fires] == [Status.SENT] * 8
        assert [desk.get(number).status for number in foxes] == [Status.PENDING] * 8
        assert {desk.get(number).attempts for number in foxes} == {0}
        assert events(summary)[Event.ACCEPT] == 8
        assert desk.store.gateways.health()[AT_FOX].is_down
        assert not desk.store.gateways.health()["push"].is_down
        assert services.asked[FOX] <= SLOTS, "a call a slot may be under way at the first failure"
        assert desk.journal.rests == [AT_FOX]

    def test_has_its_messages_back_at_the_end_of_its_pause_and_not_before(
        self, desk: Desk, services: PushServices, clock: ManualClock
    ) -> None:
        services.answers[FOX] = GatewayDown("the VAPID token was refused", Cause.CONFIGURATION)
        push_to(desk, "ada", FOX)
        desk.dispatch()
        rest = desk.store.gateways.health()[AT_FOX].rest(clock.now())
        assert rest >= timedelta(seconds=60)
        later = push_to(desk, "bob", FOX)

        summary = desk.dispatch()

        due = desk.get(later).next_attempt_at
        assert due is not None
        assert rest <= due - clock.now() <= rest * 1.1
        assert events(summary) == {Event.POSTPONE: 1}, "claimed once, and not again at once"
        assert any(AT_FOX in why for why in summary.left_behind)
        assert services.asked[FOX] == 1

    def test_makes_nobody_go_round_in_circles(self, desk: Desk, services: PushServices, clock: ManualClock) -> None:
        desk.store.gateways.observe(AT_FOX, GatewayDown("login", Cause.CONFIGURATION), clock.now())
        numbers = [push_to(desk, f"fox-{number}", FOX) for number in range(30)]
        run = a_run(desk)
        go_round(clock, run, lambda: len(desk.journal.conclusions) == 30)

        for _ in range(5):
            run._round()  # it waits for news: there is nothing to do

        assert sorted(one.notification_id for one in desk.journal.conclusions) == numbers, "each claimed once"
        assert services.asked[FOX] == 0

    def test_that_wakes_is_probed_by_one_message_and_then_gets_the_rest(
        self, desk: Desk, services: PushServices, clock: ManualClock
    ) -> None:
        services.answers[FOX] = DOWN
        numbers = [push_to(desk, f"fox-{number}", FOX) for number in range(5)]
        desk.dispatch()
        opened_by, asked = desk.store.gateways.health()[AT_FOX].opened_by, services.asked[FOX]
        clock.forward(timedelta(seconds=3))

        desk.dispatch()
        assert services.asked[FOX] == asked + 1, "one probe"
        assert desk.store.gateways.health()[AT_FOX].failures == 2
        assert desk.store.gateways.health()[AT_FOX].opened_by != opened_by, "not by the message that it failed with"

        services.answers.clear()
        clock.forward(timedelta(minutes=1))
        desk.dispatch()
        assert services.asked[FOX] == asked + 2
        clock.forward(PROBE_WAIT * 1.1)
        desk.dispatch()

        assert [desk.get(number).status for number in numbers] == [Status.SENT] * 5
        assert {desk.get(number).attempts for number in numbers} == {1}
        assert not desk.store.gateways.health()[AT_FOX].is_down

    def test_is_probed_by_one_dispatcher_alone(self, desk: Desk, services: PushServices, clock: ManualClock) -> None:
        desk.store.gateways.observe(AT_FOX, DOWN, clock.now(), 99)
        clock.forward(timedelta(seconds=3))
        assert desk.store.gateways.probe(AT_FOX, clock.now(), clock.now() + timedelta(minutes=2))
        number = push_to(desk, "ada", FOX)

        desk.dispatch()

        assert services.asked[FOX] == 0
        assert desk.get(number).attempts == 0

    def test_that_asks_for_time_gets_it_alone(self, desk: Desk, services: PushServices, clock: ManualClock) -> None:
        services.answers[FOX] = Throttled("429", timedelta(seconds=20))
        fox, fire = push_to(desk, "ada", FOX), push_to(desk, "bob", FIRE)

        desk.dispatch()

        due = desk.get(fox).next_attempt_at
        assert due is not None
        assert due >= clock.now() + timedelta(seconds=20)
        assert desk.get(fire).status is Status.SENT

    def test_of_which_every_answer_is_lost_rests_after_a_few(self, desk: Desk, services: PushServices) -> None:
        services.batch_size = 1
        services.answers[FOX] = Unknown("no answer")
        for number in range(10):
            push_to(desk, f"fox-{number}", FOX)
            push_to(desk, f"fire-{number}", FIRE)

        desk.dispatch()

        assert 5 <= services.asked[FOX] < 10
        assert len(services.reached(FIRE)) == 10


class TestTwoBrowsersAtTwoServices:
    def test_are_told_in_calls_of_their_own_with_their_own_keys(self, desk: Desk, services: PushServices) -> None:
        number = push_to(desk, "ada", FOX, FIRE)

        desk.dispatch()

        assert desk.get(number).status is Status.SENT
        assert all(len(call) == 1 for call in services.calls)
        assert {service(one.address): one.subscription and one.subscription.p256dh for one in services.taken} == {
            FOX: f"key of {FOX}",
            FIRE: f"key of {FIRE}",
        }
        assert sorted(desk.outcomes(number)) == [(AT_FIRE, "accepted"), (AT_FOX, "accepted")]

    def test_of_which_one_rests_are_each_told_once(
        self, desk: Desk, services: PushServices, clock: ManualClock
    ) -> None:
        services.answers[FOX] = GatewayDown("login", Cause.CONFIGURATION)
        push_to(desk, "bob", FOX)
        desk.dispatch()
        number = push_to(desk, "ada", FOX, FIRE)

        desk.dispatch()
        assert desk.get(number).status is Status.PENDING
        assert services.reached(FIRE) == ["ada"]
        spent = desk.get(number).attempts
        clock.forward(timedelta(seconds=40))
        desk.dispatch()
        assert desk.get(number).attempts == spent, "what waits for the service alone spends nothing"

        services.answers.clear()
        for _ in range(4):
            clock.forward(timedelta(minutes=2))
            desk.dispatch()

        assert desk.get(number).status is Status.SENT
        assert services.reached(FIRE) == ["ada"]
        assert sorted(services.reached(FOX)) == ["ada", "bob"]


class TestTheGatewayAboveItsServices:
    def test_paused_by_hand_sends_nothing_at_all(self, desk: Desk, services: PushServices, clock: ManualClock) -> None:
        PauseGateway(configured={"push"}, gateways=desk.store.gateways, clock=clock)("push")
        number = push_to(desk, "ada", FOX, FIRE)

        summary = desk.dispatch()

        assert services.calls == []
        assert desk.get(number).attempts == 0
        assert summary.left_behind == ("web_push/transactional: push is paused by hand; tocsin gateways resume push",)

    def test_resumed_wakes_its_services_too(self, desk: Desk, services: PushServices, clock: ManualClock) -> None:
        services.answers[FOX] = GatewayDown("login", Cause.CONFIGURATION)
        push_to(desk, "ada", FOX)
        desk.dispatch()
        services.answers.clear()

        ResumeGateway(configured={"push"}, gateways=desk.store.gateways)("push")

        assert desk.store.gateways.health()[AT_FOX].is_usable(clock.now())
        desk.dispatch()
        push_to(desk, "bob", FOX)
        desk.dispatch()
        assert services.reached(FOX) == ["bob"]

    def test_is_listed_with_its_services_beneath(self, desk: Desk, services: PushServices) -> None:
        services.answers[FOX] = DOWN
        push_to(desk, "ada", FOX)
        desk.dispatch()
        facts = [GatewayFacts(name="push", kind="web_push"), GatewayFacts(name="pus", kind="memory")]

        push, pus = ListGateways(configured=facts, routes={Channel.WEB_PUSH: ["push"]}, gateways=desk.store.gateways)()

        assert [one.gateway for one in push.scopes] == [AT_FOX]
        assert pus.scopes == []
        assert not push.health.is_down

    def test_that_was_down_before_it_had_services_is_well_after_the_first_answer(
        self, desk: Desk, services: PushServices, clock: ManualClock
    ) -> None:
        desk.store.gateways.observe("push", DOWN, clock.now())
        clock.forward(timedelta(seconds=3))
        numbers = [push_to(desk, f"fox-{number}", FOX) for number in range(5)]

        desk.dispatch()

        assert [desk.get(number).status for number in numbers] == [Status.SENT] * 5
        assert not desk.store.gateways.health()["push"].is_down


class TestTheNextGatewayOfTheRoute:
    def test_takes_over_for_a_service_that_is_down_and_for_no_other(
        self, desk: Desk, services: PushServices, clock: ManualClock
    ) -> None:
        desk.route(Channel.WEB_PUSH, desk.routes[Channel.WEB_PUSH][0], desk.gateway("outbox"))
        services.answers[FOX] = GatewayDown("login", Cause.CONFIGURATION)
        first, second = push_to(desk, "ada", FOX), push_to(desk, "bob", FIRE)
        desk.dispatch()
        third = push_to(desk, "cyd", FOX)

        desk.dispatch()

        assert desk.outcomes(first) == [("outbox", "accepted"), (AT_FOX, "gateway_down")]
        assert desk.outcomes(second) == [(AT_FIRE, "accepted")]
        assert desk.outcomes(third) == [("outbox", "accepted")], "its service rests, so it is not even asked"

    def test_does_not_take_over_where_a_service_only_asks_for_a_moment(
        self, desk: Desk, services: PushServices, clock: ManualClock
    ) -> None:
        desk.route(Channel.WEB_PUSH, desk.routes[Channel.WEB_PUSH][0], desk.gateway("outbox"))
        desk.store.gateways.observe(AT_FOX, Throttled("429", timedelta(seconds=10)), clock.now())
        number = push_to(desk, "ada", FOX)

        desk.dispatch()

        assert desk.get(number).status is Status.PENDING
        assert desk.memory_sender("outbox").messages == []

    def test_may_have_services_of_its_own(self, desk: Desk, services: PushServices) -> None:
        other = PushServices()
        desk.route(Channel.WEB_PUSH, desk.routes[Channel.WEB_PUSH][0], a_push_gateway(desk, other, "second"))
        services.answers[FOX] = DOWN
        number = push_to(desk, "ada", FOX)

        desk.dispatch()

        assert sorted(desk.outcomes(number)) == [(AT_FOX, "gateway_down"), (f"second@{FOX}", "accepted")]


class TestASlowService:
    def test_holds_no_more_than_it_can_start_soon_so_that_others_get_through(
        self, desk: Desk, services: PushServices, clock: ManualClock
    ) -> None:
        run = a_run(desk)
        slow = desk.routes[Channel.WEB_PUSH][0].scoped(FOX)
        for _ in range(20):
            run.delivery.calls._speeds[AT_FOX].learn(1, 10.0)
        numbers = [push_to(desk, f"fox-{number}", FOX) for number in range(40)]
        (lane,) = desk.store.queue.due_lanes(clock.now())
        claimed = desk.store.queue.claim(
            ClaimRequest(
                lane=lane, limit=40, owner=run.owner, now=clock.now(), lease=desk.lease, gateway="push", rate=None
            )
        )
        run.delivery.prepare(desk.routes[Channel.WEB_PUSH][0], claimed, Deadline.after(60, clock))

        assert run.delivery.waiting(slow) == 4, "two seconds of its two slots"
        left = [one for one in run.delivery.conclusions if one.event is Event.POSTPONE]
        assert len(left) == len(numbers) - 4
        assert all(one.next_attempt_at and one.next_attempt_at > clock.now() + timedelta(seconds=60) for one in left)
        assert not any(one.spent for one in left)
