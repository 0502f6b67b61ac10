"""Being told to stop, and pausing what runs: what was not begun waits, unspent."""

import signal
import threading

import pytest

from domain.notification_type import NotificationType
from tests.integration.cli.process import ok
from tests.integration.house import House, shape_of, until
from tests.integration.ledger import repeated

STOP_S = 5.0
RESUMED_S = 20.0
CALLS = 4

FAST, SLOW = "message_s = 0.001", "call_s = 0.02; batch_size = 1"
IN_A_SECOND = {FAST: 4000, SLOW: 200}  # what four slots start


@pytest.mark.parametrize(
    ("gateway", "people"),
    [
        pytest.param(FAST, 3000, id="a millisecond a message"),
        pytest.param(SLOW, 500, id="twenty milliseconds a call"),
        pytest.param("call_s = 0.2; batch_size = 20", 300, id="a fifth of a second a call"),
    ],
)
def test_who_is_told_to_stop_ends_in_time_and_returns_what_it_had_not_begun(
    house: House, gateway: str, people: int
) -> None:
    house.configure_ledgers("120s", email=gateway)
    house.fill(NotificationType.PROMOTIONAL, people // 2)
    house.fill(NotificationType.TRANSACTIONAL, people // 2)
    sending = house.watch()
    until(lambda: house.statuses()["sending"] > 0, look_s=0.002)
    sending.send_signal(signal.SIGTERM)
    assert sending.wait(STOP_S) == 0

    found = house.statuses()
    assert found.keys() <= {"sent", "pending"}, found
    assert found["pending"] > 0, "a machine that is so fast needs more people"
    assert house.select("SELECT DISTINCT attempts FROM notifications WHERE status = 'pending'") == [(0,)]
    assert house.ledger().count() == found["sent"], "what was in flight has its answer"
    house.watch()
    until(house.is_done)
    assert house.statuses() == {"sent": people}
    assert repeated(house.ledger().lines()) == []
    assert shape_of(house) == []


def test_what_hangs_when_time_is_up_is_unknown_only_if_it_was_in_flight(house: House) -> None:
    house.configure_ledgers("120s", email=f"batch_size = 1; calls = true; connections = {CALLS}")
    house.ledger().turn("hang", on=True)
    house.fill(NotificationType.PROMOTIONAL, 100)
    sending = house.watch()
    until(lambda: len(house.ledger().lines("enter")) == CALLS - 1)
    sending.send_signal(signal.SIGTERM)
    assert sending.wait(STOP_S) == 0

    assert house.statuses() == {"unknown": CALLS - 1, "pending": 100 - (CALLS - 1)}
    assert house.select("SELECT DISTINCT attempts FROM notifications WHERE status = 'pending'") == [(0,)]


@pytest.mark.parametrize(
    ("pause", "gateway", "people"),
    [
        pytest.param(("campaigns", "pause", "1"), FAST, 6000, id="a campaign"),
        pytest.param(("campaigns", "pause", "1"), SLOW, 800, id="a campaign through a slow gateway"),
        pytest.param(("lanes", "pause", "email/promotional/campaign-1"), FAST, 6000, id="a lane"),
        pytest.param(("gateways", "pause", "email_ledger"), FAST, 6000, id="a gateway"),
        pytest.param(("gateways", "pause", "email_ledger"), SLOW, 800, id="a slow gateway"),
    ],
)
def test_pausing_holds_from_the_next_claim_on(house: House, pause: tuple[str, ...], gateway: str, people: int) -> None:
    house.configure_ledgers("120s", email=gateway)
    house.people("promo", people)
    house.bulk("promo", "promotional")
    house.watch()
    until(lambda: house.ledger().count() > 20, look_s=0.005)
    ok(house.folder, *pause)
    before = house.ledger().count()
    until(lambda: house.statuses()["sending"] == 0)
    after = house.ledger().count()
    threading.Event().wait(1.0)

    assert house.ledger().count() == after < people, "nothing more is claimed"
    assert after - before <= IN_A_SECOND[gateway], "what was claimed before, which is about a second's worth"
    assert house.statuses() == {"sent": after, "pending": people - after}
    ok(house.folder, *(word.replace("pause", "resume") for word in pause))
    until(house.is_done, RESUMED_S)
    assert house.statuses() == {"sent": people}
