from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from adapters.gateways.fcm_codes import CODES, STATUSES, FcmRefusal
from adapters.gateways.fcm_message import TTL_MAX, fcm_message
from adapters.gateways.verdict import Verdict
from application.ports.sender import OutboundMessage
from domain.address import PushAddress
from domain.channel import Channel
from domain.content import Content
from domain.notification_type import NotificationType

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
STATUSES_MET = [300, 301, 304, 400, 401, 403, 404, 405, 407, 408, 409, 413, 422, 429, 451, 500, 501, 502, 503, 504, 599]


def message(reference: str, time_to_live: timedelta) -> OutboundMessage:
    return OutboundMessage(
        notification_id=1,
        fence=1,
        channel=Channel.PUSH,
        type=NotificationType.TRANSACTIONAL,
        recipient_id="ada",
        address="device-token",
        content=Content(body="It is on its way."),
        reference=reference,
        expires_at=NOW + time_to_live,
    )


@pytest.mark.parametrize("code", CODES)
def test_a_listed_code_decides_whatever_the_status(code: str) -> None:
    assert FcmRefusal(400, code).row(has_taken=True) is CODES[code]


def test_what_wrong_credentials_say_of_every_device_blames_none_before_one_message_was_taken() -> None:
    row = FcmRefusal(403, "SENDER_ID_MISMATCH").row(has_taken=False)

    assert row.verdict is Verdict.MISCONFIGURED


@pytest.mark.parametrize("code", [code for code in CODES if code != "SENDER_ID_MISMATCH"])
def test_every_other_code_means_the_same_from_the_start(code: str) -> None:
    assert FcmRefusal(400, code).row(has_taken=False) is CODES[code]


@pytest.mark.parametrize("has_taken", [True, False])
@pytest.mark.parametrize("status", STATUSES_MET)
@pytest.mark.parametrize("code", [None, "A_CODE_OF_TOMORROW"])
def test_a_code_that_is_not_listed_never_blames_the_address(status: int, code: str | None, *, has_taken: bool) -> None:
    row = FcmRefusal(status, code).row(has_taken=has_taken)

    assert row.verdict is not Verdict.UNREACHABLE
    if status in STATUSES:
        assert row is STATUSES[status]
    elif status >= 500:
        assert row.verdict is Verdict.UNKNOWN
    else:
        assert row.verdict is (Verdict.MISCONFIGURED if status < 400 else Verdict.REJECTED)


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        [],
        {},
        {"error": None},
        {"error": "text"},
        {"error": {"details": "text"}},
        {"error": {"details": [None, 7, "text", {}]}},
        {"error": {"details": [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": 7}]}},
        {"error": {"details": [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": {}}]}},
        {"error": {"details": [{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": 7}]}},
    ],
)
def test_an_answer_of_another_shape_says_nothing(body: Any) -> None:
    assert FcmRefusal.parse(400, body) == FcmRefusal(400)


def test_what_only_somebody_can_mend_comes_with_a_remedy() -> None:
    assert all(row.remedy for row in STATUSES.values() if row.verdict is Verdict.MISCONFIGURED)


def test_a_message_lives_for_four_weeks_at_most() -> None:
    push = fcm_message(message("1.abc", timedelta(days=365)), PushAddress.parse("device-token"), NOW)

    assert push.android.ttl == TTL_MAX
    assert push.apns.headers["apns-expiration"] == str(int((NOW + TTL_MAX).timestamp()))
    assert push.webpush.headers["TTL"] == str(28 * 86_400)


@pytest.mark.parametrize(
    ("type_", "android", "apns", "web"),
    [
        (NotificationType.TRANSACTIONAL, "high", "10", "high"),
        (NotificationType.INFORMATIONAL, "normal", "5", "normal"),
        (NotificationType.PROMOTIONAL, "normal", "5", "normal"),
    ],
)
def test_only_what_is_transactional_wakes_a_sleeping_phone(
    type_: NotificationType, android: str, apns: str, web: str
) -> None:
    shown = evolve(message("1.abc", timedelta(hours=1)), type=type_)

    push = fcm_message(shown, PushAddress.parse("device-token"), NOW)

    assert push.android.priority == android
    assert push.apns.headers["apns-priority"] == apns
    assert push.webpush.headers["Urgency"] == web


def test_what_shows_nothing_is_never_urgent_for_apple() -> None:
    silent = evolve(message("1.abc", timedelta(hours=1)), content=Content(data={"sync": "now"}))

    push = fcm_message(silent, PushAddress.parse("device-token"), NOW)

    assert push.apns.headers["apns-priority"] == "5"
    assert push.android.priority == "high"


def test_no_collapse_key_makes_fcm_drop_what_an_offline_phone_has_not_seen() -> None:
    push = fcm_message(message("1.abc", timedelta(hours=1)), PushAddress.parse("device-token"), NOW)

    assert push.android.collapse_key is None
    assert push.android.notification.tag == push.webpush.notification.tag == "1.abc"


def test_a_reference_too_long_to_collapse_by_is_shortened_to_the_same_text_every_time() -> None:
    address = PushAddress.parse("device-token")

    first, again, other = (
        fcm_message(message(reference, timedelta(hours=1)), address, NOW).apns.headers["apns-collapse-id"]
        for reference in ("x" * 65, "x" * 65, "y" * 65)
    )

    assert len(first) == 64
    assert first == again != other
