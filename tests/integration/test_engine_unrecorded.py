"""A dispatcher that cannot record what it does stops sending, and has lost nothing when it can again."""

import resource
import signal
import subprocess
import threading

import pytest

from domain.notification_type import NotificationType
from tests.integration.cli.process import Running
from tests.integration.house import House, locked, shape_of, until
from tests.integration.ledger import repeated, sent_again

PEOPLE = 10_000
LOCKED_S = 12.0  # longer than anybody waits for the store
A_SECOND = 4000  # what four slots of a gateway that takes a millisecond start in about a second
UNRECORDED_MAX = 300  # what three slots had begun and could not record
ROOM = 1 << 19  # for a ledger of everything, and not for the store's log
SETTLED_S = 1.5
STOP_S = 5.0

TYPES = [NotificationType.TRANSACTIONAL, NotificationType.PROMOTIONAL]


@pytest.mark.parametrize("type_", TYPES)
def test_while_another_program_holds_the_store_no_more_goes_out_than_was_claimed(
    house: House, type_: NotificationType
) -> None:
    sending = begin(house, type_)
    with locked(house.store):
        before = house.ledger().count()
        threading.Event().wait(LOCKED_S)
        after = house.ledger().count()
        threading.Event().wait(1.0)
        assert house.ledger().count() == after, "it has stopped"

    until(house.is_done)
    assert sending.poll() is None
    check_nothing_is_lost(house, type_)
    assert after - before <= A_SECOND, "what was claimed before"


@pytest.mark.parametrize("type_", TYPES)
def test_while_the_disk_is_full_no_more_goes_out_than_was_claimed(house: House, type_: NotificationType) -> None:
    house.configure_ledgers("120s", email="message_s = 0.001")
    house.fill(type_, PEOPLE)
    with Running(house.folder, ("dispatch", "--watch", "--json", "--quiet")) as sending:
        until(lambda: house.ledger().count() > 100, look_s=0.01)
        limits = resource.prlimit(sending.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(sending.process.pid, resource.RLIMIT_FSIZE, (ROOM, limits[1]))
        assert "is full" in sending.read_log_until("store_unavailable")
        before = house.ledger().count()
        threading.Event().wait(SETTLED_S)
        after = house.ledger().count()
        threading.Event().wait(SETTLED_S)
        assert house.ledger().count() == after < PEOPLE, "it has stopped"
        resource.prlimit(sending.process.pid, resource.RLIMIT_FSIZE, limits)
        until(house.is_done)
        assert sending.end_by(signal.SIGTERM, STOP_S)[0] == 0

    check_nothing_is_lost(house, type_)
    assert after - before <= A_SECOND, "what was claimed before"


def test_who_is_told_to_stop_while_the_store_is_held_ends_all_the_same(house: House) -> None:
    sending = begin(house, NotificationType.PROMOTIONAL)
    with locked(house.store):
        sending.send_signal(signal.SIGTERM)
        sending.wait(STOP_S)

    house.watch()
    until(house.is_done)
    check_nothing_is_lost(house, NotificationType.PROMOTIONAL, unknown=UNRECORDED_MAX)


def begin(house: House, type_: NotificationType) -> "subprocess.Popen[bytes]":
    """Let a dispatcher work through a lot of one type, and return it once it does."""
    house.configure_ledgers("120s", email="message_s = 0.001")
    house.fill(type_, PEOPLE)
    sending = house.watch()
    until(lambda: house.ledger().count() > 100, look_s=0.01)
    return sending


def check_nothing_is_lost(house: House, type_: NotificationType, unknown: int = 0) -> None:
    """See that everything was sent once; as many as *unknown* may be so."""
    found, lines = house.statuses(), house.ledger().lines()
    assert found["sent"] + found["unknown"] == PEOPLE
    assert found["unknown"] <= unknown
    assert repeated(lines) == []
    assert sent_again(lines, str(type_)) == []
    assert shape_of(house) == []
