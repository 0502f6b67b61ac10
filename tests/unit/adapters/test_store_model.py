"""Memory and SQLite answer alike, whatever is asked of them; the lifecycle holds, and counters equal a recount."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from attrs import evolve, frozen
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.memory.store import MemoryStore
from adapters.sqlite.store import SqliteStore
from application.ports.dispatch_queue import CapUse, Claimed, ClaimRequest, Hold
from application.ports.notification_repository import Added, NotificationQuery
from application.ports.receipt_repository import Addressed, Reception
from application.ports.report_repository import (
    CREATED,
    LATENCY,
    ONCE_A_NOTIFICATION,
    WORDS_OF_RECEIPTS,
    Gauge,
    Grouping,
    Tally,
)
from domain.channel import Channel
from domain.claim import Claim, Conclusion, conclude, rescue, stop
from domain.errors import TocsinError
from domain.hand_over import HandOver, settle
from domain.lifecycle import TRANSITIONS, Event, Status, after
from domain.notification import NewNotification, Notification
from domain.notification_type import NotificationType
from domain.outcome import (
    Accepted,
    Deferred,
    GatewayDown,
    NotStarted,
    Outcome,
    Rejected,
    Throttled,
    Unknown,
    Unreachable,
    reason_of,
)
from domain.preferences import Choice, PreferenceChange, Scope
from domain.quiet_hours import NoQuietHours, QuietHours
from domain.receipt import Receipt, ReceiptKind, step, waits
from domain.reference import Reference
from domain.suppression import EVERYTHING, Suppression, SuppressionScope
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import (
    DAY,
    NOW,
    PAUSE,
    SPREAD,
    a_campaign,
    a_hand_over,
    a_key,
    a_message,
    a_person,
    rules,
)
from tests.contracts.stores import Stores

LEASE = timedelta(seconds=60)
FAR_FUTURE = NOW + 1000 * DAY
ALL = NotificationQuery(limit=0)
STEPS = frozenset((before, to) for (before, _), to in TRANSITIONS.items())

PEOPLE = ("ada", "bob")
CAPPED = NotificationType.PROMOTIONAL
PLACES = 2
NIGHT = QuietHours.parse("21:00-08:00")

people = st.sampled_from(PEOPLE)
choices = st.builds(
    Choice,
    st.builds(Scope, channel=st.none() | st.just(Channel.EMAIL), topic=st.sampled_from([None, "news", 'Fuß & "ball"'])),
    wanted=st.booleans(),
)
channels = st.sampled_from([Channel.EMAIL, Channel.PUSH])
types = st.sampled_from([NotificationType.TRANSACTIONAL, NotificationType.PROMOTIONAL])
delays = st.sampled_from([0, 0, 0, 10, 90])
lives = st.sampled_from([45, 600, 86_400])
picks = st.integers(0, 30)
outcomes = st.sampled_from(
    [
        Accepted("m-1"),
        Accepted(),
        Deferred("451 later"),
        Throttled("429 slow down"),
        GatewayDown("connection refused"),
        Unknown("timeout"),
        NotStarted(),
        Rejected("554 no"),
        Unreachable("550 gone"),
    ]
)
kinds = st.sampled_from(ReceiptKind)
told_addresses = st.sampled_from(
    [None, None, "Ada@example.com", "bob@example.com", "ada-1", "bob-2", "cyd@example.com"]
)

T = TypeVar("T")


@frozen
class Pair:
    """The two stores, and the number each gave the one dispatcher that works with both."""

    memory: Stores
    sqlite: Stores
    owners: tuple[int, int]


class StoreModel(RuleBasedStateMachine):
    """One dispatcher, two stores: every command goes to both."""

    pair: Pair

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.now = NOW
        self.held: list[Claim] = []
        self.let_go: list[Claim] = []
        self.before: dict[int, Notification] = {}
        self.steps: Counter[Event] = Counter()
        self.said: set[HandOver] = set()
        self.campaigns = 0
        self.events = 0
        self.told: list[Addressed] = []
        self.early: defaultdict[int, list[tuple[ReceiptKind, int]]] = defaultdict(list)  # with the fence, by id

    @initialize()
    def open(self) -> None:
        memory = MemoryStore(new_id=lambda: "memory")
        sqlite = SqliteStore.open(Path(self.folder.name) / "tocsin.db", new_id=lambda: "sqlite", create=True)
        recipients = [evolve(a_person(name), push_tokens=(f"{name}-1", f"{name}-2")) for name in ("ada", "bob")]
        for store in (memory, sqlite):
            store.recipients.put(recipients)
        self.pair = Pair(memory, sqlite, (memory.queue.register(NOW), sqlite.queue.register(NOW)))
        self.add(
            *(
                a_message(name, channel=channel, type=type_)
                for name in ("ada", "bob")
                for channel in (Channel.EMAIL, Channel.PUSH)
                for type_ in (NotificationType.TRANSACTIONAL, NotificationType.PROMOTIONAL)
            )
        )

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self.pair.sqlite.close()
        self.folder.cleanup()

    @rule(to=people, channel=channels, type_=types, delay=delays, life=lives)
    def enqueue(self, to: str, channel: Channel, type_: NotificationType, delay: int, life: int) -> None:
        send_at = self.now + timedelta(seconds=delay)
        expires_at = send_at + timedelta(seconds=life)
        self.add(a_message(to, channel=channel, type=type_, send_at=send_at, expires_at=expires_at))

    @rule(key=st.sampled_from("ab"), digest=st.sampled_from([b"one", b"two"]))
    def enqueue_with_key(self, key: str, digest: bytes) -> None:
        self.add(a_message(send_at=self.now, expires_at=self.now + DAY, key=a_key(key, digest)))

    @rule()
    def tell_everybody(self) -> None:
        campaign = evolve(a_campaign(f"news {self.campaigns}"), send_at=self.now, expires_at=self.now + DAY)
        started = self.both(*([store.campaigns.start(campaign)] for store in (self.pair.memory, self.pair.sqlite)))
        self.campaigns = started[0].id
        for store in (self.pair.memory, self.pair.sqlite):
            assert store.campaigns.advance(self.campaigns, self.now).is_complete

    @precondition(lambda self: self.campaigns)
    @rule(pick=picks)
    def cancel_a_campaign(self, pick: int) -> None:
        campaign_id = 1 + pick % self.campaigns
        for store in (self.pair.memory, self.pair.sqlite):
            while store.campaigns.cancel(campaign_id, self.now):
                pass
        self.stepped(Event.CANCEL, Status.PENDING, Status.CANCELLED)

    @precondition(lambda self: self.has(Status.PENDING))
    @rule(pick=picks, limit=st.integers(1, 3))
    def claim(self, pick: int, limit: int) -> None:
        due_at = self.pair.memory.queue.next_due()
        assert due_at is not None
        self.now = max(self.now, due_at)
        lanes = self.both(self.pair.memory.queue.due_lanes(self.now), self.pair.sqlite.queue.due_lanes(self.now))
        lane = lanes[pick % len(lanes)]

        def take(store: Stores, owner: int) -> Claimed:
            return store.queue.claim(
                ClaimRequest(
                    lane=lane,
                    limit=limit,
                    owner=owner,
                    now=self.now,
                    lease=LEASE + timedelta(milliseconds=1),
                    gateway="gateway",
                    capped_since=self.now.date() - DAY if lane.type is CAPPED else None,
                )
            )

        ours, theirs = (
            take(self.pair.memory, self.pair.owners[0]),
            take(self.pair.sqlite, self.pair.owners[1]),
        )
        self.held += self.both(ours.claims, theirs.claims)
        self.steps[Event.CLAIM] += len(ours.claims)
        assert dict(ours.contents) == dict(theirs.contents)

    @precondition(lambda self: self.held or self.let_go)
    @rule(pick=picks, number=st.integers(1, 3), days_ago=st.sampled_from([0, 0, 0, 1]))
    def begin(self, pick: int, number: int, days_ago: int) -> None:
        known = [*self.held, *self.let_go]
        chosen = {one.notification_id: one for one in (known[(pick + more) % len(known)] for more in range(number))}
        self.begin_of(list(chosen.values()), self.now.date() - days_ago * DAY)

    @precondition(lambda self: self.has(Status.PENDING))
    @rule(pick=picks)
    def claim_and_begin(self, pick: int) -> None:
        self.claim(pick, 3)
        self.both_know_the_same_and_the_lifecycle_holds()
        self.begin_of(self.held, self.now.date())

    def begin_of(self, claims: Sequence[Claim], day: date) -> None:
        use = CapUse(number=PLACES, first_day=day, day=day)
        holds = [
            Hold(one.notification_id, one.fence, revision=one.revision, cap=use if one.type is CAPPED else None)
            for one in claims
        ]
        before = [len(self.capped_days(name, day)) for name in PEOPLE]
        going = self.pair.memory.queue.begin(holds, self.now)
        assert going == self.pair.sqlite.queue.begin(holds, self.now)
        after = [len(self.capped_days(name, day)) for name in PEOPLE]
        assert all(now <= max(then, PLACES) for then, now in zip(before, after, strict=True))

    @rule(to=people, choices=st.lists(choices, max_size=2), hours=st.sampled_from([None, NoQuietHours.NONE, NIGHT]))
    def prefer(self, to: str, choices: Sequence[Choice], hours: QuietHours | NoQuietHours | None) -> None:
        change = PreferenceChange(choices=tuple(choices), quiet_hours=hours, sets_quiet_hours=True)
        ours, theirs = (store.preferences.change(to, change) for store in (self.pair.memory, self.pair.sqlite))
        assert ours == theirs == self.pair.sqlite.preferences.get(to)

    @rule(to=people, timezone=st.sampled_from([None, "Europe/Zurich", "Asia/Tokyo"]))
    def move(self, to: str, timezone: str | None) -> None:
        for store in (self.pair.memory, self.pair.sqlite):
            store.recipients.put([evolve(store.recipients.get(to), timezone=timezone)])
        self.addresses_are_alike()

    @rule(
        address=st.sampled_from(["Ada@example.com", "bob@example.com"]),
        reason=st.sampled_from([SuppressionReason.MANUAL, SuppressionReason.STOP]),
        scope=st.sampled_from([SuppressionScope(type=CAPPED), SuppressionScope(topic="news"), EVERYTHING]),
        lifts=st.booleans(),
    )
    def suppress(self, address: str, reason: SuppressionReason, scope: SuppressionScope, *, lifts: bool) -> None:
        one = Suppression(channel=Channel.EMAIL, address=address, reason=reason, scope=scope, at=self.now)
        for store in (self.pair.memory, self.pair.sqlite):
            if lifts:
                store.suppressions.remove(Channel.EMAIL, address, [reason], [scope])
            else:
                store.suppressions.add([one])
        self.addresses_are_alike()

    @precondition(lambda self: self.held)
    @rule(pick=picks, answers=st.lists(outcomes, min_size=2, max_size=2))
    def conclude(self, pick: int, answers: Sequence[Outcome]) -> None:
        self.write(self.answered(self.let_go_of(pick), answers))

    @precondition(lambda self: self.has(Status.PENDING))
    @rule(pick=picks, answers=st.lists(outcomes, min_size=2, max_size=2))
    def claim_and_conclude(self, pick: int, answers: Sequence[Outcome]) -> None:
        self.claim(pick, 2)
        self.both_know_the_same_and_the_lifecycle_holds()
        while self.held:
            self.conclude(pick, answers)

    @precondition(lambda self: self.held)
    @rule(pick=picks, event=st.sampled_from([Event.EXPIRE, Event.SUPPRESS, Event.CANCEL, Event.REJECT]))
    def stop_at_a_gate(self, pick: int, event: Event) -> None:
        self.write(stop(self.let_go_of(pick), event, "a gate said so"))

    @precondition(lambda self: self.let_go)
    @rule(pick=picks, answers=st.lists(outcomes, min_size=2, max_size=2))
    def conclude_late_or_twice(self, pick: int, answers: Sequence[Outcome]) -> None:
        self.write(self.answered(self.let_go[pick % len(self.let_go)], answers))

    @precondition(lambda self: self.held or self.let_go)
    @rule(
        pick=picks,
        told=st.lists(kinds, min_size=1, max_size=3),
        ago=st.sampled_from([0, 0, 30, 86_400, 8 * 86_400]),
        strikes=st.sampled_from([None, 1, 2, 3]),
        address=told_addresses,
        by_machine=st.booleans(),
        named=st.booleans(),
    )
    def hear_of_a_hand_over(
        self,
        pick: int,
        told: Sequence[ReceiptKind],
        ago: int,
        strikes: int | None,
        address: str | None,
        *,
        by_machine: bool,
        named: bool,
    ) -> None:
        known = [*self.held, *self.let_go]
        one = known[pick % len(known)]
        for kind in told:
            self.events += 1
            receipt = Receipt(
                gateway="gateway",
                event_id=str(self.events),
                kind=kind,
                channel=one.channel,
                at=self.now - timedelta(seconds=ago),
                address=address,
                provider_id=f"p-{one.notification_id}" if named else None,
                reason=f"{kind} {self.events}",
                strikes=strikes,
                by_machine=by_machine,
            )
            self.told.append(Addressed(receipt, Reference(one.notification_id, one.fence, "")))
            assert self.record(self.told[-1:]) == [Reception.KEPT]

    @rule(
        kind=kinds, ago=st.sampled_from([0, 30, 86_400]), strikes=st.sampled_from([None, 1, 3]), address=told_addresses
    )
    def hear_of_an_address(self, kind: ReceiptKind, ago: int, strikes: int | None, address: str | None) -> None:
        self.events += 1
        receipt = Receipt(
            gateway="gateway",
            event_id=str(self.events),
            kind=kind,
            channel=Channel.EMAIL,
            at=self.now - timedelta(seconds=ago),
            address=address,
            reason=f"{kind} {self.events}",
            strikes=strikes,
        )
        self.told.append(Addressed(receipt, None))
        assert self.record(self.told[-1:]) == [Reception.KEPT]

    @precondition(lambda self: self.told)
    @rule(pick=picks)
    def hear_it_again(self, pick: int) -> None:
        before = self.pair.memory.notifications.find(ALL)
        recorded = self.record([self.told[pick % len(self.told)]] * 2)
        assert recorded == [Reception.REPEATED] * 2
        assert self.pair.memory.notifications.find(ALL) == before

    @precondition(lambda self: self.has(Status.SENDING) or self.has(Status.PENDING))
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        ids = [self.some_id(pick + more, *Status) for more in range(2)]
        ours = self.pair.memory.notifications.cancel(ids, self.now)
        self.alike(ours, self.pair.sqlite.notifications.cancel(ids, self.now))
        self.stepped(Event.CANCEL, Status.PENDING, Status.CANCELLED)

    @precondition(lambda self: self.has(Status.FAILED) or self.has(Status.UNKNOWN))
    @rule(pick=picks, life=st.none() | lives)
    def revive(self, pick: int, life: int | None) -> None:
        ids = [self.some_id(pick + more, Status.FAILED, Status.UNKNOWN) for more in range(2)]
        expires_at = None if life is None else self.now + timedelta(seconds=life)
        ours = self.pair.memory.notifications.revive(ids, self.now, expires_at)
        self.alike(ours, self.pair.sqlite.notifications.revive(ids, self.now, expires_at))
        self.stepped(Event.REVIVE, Status.FAILED, Status.PENDING)
        self.stepped(Event.REVIVE, Status.UNKNOWN, Status.PENDING)

    @precondition(lambda self: self.has(Status.SENDING))
    @rule()
    def rescue(self) -> None:
        lost = self.both(
            self.pair.memory.queue.lost_claims(self.now, 100), self.pair.sqlite.queue.lost_claims(self.now, 100)
        )
        self.write(*(rescue(one, self.now, rules(one), SPREAD) for one in lost))
        gone = {(one.notification_id, one.fence) for one in lost}
        self.let_go += [one for one in self.held if (one.notification_id, one.fence) in gone]
        self.held = [one for one in self.held if (one.notification_id, one.fence) not in gone]

    @precondition(lambda self: self.has(Status.SENDING))
    @rule()
    def die_and_start_again(self) -> None:
        for store, owner in zip((self.pair.memory, self.pair.sqlite), self.pair.owners, strict=True):
            store.queue.unregister(owner)
        self.pair = evolve(
            self.pair,
            owners=(self.pair.memory.queue.register(self.now), self.pair.sqlite.queue.register(self.now)),
        )

    @rule(seconds=st.sampled_from([1, 20, 61, 300]))
    def advance_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def both_know_the_same_and_the_lifecycle_holds(self) -> None:
        if not hasattr(self, "pair"):
            return
        found = self.both(self.pair.memory.notifications.find(ALL), self.pair.sqlite.notifications.find(ALL))
        for one in found:
            earlier = self.before.get(one.id)
            if earlier is not None:
                assert one.status is earlier.status or (earlier.status, one.status) in STEPS
                assert one.fence >= earlier.fence
            assert one.attempts <= one.fence
            assert (one.finished_at is None) is (one.status in (Status.PENDING, Status.SENDING))
        assert {one.id for one in found} >= self.before.keys()
        self.before = {one.id: one for one in found}
        sending = {one.id for one in found if one.status is Status.SENDING}
        for store in (self.pair.memory, self.pair.sqlite):
            assert {one.notification_id for one in store.queue.lost_claims(FAR_FUTURE, 1000)} == sending
        assert self.pair.memory.queue.next_due() == self.pair.sqlite.queue.next_due()

    @invariant()
    def the_counters_equal_a_recount(self) -> None:
        """Every answer that the history ever showed counts, also one that a later acceptance took the place of."""
        if not hasattr(self, "pair"):
            return
        found = self.pair.memory.notifications.find(ALL)
        for one in found:
            lines = self.pair.memory.notifications.history(one.id)
            self.said.update(evolve(line, provider_id=None) for line in lines)  # a receipt may name it later
        told = Counter(line.outcome for line in self.said)
        expected: Counter[str] = Counter({CREATED: len(found), LATENCY: told["accepted"]})
        expected.update({event.value: number for event, number in self.steps.items()})
        expected.update(told)
        expected.update(self.told_beside_steps())
        for store in (self.pair.memory, self.pair.sqlite):
            counted: Counter[str] = Counter()
            for tally in store.reports.counted(None, None).tallies:
                counted[tally.what] += tally.number
            assert counted == expected
            gauges = {gauge.status: gauge.number for gauge in store.reports.counted(None, None).gauges}
            assert gauges == Counter(one.status for one in found)
        for by in (None, *Grouping):
            ours, theirs = (
                store.reports.counted(self.now.date(), by) for store in (self.pair.memory, self.pair.sqlite)
            )
            assert sorted(ours.tallies, key=_of_tally) == sorted(theirs.tallies, key=_of_tally)
            assert sorted(ours.gauges, key=_of_gauge) == sorted(theirs.gauges, key=_of_gauge)

    @invariant()
    def everything_is_in_exactly_one_status(self) -> None:
        if not hasattr(self, "pair"):
            return
        by_status = [
            one.id
            for status in Status
            for one in self.pair.sqlite.notifications.find(NotificationQuery(status=status, limit=0))
        ]
        assert sorted(by_status) == sorted(self.before)

    @invariant()
    def both_count_the_same_places_under_a_cap(self) -> None:
        if hasattr(self, "pair"):
            for name in PEOPLE:
                self.capped_days(name, NOW.date() - DAY)

    def capped_days(self, name: str, since: date) -> list[date]:
        """Return the days on which somebody took a place under the cap, of which both stores know the same."""
        return self.both(
            *(
                store.notifications.capped_days(name, CAPPED, since, test=False)
                for store in (self.pair.memory, self.pair.sqlite)
            )
        )

    def add(self, *batch: NewNotification) -> None:
        self.alike(self.pair.memory.notifications.add(batch), self.pair.sqlite.notifications.add(batch))

    def has(self, status: Status) -> bool:
        return any(one.status is status for one in self.before.values())

    def answered(self, one: Claim, answers: Sequence[Outcome]) -> Conclusion:
        """Return what it leads to that the addresses still open answered so, one each."""
        addresses = [address for address in one.recipient.addresses(one.channel) if address not in one.settled]
        said = list(zip(addresses, answers, strict=False))
        if not said:
            return stop(one, Event.REJECT, "no address is left")
        outcome = settle([answer for _, answer in said], accepted_before=one.accepted_before, resend=rules(one).resend)
        return conclude(
            one,
            outcome,
            self.now,
            rules(one),
            SPREAD,
            PAUSE,
            hand_overs=[a_hand_over(one, answer, self.now, "gateway", address) for address, answer in said],
            suppressions=[
                self.suppression(one.channel, address, answer)
                for address, answer in said
                if isinstance(answer, Unreachable)
            ],
        )

    def suppression(self, channel: Channel, address: str, outcome: Outcome) -> Suppression:
        reason = SuppressionReason.UNREACHABLE
        return Suppression(channel=channel, address=address, reason=reason, at=self.now, detail=reason_of(outcome))

    def write(self, *conclusions: Conclusion) -> None:
        before = self.found()
        steps = self.pair.memory.queue.conclude(conclusions, self.now)
        assert steps == self.pair.sqlite.queue.conclude(conclusions, self.now)
        self.steps.update(steps.values())
        for number in {one.notification_id for one in conclusions}:
            known = before[number]
            self.heed(number, after(known.status, steps[number]) if number in steps else known.status, known.fence)
        self.before = self.found()
        for one in conclusions:
            self.both(
                self.pair.memory.notifications.history(one.notification_id),
                self.pair.sqlite.notifications.history(one.notification_id),
            )
        self.addresses_are_alike()

    def follow(self, kind: ReceiptKind, reference: Reference, event: Event | None) -> None:
        """Keep account of a receipt that was just recorded, and of what it set going."""
        known = self.before[reference.notification_id]
        if event is not None:
            self.steps[event] += 1
            self.heed(known.id, after(known.status, event), known.fence)
        elif waits(kind, known.status, is_latest=reference.fence == known.fence):
            self.early[known.id].append((kind, reference.fence))

    def heed(self, number: int, status: Status, fence: int) -> None:
        """Let what was told early have its say of a notification that stands so now, and compare where it ends."""
        told = sorted(self.early.pop(number, []), key=lambda one: one[0] is not ReceiptKind.ACCEPTED)
        for kind, of_fence in told:
            is_latest = of_fence == fence
            event = step(kind, status, is_latest=is_latest)
            if event is not None:
                self.steps[event] += 1
                status = after(status, event)
            elif waits(kind, status, is_latest=is_latest):
                self.early[number].append((kind, of_fence))
        assert self.pair.memory.notifications.get(number).status is status

    def found(self) -> dict[int, Notification]:
        return {one.id: one for one in self.pair.memory.notifications.find(ALL)}

    def addresses_are_alike(self) -> None:
        """Compare what the stores know of devices and of addresses out of use."""
        for name in ("ada", "bob"):
            assert self.pair.memory.recipients.get(name) == self.pair.sqlite.recipients.get(name)
        for channel in (Channel.EMAIL, Channel.PUSH):
            addresses = ["ada@example.com", "bob@example.com", "cyd@example.com", "ada-1", "bob-2"]
            ours = self.pair.memory.suppressions.find(channel, addresses)
            assert ours == self.pair.sqlite.suppressions.find(channel, addresses)

    def told_beside_steps(self) -> Counter[str]:
        """Return what the receipts of notifications add up to, by the words of the counters."""
        counted: Counter[str] = Counter()
        once = set()
        for one in self.told:
            word = WORDS_OF_RECEIPTS.get((one.receipt.kind, one.receipt.by_machine))
            if one.reference is None or word is None:
                continue
            if word in ONCE_A_NOTIFICATION:
                once.add((one.reference.notification_id, word))
            else:
                counted[word] += 1
        counted.update(word for _, word in once)
        return counted

    def record(self, told: Sequence[Addressed]) -> list[Reception]:
        """Record the same in both stores, each by its own name."""
        ours, theirs = (
            store.receipts.record([_as_of(store, one) for one in told], self.now)
            for store in (self.pair.memory, self.pair.sqlite)
        )
        recorded = self.both(ours, theirs)
        for one, answer in zip(told, recorded, strict=True):
            if one.reference is not None and answer.reception is Reception.KEPT:
                self.follow(one.receipt.kind, one.reference, answer.event)
        self.before = self.found()
        for number in {one.reference.notification_id for one in told if one.reference is not None}:
            first, second = (
                [evolve(one, echo=None) for one in store.receipts.of_notification(number)]
                for store in (self.pair.memory, self.pair.sqlite)
            )
            assert first == second
            self.both(self.pair.memory.notifications.history(number), self.pair.sqlite.notifications.history(number))
        self.addresses_are_alike()
        return [one.reception for one in recorded]

    def stepped(self, event: Event, before: Status, after: Status) -> None:
        """Keep account of those that went from *before* to *after* in the command that was just given."""
        found = {one.id: one.status for one in self.pair.memory.notifications.find(ALL)}
        moved = (one for one in self.before.values() if (one.status, found[one.id]) == (before, after))
        self.steps[event] += sum(1 for _ in moved)

    def let_go_of(self, pick: int) -> Claim:
        one = self.held.pop(pick % len(self.held))
        self.let_go.append(one)
        return one

    def some_id(self, pick: int, *statuses: Status) -> int:
        ids = [one.id for one in self.before.values() if one.status in statuses]
        return ids[pick % len(ids)]

    def both(self, ours: Sequence[T], theirs: Sequence[T]) -> list[T]:
        assert list(ours) == list(theirs)
        return list(ours)

    def alike(
        self,
        ours: Sequence[Added | Notification | TocsinError | None],
        theirs: Sequence[Added | Notification | TocsinError | None],
    ) -> None:
        """Compare answers; refusals are alike if they say the same."""
        assert [str(one) if isinstance(one, TocsinError) else one for one in ours] == [
            str(one) if isinstance(one, TocsinError) else one for one in theirs
        ]


def _as_of(store: Stores, one: Addressed) -> Addressed:
    return evolve(one, reference=one.reference and evolve(one.reference, store_id=store.identity))


def _of_tally(tally: Tally) -> tuple[str, str, int]:
    return tally.group, tally.what, tally.bound_ms


def _of_gauge(gauge: Gauge) -> tuple[str, str]:
    return gauge.group, gauge.status


StoreModel.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=50,
    deadline=None,  # a commit takes as long as the disk does
    database=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking takes minutes; add Phase.shrink to look into a failure
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestStoresAnswerAlike = StoreModel.TestCase
