"""Two dispatchers on one store: they share the work, the pace of a gateway, and what is known of its health."""

import threading
from itertools import pairwise

import pytest

from domain.notification_type import NotificationType
from tests.integration.house import House, shape_of, until
from tests.integration.ledger import Line, most_at_once, most_in_a_second, repeated, shares

PEOPLE = 10_000
RATE = 50
CALL_S = 0.2
STALL_S = 5.0
SOON_S = 15.0


@pytest.mark.parametrize(
    "gateway",
    [
        pytest.param("", id="a gateway that does nothing"),
        pytest.param("message_s = 0.001", id="a millisecond a message"),
    ],
)
def test_neither_sends_twice_nor_does_less_than_a_quarter(house: House, gateway: str) -> None:
    house.configure_ledgers("120s", email=gateway)
    house.watch_together(2)
    house.fill(NotificationType.PROMOTIONAL, PEOPLE // 2)
    house.fill(NotificationType.INFORMATIONAL, PEOPLE // 2)
    until(house.is_done)

    lines = house.ledger().lines()
    assert repeated(lines) == []
    assert len(lines) == PEOPLE
    assert house.statuses() == {"sent": PEOPLE}
    assert len(shares(lines)) == 2
    assert min(shares(lines).values()) >= 0.25, shares(lines)
    assert shape_of(house) == []


def test_together_they_keep_to_the_pace_of_a_gateway(house: House) -> None:
    house.configure_ledgers("20s", email=f'rate = "{RATE}/s"')
    house.watch_together(2)
    house.fill(NotificationType.PROMOTIONAL, 100)
    house.fill(NotificationType.TRANSACTIONAL, 75)
    until(house.is_done)

    lines = house.ledger().lines()
    assert len(lines) == 175
    assert most_in_a_second(lines) <= 2 * RATE, "a second's worth at once, and what a second brings"
    assert lines[-1].at_s - lines[0].at_s >= (175 - RATE) / RATE - 0.5


def test_what_a_stall_held_up_does_not_go_out_all_at_once(house: House) -> None:
    house.configure_ledgers("20s", email=f'rate = "{RATE}/s"; calls = true')
    house.fill(NotificationType.TRANSACTIONAL, 600)
    house.watch()
    ledger = house.ledger()
    until(lambda: ledger.count() >= RATE, look_s=0.01)
    ledger.turn("hang", on=True)
    stalled = ledger.count()
    threading.Event().wait(STALL_S)
    ledger.turn("hang", on=False)
    until(lambda: ledger.count() >= stalled + 4 * RATE)

    assert most_in_a_second(ledger.lines()) <= 3 * RATE, (
        "what was in flight, a second's worth, and what a second brings"
    )


def test_of_a_gateway_that_refuses_one_probe_is_under_way_at_a_time_and_another_message_each_time(house: House) -> None:
    house.configure_ledgers("20s", email=f"calls = true; call_s = {CALL_S}")
    ledger = house.ledger()
    ledger.turn("refuse", on=True)
    house.fill(NotificationType.PROMOTIONAL, 50)
    house.fill(NotificationType.TRANSACTIONAL, 50)
    for _ in range(2):
        house.watch()
    until(lambda: len(outages(house)) >= 3)
    ledger.turn("refuse", on=False)
    until(house.is_done)

    assert house.statuses() == {"sent": 100}
    assert house.attempts() == {1}, "an outage spends no attempt"
    _, *probes = outages(house)
    assert [len(one) for one in probes] == [1] * len(probes), "each with one message"
    assert all(before[0].notification != after[0].notification for before, after in pairwise(probes)), probes
    since_s = probes[0][0].at_s - CALL_S - 0.1
    until_s = ledger.lines("taken")[0].at_s
    while_down = [line for line in ledger.lines("enter", "leave") if since_s < line.at_s <= until_s]
    assert most_at_once(while_down) == 1, while_down
    assert shape_of(house) == []


def test_who_saw_another_one_probe_goes_on_as_soon_as_the_gateway_is_back(house: House) -> None:
    house.configure_ledgers("120s", email="call_s = 0.5; calls = true")
    ledger = house.ledger()
    ledger.turn("refuse", on=True)
    house.watch_together(2)
    house.fill(NotificationType.TRANSACTIONAL, 10)
    until(lambda: bool(ledger.lines("refused")), look_s=0.01)
    ledger.turn("refuse", on=False)
    until(house.is_done)
    probing = ledger.lines("taken")[0].pid
    for process in house.dispatchers:
        if process.pid == probing:
            process.kill()
            process.wait()
    house.fill(NotificationType.TRANSACTIONAL, 10)
    until(house.is_done, SOON_S)

    assert house.statuses() == {"sent": 20}


def outages(house: House) -> list[list[Line]]:
    """Return what the gateway refused, together what it refused within a second: at first all, then what probed it."""
    found: list[list[Line]] = []
    for line in house.ledger().lines("refused"):
        if not found or line.at_s - found[-1][-1].at_s > 1.0:
            found.append([])
        found[-1].append(line)
    return found
