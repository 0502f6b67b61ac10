"""What must hold whatever happens: several dispatchers, a store and providers that fail, people who change their mind.

Each seed is one history, the same every time; a failure names its seed.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.memory.store import MemoryStore
from adapters.sqlite.store import SqliteStore
from domain.gateway_health import gateway_of
from domain.lifecycle import Status
from domain.notification import Notification
from domain.outcome import NAMES, Accepted, Deferred, GatewayDown, Rejected, Unknown, Unreachable, name_of
from tests.unit.application.sending.provider import HandedOver
from tests.unit.application.sending.simulation import RETRY, Simulation, simulate, simulate_one_run

SEEDS_MEMORY = 40
SEEDS_SQLITE = 6
FINAL = frozenset(Status) - {Status.PENDING, Status.SENDING}
UNSENT = (Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.SUPPRESSED)
REFUSALS = (Rejected, Unreachable)
ACCEPTED, UNKNOWN, DEFERRED = NAMES[Accepted], NAMES[Unknown], NAMES[Deferred]


def violations(end: Simulation) -> Iterator[str]:
    """Yield every invariant that does not hold at the end of a simulation, in words."""
    yield from end.truth.complaints
    for number in end.acknowledged:
        yield from _of_one(end, number)
    later = end.world.clock.now() + timedelta(days=1000)
    if end.store.queue.lost_claims(later, 1) or end.store.queue.due_lanes(later):
        yield "the store is not drained"


def _of_one(end: Simulation, number: int) -> Iterator[str]:
    found = end.store.notifications.get(number)
    lines = end.truth.about(number)
    out = [line for line in lines if line.is_out]
    if found.status not in FINAL:
        yield f"{number} is {found.status} in a drained store"
    if found.status is Status.SENT and not out:
        yield f"{number} is sent and did not go out"
    if found.status in UNSENT and out and not _is_documented(end, found, lines, out[-1]):
        yield f"{number} is {found.status} and went out at {out[-1].key} ({found.reason})"
    if found.attempts > RETRY.attempts_max:
        yield f"{number} has {found.attempts} attempts"
    yield from _history_against_truth(end, number, lines)
    yield from _repeats(end, number, lines)


def _is_documented(end: Simulation, found: Notification, lines: list[HandedOver], out: HandedOver) -> bool:
    """Say whether it may be called unsent although it went out, unknown to all.

    A provider refused a later attempt for good, and its word stands; or a person withdrew what was left to try.
    """
    if found.status is Status.CANCELLED:
        return end.truth.stopped_at[found.id] > out.at
    return any(isinstance(line.outcome, REFUSALS) and line.at > out.at for line in lines)


def _history_against_truth(end: Simulation, number: int, lines: list[HandedOver]) -> Iterator[str]:
    history = end.store.notifications.history(number)
    traces = {one.fence for one in history if not one.gateway}
    known = {(one.fence, gateway_of(one.gateway), one.address): one for one in history if one.gateway}
    happened = {(line.message.fence, line.gateway, line.message.address): line for line in lines}
    for key, line in happened.items():
        if key not in known and key[0] not in traces:
            yield f"{number}: the history lacks {key} {line.outcome}"
    for key, one in known.items():
        if key in happened:
            if one.outcome not in _possible(happened[key]):
                yield f"{number}: the history says {one.outcome} of {key}, which was {happened[key].outcome}"
        elif one.outcome != UNKNOWN or (*key, number) not in end.truth.offered:
            yield f"{number}: the history has {key}, which did not happen"


def _possible(line: HandedOver) -> set[str]:
    """Return what the history may say: a lost answer is unknown, and a gateway that works for others is not down."""
    return {name_of(line.outcome), UNKNOWN, *([DEFERRED] if isinstance(line.outcome, GatewayDown) else [])}


def _repeats(end: Simulation, number: int, lines: list[HandedOver]) -> Iterator[str]:
    """A message goes out once an address, and once more for each answer that was lost and each death."""
    budget = RETRY.attempts_max * (1 + (number in end.truth.revived_at) * len(lines))
    for address, count in Counter(line.message.address for line in lines if line.is_out).items():
        lost = [one for one in lines if one.message.address == address and not isinstance(one.outcome, Accepted)]
        if count > budget + len(lost):
            yield f"{number} went out {count} times to {address}"


def moments_of_a_run() -> int:
    """Return how many moments there are, before and after each call of the store, in a run without trouble."""
    calm = simulate_one_run(MemoryStore(new_id=lambda: "store"))
    assert list(violations(calm)) == []
    return calm.moments


def test_a_store_that_fails_once_at_whatever_call_costs_no_more_than_that_call() -> None:
    for moment in range(1, moments_of_a_run() + 1):
        end = simulate_one_run(MemoryStore(new_id=lambda: "store"), fails_at=moment)
        assert list(violations(end)) == [], moment
        statuses = Counter(end.store.notifications.get(number).status for number in end.acknowledged)
        assert statuses == {Status.SENT: len(end.acknowledged)}, moment
        repeated = [key for key, count in Counter(line.key[:2] for line in end.truth.lines).items() if count > 1]
        assert repeated == [], moment


def test_a_dispatcher_that_dies_at_whatever_call_leaves_at_most_what_had_begun_unknown() -> None:
    for moment in range(1, moments_of_a_run() + 1):
        end = simulate_one_run(MemoryStore(new_id=lambda: "store"), dies_at=moment)
        assert list(violations(end)) == [], moment
        for number in end.acknowledged:
            found = end.store.notifications.get(number)
            assert found.status in (Status.SENT, Status.UNKNOWN), moment
            if found.status is Status.UNKNOWN:
                assert found.type in end.truth.holding, moment
                assert (number, found.fence) in end.truth.begun_at, moment


@pytest.mark.parametrize("seed", range(SEEDS_MEMORY))
def test_the_invariants_hold_over_memory(seed: int) -> None:
    assert list(violations(simulate(seed, MemoryStore(new_id=lambda: "store")))) == []


@pytest.mark.parametrize("seed", range(SEEDS_SQLITE))
def test_the_invariants_hold_over_sqlite(seed: int, tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "tocsin.db", new_id=lambda: "store")
    try:
        assert list(violations(simulate(seed, store))) == []
    finally:
        store.close()


class TestPeopleWhoChangeTheirMind:
    """Nothing begins against what was said before: a preference, a suppression, quiet hours, or the cap of a day."""

    @pytest.mark.parametrize("seed", range(SEEDS_MEMORY))
    def test_over_memory(self, seed: int) -> None:
        self._hold(simulate(seed, MemoryStore(new_id=lambda: "store"), with_wishes=True))

    @pytest.mark.parametrize("seed", range(SEEDS_SQLITE))
    def test_over_sqlite(self, seed: int, tmp_path: Path) -> None:
        store = SqliteStore.open(tmp_path / "tocsin.db", new_id=lambda: "store")
        try:
            self._hold(simulate(seed, store, with_wishes=True))
        finally:
            store.close()

    def _hold(self, end: Simulation) -> None:
        assert end.people is not None
        assert list(violations(end)) == []
        assert end.people.complaints == []
        assert end.people.beyond_caps([line.message for line in end.truth.lines if line.is_out]) == []
