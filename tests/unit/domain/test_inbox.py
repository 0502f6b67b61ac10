from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain.inbox import InboxHappening, InboxItem, Mark
from domain.notification_type import NotificationType

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
FRESH = InboxItem(notification_id=1, recipient_id="ada", type=NotificationType.TRANSACTIONAL, at=NOW)
TAKEN_BACK = {Mark.SEEN: Mark.UNSEEN, Mark.READ: Mark.UNREAD, Mark.ARCHIVED: Mark.UNARCHIVED}


def times(item: InboxItem) -> tuple[datetime | None, datetime | None, datetime | None]:
    return item.seen_at, item.read_at, item.archived_at


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (Mark.SEEN, (NOW, None, None)),
        (Mark.READ, (NOW, NOW, None)),
        (Mark.ARCHIVED, (None, None, NOW)),
        (Mark.UNSEEN, (None, None, None)),
        (Mark.UNREAD, (None, None, None)),
        (Mark.UNARCHIVED, (None, None, None)),
    ],
)
def test_what_a_mark_makes_of_a_fresh_item(mark: Mark, expected: tuple[datetime | None, ...]) -> None:
    assert times(FRESH.marked(mark, NOW)) == expected


@pytest.mark.parametrize("mark", Mark)
def test_marking_twice_keeps_the_first_time(mark: Mark) -> None:
    once = FRESH.marked(mark, NOW)
    assert once.marked(mark, LATER) == once


def test_reading_keeps_the_time_it_was_seen_at() -> None:
    assert times(FRESH.marked(Mark.SEEN, NOW).marked(Mark.READ, LATER)) == (NOW, LATER, None)


def test_what_was_not_read_may_still_have_been_seen() -> None:
    assert times(FRESH.marked(Mark.READ, NOW).marked(Mark.UNREAD, LATER)) == (NOW, None, None)


@pytest.mark.parametrize(("mark", "back"), list(TAKEN_BACK.items()))
def test_a_mark_is_taken_back(mark: Mark, back: Mark) -> None:
    taken = FRESH.marked(mark, NOW).marked(back, LATER)
    assert times(taken.marked(Mark.UNSEEN, LATER)) == times(FRESH)


@pytest.mark.parametrize(("first", "second", "third"), list(product(Mark, repeat=3)))
def test_whatever_is_read_has_been_seen(first: Mark, second: Mark, third: Mark) -> None:
    item = FRESH.marked(first, NOW).marked(second, LATER).marked(third, LATER)
    assert item.read_at is None or item.seen_at is not None


def test_every_mark_is_something_that_happens() -> None:
    assert {happening.value for happening in InboxHappening} == {"new"} | {mark.value for mark in Mark}
