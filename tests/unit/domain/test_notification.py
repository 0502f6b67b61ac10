"""The times of a notification, and the words that are derived and not stored."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.channel import Channel
from domain.content import Content
from domain.lifecycle import Status
from domain.notification import HORIZON, Notification, expiry, timing_problems
from domain.notification_type import TYPE_POLICIES, NotificationType

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(milliseconds=1)


def a_notification(**changes: Any) -> Notification:
    fields: dict[str, Any] = {
        "id": 1,
        "recipient_id": "ada",
        "channel": Channel.SMS,
        "type": NotificationType.TRANSACTIONAL,
        "content": Content(body="hello"),
        "status": Status.PENDING,
        "send_at": NOW,
        "next_attempt_at": NOW,
        "expires_at": NOW + HOUR,
        "created_at": NOW,
    }
    return Notification(**{**fields, **changes})


class TestExpiry:
    @pytest.mark.parametrize(("kind", "days"), list(zip(NotificationType, (1, 3, 7), strict=True)))
    def test_counts_from_send_at_by_the_type(self, kind: NotificationType, days: int) -> None:
        assert expiry(NOW, None, TYPE_POLICIES[kind]) == NOW + timedelta(days=days)

    def test_is_as_given(self) -> None:
        assert expiry(NOW, NOW + HOUR, TYPE_POLICIES[NotificationType.PROMOTIONAL]) == NOW + HOUR


class TestTimes:
    @pytest.mark.parametrize(
        ("send_at", "expires_at", "fields"),
        [
            (None, None, []),
            (NOW, None, []),
            (NOW - 999 * HOUR, None, []),  # due at once
            (NOW + HORIZON, None, []),
            (NOW + HORIZON + TICK, None, ["send_at"]),
            (datetime.max.replace(tzinfo=UTC), None, ["send_at"]),
            (datetime.min.replace(tzinfo=UTC), None, []),
            (None, NOW + TICK, []),
            (None, NOW, ["expires_at"]),
            (None, NOW - HOUR, ["expires_at"]),
            (NOW + HOUR, NOW + HOUR, ["expires_at"]),
            (NOW + HOUR, NOW + HOUR + TICK, []),
            (NOW - HOUR, NOW + TICK, []),
            (None, NOW + 2 * HORIZON, []),
            (None, NOW + 2 * HORIZON + TICK, ["expires_at"]),
            (NOW + 2 * HORIZON, NOW - HOUR, ["send_at", "expires_at"]),
            (NOW.astimezone(timezone(HOUR)) + HOUR, NOW + HOUR, ["expires_at"]),
        ],
    )
    def test_are_sound_or_named(self, send_at: datetime | None, expires_at: datetime | None, fields: list[str]) -> None:
        assert [problem.field for problem in timing_problems(NOW, send_at, expires_at)] == fields

    @given(st.datetimes(timezones=st.just(UTC)), st.none() | st.datetimes(timezones=st.just(UTC)))
    def test_that_are_taken_leave_something_to_live(self, send_at: datetime, expires_at: datetime | None) -> None:
        if not timing_problems(NOW, send_at, expires_at):
            end = expiry(send_at, expires_at, TYPE_POLICIES[NotificationType.PROMOTIONAL])
            assert end > send_at
            assert expires_at is None or end > NOW


class TestDerivedWords:
    @pytest.mark.parametrize("status", Status)
    @pytest.mark.parametrize("attempts", [0, 1])
    @pytest.mark.parametrize("later", [False, True])
    def test_scheduled_and_retrying_are_pending_of_two_kinds(self, status: Status, attempts: int, later: bool) -> None:
        found = a_notification(status=status, attempts=attempts, send_at=NOW + HOUR if later else NOW)
        assert found.is_scheduled(NOW) is (status is Status.PENDING and attempts == 0 and later)
        assert found.is_retrying is (status is Status.PENDING and attempts == 1)

    def test_what_is_due_is_not_scheduled_any_more(self) -> None:
        assert a_notification(send_at=NOW + HOUR).is_scheduled(NOW + HOUR - TICK)
        assert not a_notification(send_at=NOW + HOUR).is_scheduled(NOW + HOUR)
