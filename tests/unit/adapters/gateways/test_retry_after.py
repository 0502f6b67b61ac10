from datetime import UTC, datetime, timedelta

import pytest

from adapters.gateways.retry_after import retry_after

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 1),
        ("86400", 3600),
        ("9" * 40, 3600),
        ("Sun, 22 Nov 2026 10:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 10:00:30", 30),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 1),
        ("Mon, 23 Nov 2026 10:00:00 GMT", 3600),
    ],
)
def test_a_time_to_wait_is_held_between_a_second_and_an_hour(header: str, seconds: int) -> None:
    assert retry_after(header, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "1.5", "\u0667", "Sun, 99 Nov 2026 10:00:30 GMT"])
def test_what_cannot_be_read_asks_for_nothing(header: str | None) -> None:
    assert retry_after(header, NOW) is None
