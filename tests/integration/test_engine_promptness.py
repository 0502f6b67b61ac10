"""What is new leaves at once, and who waits for it costs next to nothing."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from attrs import define, field

from application.sending.admission import NotificationRequest
from domain.channel import Channel
from domain.content import Content
from domain.notification_type import NotificationType
from domain.recipient import Recipient
from entrypoints import container as composition
from entrypoints.container import Container
from entrypoints.dispatch_log import DispatchLog
from entrypoints.dispatcher import BackgroundDispatcher
from entrypoints.settings import load
from tests.integration.house import House, until

TRIES = 5
IDLE_S = 10.0


@define(eq=False)
class Serving:
    """A dispatcher in the background of this process, as ``tocsin serve`` has it."""

    container: Container
    crashes: list[Exception] = field(factory=list)
    dispatcher: BackgroundDispatcher = field(init=False)

    def __attrs_post_init__(self) -> None:
        log = DispatchLog(self.container.clock())
        self.dispatcher = BackgroundDispatcher(self.container.dispatch_due(), log, self.crashes.append)

    def enqueue(self) -> None:
        """Accept a notification for Ada."""
        content = Content(subject="News", body="Hello")
        request = NotificationRequest(
            to="ada", channel=Channel.EMAIL, type=NotificationType.TRANSACTIONAL, content=content
        )
        (answer,) = self.container.enqueue()([request])
        assert not isinstance(answer, Exception), answer


@pytest.fixture
def serving(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))  # where the gateway is
    house.configure_ledgers("120s", email="")
    container = composition.build(
        load(house.folder / "tocsin.toml", {"TOCSIN_STORE": f"sqlite:///{house.store}"}, house.folder)
    )
    serving = Serving(container)
    container.store().recipients.put([Recipient(id="ada", email="ada@example.com")])
    serving.dispatcher.start()
    yield serving
    assert serving.dispatcher.stop(5.0)
    composition.close(container)
    assert serving.crashes == []


def test_what_the_same_process_accepts_leaves_within_a_tenth_of_a_second(house: House, serving: Serving) -> None:
    serving.enqueue()
    until(lambda: house.ledger().count() == 1)  # now it waits
    took_s = []
    for sent in range(1, TRIES + 1):
        until(house.is_done)
        threading.Event().wait(0.3)  # longer than it takes to fall asleep
        began_s = time.monotonic()
        serving.enqueue()
        until(lambda: house.ledger().count() > sent, look_s=0.002)  # noqa: B023  (asked at once)
        took_s.append(house.ledger().lines()[-1].at_s - began_s)

    assert median(took_s) < 0.1, took_s


def test_what_another_process_adds_leaves_within_a_second(house: House) -> None:
    house.configure_ledgers("120s", email="")
    house.watch_together(1)
    took_s = []
    for sent in range(TRIES):
        house.fill(NotificationType.TRANSACTIONAL, 1)
        added_s = time.monotonic()
        until(lambda: house.ledger().count() > sent, look_s=0.002)  # noqa: B023  (asked at once)
        took_s.append(house.ledger().lines()[-1].at_s - added_s)

    assert max(took_s) < 1.0, took_s


def test_who_watches_and_has_nothing_to_do_takes_next_to_no_time_of_a_processor(house: House) -> None:
    house.configure_ledgers("120s", email="")
    house.fill(NotificationType.TRANSACTIONAL, 1)
    pid = house.watch().pid
    until(house.is_done)
    threading.Event().wait(1.0)  # until what comes after the last message is done
    before_s = processor_s(pid)
    threading.Event().wait(IDLE_S)

    assert (processor_s(pid) - before_s) / IDLE_S < 0.03


def processor_s(pid: int) -> float:
    """Return the seconds of a processor that a process has used (proc(5), /proc/PID/stat, fields 14 and 15)."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
