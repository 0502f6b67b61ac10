from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.campaign import Campaign, CampaignStatus
from domain.channel import Channel
from domain.claim import Conclusion
from domain.errors import StoreUnavailable
from domain.hand_over import HandOver
from domain.lifecycle import Event, Status
from domain.notification_type import NotificationType
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from entrypoints.dispatch_log import DispatchLog
from tests.unit.application.sending.desk import ManualClock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = "ada@example.com"
Entries = Sequence[MutableMapping[str, Any]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def log(clock: ManualClock) -> DispatchLog:
    return DispatchLog(clock)


def above_debug(entries: Entries) -> list[dict[str, Any]]:
    return [dict(entry) for entry in entries if entry["log_level"] != "debug"]


def a_conclusion(event: Event, status: Status, number: int = 1) -> Conclusion:
    hand_over = HandOver(
        notification_id=number,
        fence=1,
        attempt=1,
        gateway="mail",
        address=ADDRESS,
        outcome="accepted",
        at=NOW,
        duration_ms=3,
    )
    suppression = Suppression(
        channel=Channel.EMAIL, address=ADDRESS, reason=SuppressionReason.UNREACHABLE, at=NOW, detail="gone"
    )
    return Conclusion(
        notification_id=number,
        fence=1,
        event=event,
        status=status,
        reason="550 no such user",
        hand_overs=[hand_over],
        suppressions=[suppression],
    )


def a_campaign(status: CampaignStatus) -> Campaign:
    return Campaign(
        id=7,
        name="spring",
        channels=(Channel.EMAIL,),
        type=NotificationType.PROMOTIONAL,
        status=status,
        send_at=NOW,
        expires_at=NOW + timedelta(days=1),
        created_at=NOW,
        considered=5,
        total=9,
        created=4,
    )


def test_conclusions_are_counted_and_each_is_told_at_debug(log: DispatchLog) -> None:
    conclusions = [
        a_conclusion(Event.ACCEPT, Status.SENT, 1),
        a_conclusion(Event.ACCEPT, Status.SENT, 2),
        a_conclusion(Event.REJECT, Status.FAILED, 3),
    ]
    with capture_logs() as entries:
        log.concluded(conclusions)
        log.concluded([])
    assert above_debug(entries) == [{"event": "concluded", "log_level": "info", "total": 3, "accept": 2, "reject": 1}]
    assert entries[-1] == {
        "event": "conclusion",
        "log_level": "debug",
        "notification": 3,
        "fence": 1,
        "what": "reject",
        "status": "failed",
        "reason": "550 no such user",
    }
    assert ADDRESS not in str(entries)


def test_a_rescue_is_a_warning(log: DispatchLog) -> None:
    with capture_logs() as entries:
        log.rescued([a_conclusion(Event.DEFER, Status.PENDING)])
    assert above_debug(entries) == [{"event": "rescued", "log_level": "warning", "total": 1, "defer": 1}]


def test_a_campaign_is_told_at_its_end_and_its_chunks_at_debug(log: DispatchLog) -> None:
    with capture_logs() as entries:
        log.advanced(a_campaign(CampaignStatus.RUNNING))
        log.advanced(a_campaign(CampaignStatus.FINISHED))
    assert [entry["log_level"] for entry in entries] == ["debug", "info"]
    assert entries[1] == {
        "event": "campaign",
        "log_level": "info",
        "campaign": 7,
        "status": "finished",
        "considered": 5,
        "total": 9,
        "created": 4,
    }


def test_a_gateway_that_rests_is_a_warning(log: DispatchLog) -> None:
    with capture_logs() as entries:
        log.gateway_rests("mail", NOW, "421 too busy")
    assert entries == [
        {
            "event": "gateway_rests",
            "log_level": "warning",
            "gateway": "mail",
            "until": "2026-03-02T09:00:00+00:00",
            "reason": "421 too busy",
        }
    ]


def test_what_a_sender_raised_is_told_by_its_kind_and_place_alone(log: DispatchLog) -> None:
    error = _raised(ValueError(f"cannot send to {ADDRESS}"))
    with capture_logs() as entries:
        log.sender_failed("own", error)
    (entry,) = above_debug(entries)
    assert (entry["event"], entry["log_level"], entry["gateway"]) == ("sender_failed", "error", "own")
    assert entry["error"] == "ValueError"
    assert entry["place"].endswith("in _raised")
    assert ADDRESS not in str(entry)
    assert entries[-1]["exc_info"] is error


def test_an_error_that_was_never_raised_has_no_place(log: DispatchLog) -> None:
    with capture_logs() as entries:
        log.crashed(ValueError("a bug"))
    assert above_debug(entries)[0]["place"] == "unknown"


class TestAStoreThatFails:
    def test_is_told_once_a_minute(self, log: DispatchLog, clock: ManualClock) -> None:
        with capture_logs() as entries:
            for _ in range(3):
                log.store_failed(StoreUnavailable("the disk is full"))
            clock.forward(timedelta(seconds=60))
            log.store_failed(StoreUnavailable("the disk is full"))
        assert entries == [{"event": "store_unavailable", "log_level": "warning", "error": "the disk is full"}] * 2

    def test_is_told_at_once_for_another_reason(self, log: DispatchLog) -> None:
        with capture_logs() as entries:
            log.store_failed(StoreUnavailable("the disk is full"))
            log.store_failed(StoreUnavailable("it is read-only"))
        assert [entry["error"] for entry in entries] == ["the disk is full", "it is read-only"]

    def test_is_told_again_after_it_worked(self, log: DispatchLog) -> None:
        with capture_logs() as entries:
            log.store_failed(StoreUnavailable("the disk is full"))
            log.concluded([])
            log.store_failed(StoreUnavailable("the disk is full"))
        assert len(entries) == 2


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except ValueError as caught:
        return caught
