import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from attrs import define, evolve, field
from dependency_injector import providers
from structlog.testing import capture_logs

from adapters.system_clock import SystemClock
from application.ports.dispatch_queue import DispatchQueue
from application.recipients.checking import RecipientDraft
from application.sending.admission import NotificationRequest
from application.sending.dispatch_due import DispatchDue
from application.sending.dispatch_run import DispatchCommand
from domain.channel import Channel
from domain.claim import Conclusion
from domain.content import Content
from domain.errors import StoreUnavailable
from domain.lifecycle import Event
from domain.notification_type import NotificationType
from entrypoints.container import Container, build, close
from entrypoints.dispatch_log import DispatchLog
from entrypoints.dispatcher import BackgroundDispatcher, run_until_signal
from entrypoints.settings import load
from entrypoints.silent_observer import SilentObserver

BOUND_S = 20.0
SRC = Path(__file__).parents[3] / "src"


@define(eq=False)
class Listener(SilentObserver):
    """Says when something was concluded."""

    has_concluded: threading.Event = field(factory=threading.Event)

    def concluded(self, conclusions: Sequence[Conclusion]) -> None:
        if conclusions:
            self.has_concluded.set()


@define(eq=False)
class FailingQueue:
    """A queue whose registrations fail in the ways given, one each, before they work."""

    queue: DispatchQueue
    failures: list[Exception]
    registrations: int = 0
    has_failed: threading.Event = field(factory=threading.Event)

    def register(self, now: Any) -> int:
        self.registrations += 1
        if self.failures:
            self.has_failed.set()
            raise self.failures.pop(0)
        return self.queue.register(now)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.queue, name)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def container(tmp_path: Path, listener: Listener) -> Iterator[Container]:
    made = build(load(None, {"TOCSIN_STORE": "memory://", "TOCSIN_ROUTES_SMS": "memory"}, tmp_path))
    made.observer.override(providers.Object(listener))
    made.put_recipient()(RecipientDraft(id="ada", phone="+14155550100"))
    content = Content(body="It is here.")
    request = NotificationRequest(to="ada", channel=Channel.SMS, type=NotificationType.TRANSACTIONAL, content=content)
    made.enqueue()([request])
    yield made
    close(made)


@pytest.fixture
def dispatch(container: Container) -> DispatchDue:
    made: DispatchDue = container.dispatch_due()
    return made


class TestInTheForeground:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_lets_it_finish(self, dispatch: DispatchDue, listener: Listener, number: signal.Signals) -> None:
        def send_signal() -> None:
            assert listener.has_concluded.wait(BOUND_S)
            os.kill(os.getpid(), number)

        before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
        sender = threading.Thread(target=send_signal)
        sender.start()
        summary = run_until_signal(dispatch, DispatchCommand(watch=True))
        sender.join()
        assert summary.events == {Event.ACCEPT: 1}
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before

    def test_without_a_signal_it_ends_when_nothing_is_due(self, dispatch: DispatchDue) -> None:
        assert run_until_signal(dispatch, DispatchCommand()).events == {Event.ACCEPT: 1}

    def test_the_handlers_are_put_back_after_a_failure_too(self, dispatch: DispatchDue) -> None:
        before = signal.getsignal(signal.SIGTERM)
        broken = evolve(dispatch, queue=cast("DispatchQueue", FailingQueue(dispatch.queue, [StoreUnavailable("full")])))
        with pytest.raises(StoreUnavailable, match="full"):
            run_until_signal(broken, DispatchCommand())
        assert signal.getsignal(signal.SIGTERM) is before

    def test_a_second_signal_ends_the_process_at_once(self, tmp_path: Path) -> None:
        program = tmp_path / "program.py"
        program.write_text(HANGING, encoding="utf-8")
        command = [sys.executable, str(program), str(SRC), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                assert process.stdout.readline() == "sending\n"
                process.send_signal(signal.SIGTERM)
                assert process.stdout.readline() == "stopping\n"
                process.send_signal(signal.SIGTERM)
                assert process.wait(BOUND_S) == 128 + signal.SIGTERM
            finally:
                process.kill()


HANGING = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from application.recipients.checking import RecipientDraft
from application.sending.admission import NotificationRequest
from application.sending.dispatch_run import DispatchCommand
from domain.channel import Channel
from domain.content import Content
from domain.notification_type import NotificationType
from entrypoints.container import build
from entrypoints.dispatcher import run_until_signal
from entrypoints.settings import load

def hang(message):
    print("sending", flush=True)
    threading.Event().wait()

container = build(load(None, {"TOCSIN_STORE": "memory://", "TOCSIN_ROUTES_SMS": "memory"}, Path(sys.argv[2])))
container.gateway()("memory").sender.answer(hang)
container.put_recipient()(RecipientDraft(id="ada", phone="+14155550100"))
container.enqueue()(
    [NotificationRequest(to="ada", channel=Channel.SMS, type=NotificationType.TRANSACTIONAL, content=Content(body="a"))]
)
command = DispatchCommand(watch=True, grace_s=60)
threading.Thread(target=lambda: (command.stop.wait(), print("stopping", flush=True)), daemon=True).start()
run_until_signal(container.dispatch_due(), command)
"""


@define(eq=False)
class Owner:
    """Keeps what it hears of a crash."""

    heard: threading.Event = field(factory=threading.Event)
    errors: list[Exception] = field(factory=list)

    def __call__(self, error: Exception) -> None:
        self.errors.append(error)
        self.heard.set()


class TestInTheBackground:
    @pytest.fixture
    def owner(self) -> Owner:
        return Owner()

    @pytest.fixture
    def log(self) -> DispatchLog:
        return DispatchLog(SystemClock())

    def test_it_sends_until_it_is_stopped(
        self, dispatch: DispatchDue, listener: Listener, log: DispatchLog, owner: Owner
    ) -> None:
        background = BackgroundDispatcher(dispatch, log, owner)
        running = [background.is_running]
        background.start()
        assert listener.has_concluded.wait(BOUND_S)
        running.append(background.is_running)
        assert background.stop(BOUND_S)
        assert background.stop(BOUND_S)
        assert [*running, background.is_running] == [False, True, False]
        assert owner.errors == []

    def test_one_that_was_never_started_is_stopped_already(
        self, dispatch: DispatchDue, log: DispatchLog, owner: Owner
    ) -> None:
        assert BackgroundDispatcher(dispatch, log, owner).stop(0)

    def test_it_waits_for_a_store_that_cannot_be_used_and_goes_on(
        self, dispatch: DispatchDue, listener: Listener, log: DispatchLog, owner: Owner
    ) -> None:
        queue = FailingQueue(dispatch.queue, [StoreUnavailable("the disk is full"), StoreUnavailable("still full")])
        broken = evolve(dispatch, queue=cast("DispatchQueue", queue))
        with capture_logs() as logs:
            background = BackgroundDispatcher(broken, log, owner, restart_wait_s=0.01)
            background.start()
            assert listener.has_concluded.wait(BOUND_S)
            assert background.stop(BOUND_S)
        assert queue.registrations == 3
        assert owner.errors == []
        assert [(one["event"], one["error"]) for one in logs] == [
            ("store_unavailable", "the disk is full"),
            ("store_unavailable", "still full"),
        ]

    def test_it_stops_while_it_waits_for_the_store(self, dispatch: DispatchDue, log: DispatchLog, owner: Owner) -> None:
        queue = FailingQueue(dispatch.queue, [StoreUnavailable("gone")] * 100)
        broken = evolve(dispatch, queue=cast("DispatchQueue", queue))
        with capture_logs():
            background = BackgroundDispatcher(broken, log, owner, restart_wait_s=3600)
            background.start()
            assert queue.has_failed.wait(BOUND_S)
            assert background.stop(BOUND_S)
        assert owner.errors == []

    def test_its_owner_hears_of_a_crash(self, dispatch: DispatchDue, log: DispatchLog, owner: Owner) -> None:
        bug = ZeroDivisionError("to ada@example.com")
        broken = evolve(dispatch, queue=cast("DispatchQueue", FailingQueue(dispatch.queue, [bug])))
        with capture_logs() as logs:
            background = BackgroundDispatcher(broken, log, owner)
            background.start()
            assert owner.heard.wait(BOUND_S)
            assert background.stop(BOUND_S)
        assert owner.errors == [bug]
        critical = [one for one in logs if one["log_level"] == "critical"]
        assert [(one["event"], one["error"]) for one in critical] == [("dispatcher_crashed", "ZeroDivisionError")]
