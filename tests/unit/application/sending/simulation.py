"""Several dispatchers over one store, and everything that can go wrong, in an order that a seed decides."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any, cast

from attrs import define, evolve, field, frozen

from adapters.memory.memory_sender import MemorySender
from application.ports.campaign_repository import CampaignRepository
from application.ports.dispatch_queue import Claimed, DispatchQueue
from application.ports.gateway_repository import GatewayRepository
from application.ports.notification_repository import Added, NotificationQuery
from application.ports.sender import Gateway
from application.sending.calls import Calls
from application.sending.clerk import Clerk, Errand
from application.sending.dispatch_due import DispatchDue
from application.sending.dispatch_run import DispatchCommand
from application.sending.preparation import Preparation
from application.sending.rulebook import Rulebook
from application.sending.sender_pool import SenderCall, SenderPool
from application.zones import Zones
from domain.channel import Channel
from domain.content import Content
from domain.errors import StoreUnavailable
from domain.lifecycle import Status
from domain.notification import NewNotification, Notification
from domain.notification_type import TYPE_POLICIES, NotificationType, TypePolicies
from domain.recipient import Recipient
from domain.retry_policy import RetryPolicy
from tests.contracts.stores import Stores
from tests.unit.application.sending.desk import Journal, NoFinisher, PlainRenderer, a_simulator
from tests.unit.application.sending.interleaving import Interleaving, Killed, Process
from tests.unit.application.sending.people import PEOPLE, TOPICS, People
from tests.unit.application.sending.provider import STORMY, USUAL, Provider, Truth

LEASE = timedelta(seconds=6)
RETRY = RetryPolicy(base=timedelta(seconds=2), attempts_max=3)
CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.PUSH)
STEPS_MAX = 200_000


def kind_of_device(address: str) -> str:
    """Return whether a token is that of a phone, a tablet or a watch; each kind may have a service of its own."""
    return address.rpartition("-")[2]


@define(eq=False)
class SeededRandomness:
    random: Random

    def spread(self) -> float:
        return self.random.uniform(0.5, 1.0)

    def secret(self) -> str:
        return "secret"


class Signal(threading.Event):
    """Lets others go on while somebody waits for it."""

    def __init__(self, world: Interleaving) -> None:
        super().__init__()
        self._world = world

    def wait(self, timeout: float | None = None) -> bool:
        self._world.pause(timeout or 0.0)
        return self.is_set()


@define(eq=False)
class InterleavedCalls(Calls):
    """The real bookkeeping of calls, whose senders run in threads of the simulation."""

    world: Interleaving = field(kw_only=True)
    process: Process = field(kw_only=True)
    started: Callable[[SenderCall], None] = field(kw_only=True)

    def start(self, call: SenderCall) -> None:
        self.started(call)
        self.under_way.add(call)
        pool = SenderPool(call.gateway, self.clock, self._done)

        def work() -> None:
            pool._send(call)
            self._done.put(call)

        self.world.spawn(self.process, work)

    def finished(self, wait_s: float) -> Iterator[SenderCall]:
        self.world.pause(wait_s)
        yield from super().finished(0)


@define(eq=False)
class InterleavedClerk(Clerk):
    """Runs its errands in a thread of the simulation."""

    world: Interleaving = field(kw_only=True)
    process: Process = field(kw_only=True)

    def send(self, work: Callable[[], None]) -> Errand:
        errand = Errand(work)
        self.world.spawn(self.process, errand.run)
        return errand


@define(eq=False)
class Troubled:
    """One side of a store: others go on before and after every call, the call fails before or after its commit, or
    its process dies there."""

    simulation: "Simulation"
    process: Process
    port: object

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.port, name)

        def call(*args: Any) -> Any:
            if name in ("unregister", "listen"):
                return method(*args)  # the kernel does it, whatever happens; or no store is asked
            self.simulation.world.pause()
            self.simulation.trouble(self.process)
            answer = method(*args)
            self.simulation.note(name, args, answer)
            self.simulation.trouble(self.process)
            self.simulation.stop_for_a_while(self.process)
            self.simulation.world.pause()
            return answer

        return call


@frozen(kw_only=True)
class InterleavedDispatch(DispatchDue):
    """The dispatcher as it is, but for the threads of its senders."""

    world: Interleaving
    process: Process
    started: Callable[[SenderCall], None]

    def _calls(self) -> Calls:
        return InterleavedCalls(self.clock, world=self.world, process=self.process, started=self.started)

    def _clerk(self, calls: Calls) -> Clerk:
        return InterleavedClerk(calls.ring, world=self.world, process=self.process)


@define(eq=False)
class Simulation:
    """One store and all who work on it."""

    store: Stores
    random: Random
    people: People | None = None
    world: Interleaving = field(init=False)
    truth: Truth = field(factory=Truth)
    routes: dict[Channel, tuple[Gateway, ...]] = field(factory=dict)
    providers: list[Provider] = field(factory=list)
    running: dict[Process, Signal] = field(factory=dict)
    acknowledged: list[int] = field(factory=list)
    troubles: float = 0.0
    deaths: float = 0.0
    stops: float = 0.0
    down_until_s: float = 0.0
    moments: int = 0
    fails_at: int = 0
    dies_at: int = 0

    def __attrs_post_init__(self) -> None:
        self.world = Interleaving(self.random)
        self.routes[Channel.EMAIL] = (self._gateway("mail"), self._gateway("backup", rate=5.0))
        self.routes[Channel.SMS] = (self._gateway("text", rate=2.0),)
        push = self._gateway("push", is_harmless=self.random.random() < 0.5)
        has_scopes = self.random.random() < 0.5
        self.routes[Channel.PUSH] = (evolve(push, scope_of=kind_of_device) if has_scopes else push,)
        self.store.recipients.put([a_person(name) for name in PEOPLE])
        if self.people is not None:
            self.people.appear(self.store, self.world.clock)

    def _gateway(self, name: str, rate: float | None = None, *, is_harmless: bool = False) -> Gateway:
        provider = Provider(name, self.truth, self.world)
        self.providers.append(provider)
        if is_harmless:
            self.truth.harmless |= {name}
        return Gateway(name=name, kind="memory", sender=provider, slots=2, rate=rate, repeats_are_harmless=is_harmless)

    def trouble(self, process: Process) -> None:
        """Let the store fail, or the process die, as often or at that moment as this simulation has it."""
        self.moments += 1
        if self.random.random() < self.deaths or self.moments == self.dies_at:
            process.is_killed = True
            raise Killed
        is_down = self.world.clock.elapsed_s() < self.down_until_s
        if self.random.random() < self.troubles or is_down or self.moments == self.fails_at:
            raise StoreUnavailable("the store is away")

    def stop_for_a_while(self, process: Process) -> None:
        """Let all threads of a process stand still, now and then for longer than a lease and two looks take."""
        if self.random.random() < self.stops:
            process.frozen_until_s = self.world.clock.elapsed_s() + self.random.uniform(1, 30)

    def note(self, name: str, args: tuple[Any, ...], answer: Any) -> None:
        """Keep when what was begun: for a type that holds, or is capped, by its begin, for the others by its claim."""
        match name, answer:
            case "claim", Claimed(claims):
                begun = [(one.notification_id, one.fence) for one in claims if not self._begins(one.channel, one.type)]
            case "begin", frozenset():
                begun = [(hold.notification_id, hold.fence) for hold in args[0] if hold.notification_id in answer]
            case _:
                return
        for number, fence in begun:
            self.truth.begun_at[number, fence] = self.truth.tick()
            if self.people is not None:
                self.people.begun(self.store.notifications.get(number), fence)

    def _begins(self, channel: Channel, type_: NotificationType) -> bool:
        if self._policies[type_].frequency_cap is not None:
            return True
        return type_ in self.truth.holding and self.routes[channel][0].name not in self.truth.harmless

    @property
    def _policies(self) -> TypePolicies:
        return TYPE_POLICIES if self.people is None else self.people.policies

    def _started(self, call: SenderCall) -> None:
        if self.people is not None:
            self.people.handed_over(call.messages)

    def start_dispatcher(self, *, watch: bool, limit: int | None = None) -> Process:
        """Start a process that dispatches."""
        process = Process(f"dispatcher-{self.truth.tick()}")
        stop = self.running[process] = Signal(self.world)
        dispatch = InterleavedDispatch(
            queue=cast(DispatchQueue, Troubled(self, process, self.store.queue)),
            campaigns=cast(CampaignRepository, Troubled(self, process, self.store.campaigns)),
            gateways=cast(GatewayRepository, Troubled(self, process, self.store.gateways)),
            routes=self.routes,
            simulator=a_simulator(MemorySender()),
            rulebook=Rulebook(self._policies, dict.fromkeys(Channel, RETRY), self.routes),
            preparation=Preparation(
                renderer=PlainRenderer(),
                finisher=NoFinisher(),
                store_id="store",
                zones=Zones(),
                defaults=() if self.people is None else self.people.defaults,
            ),
            clock=self.world.clock,
            randomness=SeededRandomness(self.random),
            observer=Journal(),
            lease=LEASE,
            batch=20,
            world=self.world,
            process=process,
            started=self._started,
        )
        self.world.spawn(
            process, lambda: self._dispatch(process, dispatch, DispatchCommand(stop=stop, watch=watch, limit=limit))
        )
        return process

    def _dispatch(self, process: Process, dispatch: DispatchDue, command: DispatchCommand) -> None:
        try:
            dispatch(command)
        except StoreUnavailable:
            pass  # as the command line, which says so and ends
        finally:
            process.is_killed = True  # what its senders still do ends with it
            del self.running[process]

    def add(self) -> None:
        """Store a notification for somebody."""
        delay, life = self.random.choice([0, 0, 0, 5]), self.random.choice([8, 60, 86_400])
        self.add_one(self.random.choice(CHANNELS), self.random.choice(list(NotificationType)), delay, life)

    def add_rush(self) -> None:
        """Store several of a type at once for somebody, as only a cap stands against."""
        person, type_ = self.random.choice(PEOPLE), self.random.choice(list(NotificationType)[1:])
        for _ in range(3):
            self.add_one(self.random.choice(CHANNELS), type_, person=person)

    def add_one(
        self,
        channel: Channel,
        type_: NotificationType,
        delay_s: float = 0,
        life_s: float = 86_400,
        person: str | None = None,
    ) -> None:
        """Store a notification that is due in *delay_s* and expires *life_s* later, for *person* or for anybody."""
        now = self.world.clock.now()
        send_at = now + timedelta(seconds=delay_s)
        new = NewNotification(
            recipient_id=person or self.random.choice(PEOPLE),
            channel=channel,
            type=type_,
            topic=None if self.people is None else self.random.choice(TOPICS),
            content=Content(subject=None if channel is Channel.SMS else "Hello", body="Hello there"),
            send_at=send_at,
            expires_at=send_at + timedelta(seconds=life_s),
            created_at=now,
        )
        (added,) = self.store.notifications.add([new])
        if isinstance(added, Added):  # else the recipient has lost all devices
            self.acknowledged.append(added.notification.id)

    def cancel(self) -> None:
        """Withdraw something, often what is being sent; from then on it must not be begun."""
        held = [one.id for one in self.store.notifications.find(NotificationQuery(status=Status.SENDING))]
        number = self.random.choice(held if held and self.random.random() < 0.7 else self.acknowledged)
        (answer,) = self.store.notifications.cancel([number], self.world.clock.now())
        if isinstance(answer, Notification):
            self.truth.stopped_at[number] = self.truth.tick()

    def revive(self) -> None:
        """Put back something that ended without success."""
        now = self.world.clock.now()
        number = self.random.choice(self.acknowledged)
        if self.store.notifications.get(number).status not in (Status.FAILED, Status.UNKNOWN):
            return
        (answer,) = self.store.notifications.revive([number], now, now + timedelta(minutes=10))
        if isinstance(answer, Notification):
            self.truth.revived_at[number] = answer.fence
            self.truth.stopped_at.pop(number, None)

    def change_devices(self) -> None:
        """Let somebody have other devices than before."""
        person = self.store.recipients.get(self.random.choice(PEOPLE))
        tokens = self.random.sample([f"{person.id}-{kind}" for kind in ("phone", "tablet", "watch")], 2)
        self.store.recipients.put([evolve(person, push_tokens=tuple(tokens))])

    def misfortune(self) -> None:
        """Let a process die or be asked to end; or the store be away; or a clock be set."""
        process = self.random.choice(list(self.running)) if self.running else None
        match self.random.randrange(5):
            case 0 if process:
                process.is_killed = True
            case 1 if process:
                self.running[process].set()
            case 2:
                self.down_until_s = self.world.clock.elapsed_s() + self.random.choice([0.5, 3, 30])
            case 3:
                self.world.clock.moment += timedelta(seconds=self.random.choice([-20, -3, 3, 20]))
            case _:
                self.change_devices()

    def live(self, actions: int) -> None:
        """Let people and misfortune act, with up to three dispatchers between them."""
        for _ in range(actions):
            while len(self.running) < 1 + self.random.randrange(3):
                limit = self.random.choice([None, None, 4])
                self.start_dispatcher(watch=self.random.random() < 0.7, limit=limit)
            acts: list[Callable[[], None]] = [self.add, self.cancel, self.revive, self.misfortune]
            weights = [10, 3, 3, 2]
            if self.people is not None:
                acts += [self.people.change_their_mind, self.add_rush]
                weights += [10, 4]
            act = self.random.choices(acts, weights)[0]
            if act in (self.add, self.add_rush) or self.acknowledged:
                act()
            self._steps(self.random.choice([3, 10, 30, 100]))

    def drain(self, *, calls_stop: bool = True) -> None:
        """Let all trouble be over, end every dispatcher, and dispatch what is left to its end."""
        self.troubles = self.deaths = self.stops = self.down_until_s = 0.0
        for provider in self.providers:
            provider.is_calm = True
        for stop in list(self.running.values()) if calls_stop else ():
            stop.set()
        self._steps(STEPS_MAX)
        for _ in range(100):
            self.start_dispatcher(watch=False)
            self._steps(STEPS_MAX)
            due = self.store.queue.next_due()
            held = self.store.queue.lost_claims(self.world.clock.now() + timedelta(days=1000), 1)
            if due is None and not held:
                return
            ahead = max(timedelta(seconds=1), (due or self.world.clock.now()) - self.world.clock.now())
            self.world.clock.forward(ahead)
        raise AssertionError("what is due never goes out")

    def _steps(self, most: int) -> None:
        for _ in range(most):
            if not self.world.step():
                return
            if self.world.bugs:
                raise self.world.bugs[0]
        assert most < STEPS_MAX, "a dispatcher never ends"


def a_person(name: str) -> Recipient:
    return Recipient(
        id=name,
        name=name.title(),
        email=f"{name}@example.com",
        phone=f"+1415555010{PEOPLE.index(name)}",
        push_tokens=(f"{name}-phone", f"{name}-tablet"),
    )


def simulate_one_run(store: Stores, *, fails_at: int = 0, dies_at: int = 0) -> Simulation:
    """Return what is left after one run that meets one trouble at the given moment, and a drain.

    Moments are counted before and after each call of the store, from 1; all providers accept everything.
    """
    simulation = Simulation(store, Random(7))
    simulation.fails_at, simulation.dies_at = fails_at, dies_at
    for provider in simulation.providers:
        provider.is_calm = True
    simulation.add_one(Channel.EMAIL, NotificationType.TRANSACTIONAL)
    for channel in CHANNELS:
        simulation.add_one(channel, NotificationType.PROMOTIONAL)
    simulation.start_dispatcher(watch=False)
    simulation.drain(calls_stop=False)
    return simulation


def simulate(seed: int, store: Stores, *, with_wishes: bool = False) -> Simulation:
    """Return what is left after a life of troubles and a drain; *with_wishes*, of people who change their mind too."""
    random = Random(seed)
    simulation = Simulation(store, random, People(random) if with_wishes else None)
    simulation.troubles = random.choice([0.0, 0.0, 0.01, 0.05])
    simulation.deaths = random.choice([0.0, 0.002, 0.01])
    simulation.stops = random.choice([0.0, 0.002, 0.01])
    is_stormy = random.random() < 0.5
    for provider in simulation.providers:
        provider.answers = STORMY if is_stormy else USUAL
    simulation.live(actions=60)
    simulation.drain()
    return simulation
