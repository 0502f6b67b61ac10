"""Reading, marking and following an inbox."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.memory.store import MemoryStore
from adapters.sqlite.store import SqliteStore
from application.inbox.follow_inbox import EVENTS_MAX, FollowInbox, WatchInboxes
from application.inbox.mark_inbox import MarkInbox
from application.inbox.read_inbox import ReadInbox
from application.ports.inbox_repository import EVENTS_KEPT, MARKED_MAX, InboxQuery
from domain.channel import Channel
from domain.errors import NotFound
from domain.inbox import InboxCounts, InboxItem, Mark
from domain.lifecycle import Status
from domain.outcome import Accepted
from domain.receipt import ReceiptKind
from tests.contracts.given import a_message, add, add_one, answer, claims
from tests.contracts.inbox_repository import put
from tests.contracts.stores import Stores
from tests.unit.application.sending.desk import START, ManualClock


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    store: Stores
    if request.param == "memory":
        store = MemoryStore(new_id=lambda: "home")
    else:
        store = SqliteStore.open(tmp_path / "tocsin.db", new_id=lambda: "home")
    yield store
    store.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def mark(stores: Stores, clock: ManualClock) -> MarkInbox:
    return MarkInbox(
        recipients=stores.recipients,
        inbox=stores.inbox,
        receipts=stores.receipts,
        clock=clock,
        store_id=stores.identity,
    )


@pytest.fixture
def follow(stores: Stores) -> FollowInbox:
    return FollowInbox(recipients=stores.recipients, inbox=stores.inbox)


def kinds(stores: Stores, number: int) -> list[ReceiptKind]:
    return [receipt.kind for receipt in stores.receipts.of_notification(number)]


def test_an_inbox_is_read_page_by_page_with_its_counts(stores: Stores, mark: MarkInbox) -> None:
    ids = put(stores)
    mark("ada", Mark.SEEN, ids[:1])
    read = ReadInbox(recipients=stores.recipients, inbox=stores.inbox)

    first = read(InboxQuery(recipient_id="ada", limit=2))
    second = read(InboxQuery(recipient_id="ada", limit=2, after=first.next))

    assert ([item.notification_id for item in first.items], first.next) == (ids[:0:-1], ids[1])
    assert ([item.notification_id for item in second.items], second.next) == (ids[:1], None)
    assert first.counts == second.counts == InboxCounts(3, 2, 3)
    assert len(read(InboxQuery(recipient_id="ada")).items) == 3
    with pytest.raises(NotFound, match="no recipient has the id bob"):
        read(InboxQuery(recipient_id="bob"))


def test_marking_says_how_much_it_changed_and_how_many_are_left(stores: Stores, mark: MarkInbox) -> None:
    a, b, _ = put(stores)

    assert (mark("ada", Mark.READ, [a, b]).changed, mark("ada", Mark.READ, [a]).changed) == (2, 0)
    marked = mark("ada", Mark.SEEN)

    assert (marked.changed, marked.counts) == (1, InboxCounts(3, 0, 1))


def test_a_large_inbox_is_marked_to_its_end(stores: Stores, mark: MarkInbox) -> None:
    put(stores, how_many=2 * MARKED_MAX)

    assert mark("ada", Mark.ARCHIVED).changed == 2 * MARKED_MAX
    assert mark("ada", Mark.ARCHIVED).counts == InboxCounts()


def test_marking_in_the_inbox_of_nobody_or_of_somebody_else_is_not_found(stores: Stores, mark: MarkInbox) -> None:
    (own,) = put(stores, how_many=1)
    (foreign,) = put(stores, "bob", 1)

    for name, ids in (("nobody", None), ("nobody", [own]), ("ada", [foreign])):
        with pytest.raises(NotFound):
            mark(name, Mark.READ, ids)
    assert kinds(stores, foreign) == []


def sent_in_app(stores: Stores) -> int:
    """Send one message to Ada's inbox, and return its notification."""
    number = add_one(stores, a_message(channel=Channel.IN_APP)).id
    (claim,) = claims(stores)
    stores.inbox.put(
        [InboxItem(notification_id=number, recipient_id="ada", type=claim.type, at=START, body="It is here.")]
    )
    assert answer(stores, claim, Accepted()).status is Status.SENT
    return number


def counted(stores: Stores, what: str) -> int:
    return sum(one.number for one in stores.reports.counted(None, None).tallies if one.what == what)


@pytest.mark.parametrize(
    ("made", "receipts"),
    [
        (Mark.SEEN, [ReceiptKind.DELIVERED]),
        (Mark.READ, [ReceiptKind.OPENED]),
    ],
)
def test_what_is_seen_or_read_has_arrived(
    stores: Stores, mark: MarkInbox, made: Mark, receipts: list[ReceiptKind]
) -> None:
    number = sent_in_app(stores)

    mark("ada", made, [number])
    mark("ada", made, [number])

    assert stores.notifications.get(number).status is Status.DELIVERED
    assert kinds(stores, number) == receipts
    assert (counted(stores, "deliver"), counted(stores, "opened")) == (1, receipts.count(ReceiptKind.OPENED))


def test_marking_all_tells_every_notification(stores: Stores, mark: MarkInbox) -> None:
    first, second = sent_in_app(stores), sent_in_app(stores)

    mark("ada", Mark.READ)

    assert [stores.notifications.get(one).status for one in (first, second)] == [Status.DELIVERED] * 2


@pytest.mark.parametrize("made", [Mark.ARCHIVED, Mark.UNARCHIVED, Mark.UNREAD, Mark.UNSEEN])
def test_other_marks_tell_nothing(stores: Stores, mark: MarkInbox, made: Mark) -> None:
    number = sent_in_app(stores)

    mark("ada", made, [number])

    assert stores.notifications.get(number).status is Status.SENT
    assert kinds(stores, number) == []


def test_a_mark_that_was_not_told_is_told_by_the_next_one(stores: Stores, mark: MarkInbox) -> None:
    number = sent_in_app(stores)
    stores.inbox.mark("ada", [number], Mark.READ, START)  # and the process died

    assert mark("ada", Mark.READ, [number]).changed == 0

    assert stores.notifications.get(number).status is Status.DELIVERED


def test_a_follower_begins_with_the_counts_and_goes_on_from_there(
    stores: Stores, mark: MarkInbox, follow: FollowInbox
) -> None:
    (a,) = put(stores, how_many=1)
    begun = follow("ada", None)
    assert (list(begun.events), begun.counts, begun.was_cut) == ([], InboxCounts(1, 1, 1), False)

    (b,) = put(stores, how_many=1)
    mark("ada", Mark.READ, [a])
    news = follow("ada", begun.last)

    assert [(one.notification_id, one.what.value) for one in news.events] == [(b, "new"), (a, "read")]
    assert news.counts == InboxCounts(2, 1, 1)
    assert list(follow("ada", news.last).events) == []


def test_what_happens_elsewhere_brings_a_follower_forward(stores: Stores, follow: FollowInbox) -> None:
    put(stores, how_many=1)
    begun = follow("ada", None)

    put(stores, "bob", how_many=5)

    assert follow("ada", begun.last).last == begun.last + 5


def test_a_follower_gets_no_more_at_once_than_it_can_take(stores: Stores, follow: FollowInbox) -> None:
    ids = put(stores, how_many=EVENTS_MAX + 2)

    first = follow("ada", 0)
    second = follow("ada", first.last)

    assert [one.notification_id for one in (*first.events, *second.events)] == ids
    assert len(first.events) == EVENTS_MAX


def test_a_follower_that_was_away_for_too_long_is_told_to_begin_anew(
    stores: Stores, clock: ManualClock, mark: MarkInbox, follow: FollowInbox
) -> None:
    (a,) = put(stores, how_many=1)
    clock.forward(EVENTS_KEPT + timedelta(seconds=1))
    mark("ada", Mark.SEEN, [a])

    news = follow("ada", 0)

    assert (list(news.events), news.was_cut, news.counts) == ([], True, InboxCounts(1, 0, 1))
    assert follow("ada", news.last).was_cut is False
    assert follow("ada", news.last + 1000).was_cut is True


def test_nobody_can_be_followed_whom_nobody_knows(follow: FollowInbox) -> None:
    with pytest.raises(NotFound):
        follow("nobody", None)


def test_many_inboxes_are_watched_in_one_look(stores: Stores) -> None:
    heard: list[bool] = []
    watch = WatchInboxes(inbox=stores.inbox)
    end = watch.listen(lambda: heard.append(True))
    add(stores, a_message("cyd"))

    put(stores, how_many=1)
    put(stores, "bob", how_many=1)
    end()
    put(stores, how_many=1)

    assert watch(["ada", "bob", "cyd"]) == {"ada": 3, "bob": 2}
    assert heard == [True, True]
