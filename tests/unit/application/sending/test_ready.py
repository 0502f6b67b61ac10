"""What waits for a slot: the urgent first, in the order due, and nobody for ever."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.sending.ready import FAIR_EVERY, Item, Ready
from domain.channel import Channel
from domain.notification_type import NotificationType
from tests.unit.application.sending.desk import ManualClock
from tests.unit.application.sending.given_messages import an_item

URGENT, NEXT, LAST = NotificationType.TRANSACTIONAL, NotificationType.INFORMATIONAL, NotificationType.PROMOTIONAL
TYPES = (URGENT, NEXT, LAST)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ready() -> Ready:
    return Ready()


def numbers(items: list[Item]) -> list[int]:
    return [message.notification_id for _, message, _ in items]


def put(ready: Ready, clock: ManualClock, type_: NotificationType, *which: int) -> None:
    ready.put([an_item(number, clock, type_) for number in which])


def test_with_nothing_there_nothing_goes(ready: Ready) -> None:
    ready.put([])

    assert ready.priorities() == []
    assert ready.count() == 0
    assert ready.take_all() == ready.take_late() == []


def test_the_urgent_go_first_and_each_in_the_order_put(ready: Ready, clock: ManualClock) -> None:
    put(ready, clock, LAST, 1, 2)
    put(ready, clock, URGENT, 3, 4)

    assert ready.priorities() == [0, 2]
    assert numbers(ready.take(0, 10)) == [3, 4]
    assert ready.priorities() == [2]
    assert numbers(ready.take(2, 1)) == [1]
    assert numbers([ready.first(2)]) == [2]


def test_what_waited_before_goes_before_what_came_since(ready: Ready, clock: ManualClock) -> None:
    put(ready, clock, URGENT, 3, 4)
    ready.put([an_item(number, clock) for number in (1, 2)], first=True)

    assert numbers(ready.take(0, 10)) == [1, 2, 3, 4]


def test_a_call_has_messages_of_one_channel(ready: Ready, clock: ManualClock) -> None:
    ready.put([an_item(1, clock), an_item(2, clock), an_item(3, clock, channel=Channel.SMS), an_item(4, clock)])

    assert [numbers(ready.take(0, 10)) for _ in range(3)] == [[1, 2], [3], [4]]


def test_counts_those_up_to_a_priority(ready: Ready, clock: ManualClock) -> None:
    put(ready, clock, URGENT, 1)
    put(ready, clock, NEXT, 2, 3)
    put(ready, clock, LAST, 4, 5, 6)

    assert [ready.count(priority) for priority in (0, 1, 2)] == [1, 3, 6]
    assert ready.count() == 6


def test_those_whose_deadline_has_passed_are_taken_out(ready: Ready, clock: ManualClock) -> None:
    ready.put([an_item(1, clock, within_s=1.0), an_item(2, clock, within_s=3.0)])
    ready.put([an_item(3, clock, LAST, within_s=1.0)])
    clock.forward(timedelta(seconds=2))

    assert sorted(numbers(ready.take_late())) == [1, 3]
    assert ready.take_late() == []
    assert numbers(ready.take_all()) == [2]
    assert ready.count() == 0


def test_every_eighth_call_goes_to_whoever_waited_while_the_urgent_never_end(ready: Ready, clock: ManualClock) -> None:
    put(ready, clock, LAST, *range(1000, 1010))
    went: Counter[int] = Counter()
    for call in range(10 * FAIR_EVERY):
        put(ready, clock, URGENT, call)
        clock.forward(timedelta(milliseconds=20))
        first = ready.priorities()[0]
        went[first] += 1
        ready.take(first, 1)

    assert went == {0: 10 * (FAIR_EVERY - 1), 2: 10}


@given(
    backlog=st.integers(0, 200), refills=st.lists(st.sampled_from([(URGENT, 1), (URGENT, 3), (NEXT, 2)]), max_size=60)
)
def test_no_priority_waits_longer_than_eight_calls_for_each_that_waits(
    backlog: int, refills: list[tuple[NotificationType, int]]
) -> None:
    clock, ready = ManualClock(), Ready()
    put(ready, clock, URGENT, *range(backlog))
    put(ready, clock, LAST, *range(10_000, 10_100))
    since = Counter[int]()
    for number, (type_, count) in enumerate([*refills, *[(URGENT, 1)] * 30]):
        put(ready, clock, type_, *range(20_000 + 10 * number, 20_000 + 10 * number + count))
        clock.forward(timedelta(milliseconds=5))
        waiting = ready.priorities()
        ready.take(waiting[0], 1)
        since.update(waiting[1:])
        since[waiting[0]] = 0
        assert max(since.values()) <= FAIR_EVERY * len(TYPES)
