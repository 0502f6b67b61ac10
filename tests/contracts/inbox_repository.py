"""What every store of inbox items must do."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.inbox_repository import EVENTS_KEPT, MARKED_MAX, InboxQuery
from domain.channel import Channel
from domain.errors import NotFound
from domain.inbox import InboxCounts, InboxEvent, InboxItem, Mark
from domain.notification_type import NotificationType
from tests.contracts.given import NOW, SECOND, a_message, add, add_one, only
from tests.contracts.stores import Stores

LATER = NOW + SECOND
LONG_AFTER = NOW + EVENTS_KEPT + SECOND


def an_item(stores: Stores, to: str = "ada", body: str = "Welcome") -> InboxItem:
    added = add_one(stores, a_message(to, channel=Channel.IN_APP))
    return InboxItem(
        notification_id=added.id,
        recipient_id=to,
        type=NotificationType.INFORMATIONAL,
        at=NOW,
        subject="Hello",
        body=body,
        topic="news",
        data={"link": "/orders/7"},
    )


def put(stores: Stores, to: str = "ada", how_many: int = 3) -> list[int]:
    """Put some items in one call, and return their ids in the order in which they came."""
    added = add(stores, *(a_message(to, channel=Channel.IN_APP) for _ in range(how_many)))
    items = [InboxItem(notification_id=one.id, recipient_id=to, type=one.type, at=NOW, body="Hi") for one in added]
    stores.inbox.put(items)
    return [one.id for one in added]


def found(stores: Stores, to: str = "ada", limit: int = 0, after: int | None = None, **more: bool) -> list[InboxItem]:
    return list(stores.inbox.find(InboxQuery(recipient_id=to, limit=limit, after=after, **more)))


def ids(items: Iterable[InboxItem]) -> list[int]:
    return [item.notification_id for item in items]


def told(events: Iterable[InboxEvent] | None) -> list[tuple[int | None, str]]:
    assert events is not None
    return [(event.notification_id, event.what.value) for event in events]


def happened(stores: Stores, to: str = "ada", after: int = 0) -> list[tuple[int | None, str]]:
    return told(stores.inbox.events(to, after, 1000))


class InboxRepositoryContract:
    """At most one item a notification, marks, counts, and events in the order of the commits."""

    def test_an_item_reads_back_as_it_was_put(self, stores: Stores) -> None:
        item = an_item(stores)

        stores.inbox.put([item])

        assert only(found(stores)) == item

    def test_a_bare_item_reads_back_too(self, stores: Stores) -> None:
        item = evolve(an_item(stores), subject=None, topic=None, data={})

        stores.inbox.put([item])

        assert only(found(stores)) == item

    def test_a_marked_item_reads_back_with_its_marks(self, stores: Stores) -> None:
        item = evolve(an_item(stores), seen_at=NOW, read_at=LATER, archived_at=LATER)

        stores.inbox.put([item])

        assert only(found(stores, archived=True)) == item

    def test_a_second_one_for_the_same_notification_changes_nothing(self, stores: Stores) -> None:
        item, other = an_item(stores), an_item(stores, body="Other")
        stores.inbox.put([item])

        stores.inbox.put([evolve(item, body="again", at=LATER), other])

        assert found(stores) == [other, item]
        assert happened(stores) == [(item.notification_id, "new"), (other.notification_id, "new")]

    def test_a_repeat_within_one_call_is_stored_once_and_the_first_one_counts(self, stores: Stores) -> None:
        item = an_item(stores)

        stores.inbox.put([item, evolve(item, body="again")])

        assert found(stores) == [item]
        assert happened(stores) == [(item.notification_id, "new")]

    def test_a_person_sees_only_their_own(self, stores: Stores) -> None:
        stores.inbox.put([an_item(stores, "ada"), an_item(stores, "bob")])

        assert only(found(stores, "bob")).recipient_id == "bob"
        assert found(stores, "nobody") == []
        assert len(happened(stores, "bob")) == 1
        assert happened(stores, "nobody") == []

    def test_the_newest_come_first_page_by_page(self, stores: Stores) -> None:
        items = [an_item(stores, body=f"item {number}") for number in range(5)]
        stores.inbox.put(items)

        first = found(stores, limit=2)
        second = found(stores, limit=2, after=first[-1].notification_id)
        third = found(stores, limit=2, after=second[-1].notification_id)

        assert [*first, *second, *third] == items[::-1]

    def test_a_limit_of_zero_means_all(self, stores: Stores) -> None:
        numbers = put(stores, how_many=60)

        assert len(found(stores)) == 60
        assert len(found(stores, after=numbers[10])) == 10

    def test_nothing_put_is_nothing_found(self, stores: Stores) -> None:
        stores.inbox.put([])

        assert found(stores) == []
        assert stores.inbox.last_event() == 0

    def test_pages_of_what_is_unread_and_of_what_was_put_away(self, stores: Stores) -> None:
        a, b, c, d = put(stores, how_many=4)
        stores.inbox.mark("ada", [b, d], Mark.READ, NOW)
        stores.inbox.mark("ada", [c, d], Mark.ARCHIVED, NOW)

        assert ids(found(stores)) == [b, a]
        assert ids(found(stores, unread=True)) == [a]
        assert ids(found(stores, archived=True)) == [d, c]
        assert ids(found(stores, archived=True, unread=True)) == [c]
        assert ids(found(stores, archived=True, limit=1)) == [d]
        assert ids(found(stores, archived=True, limit=1, after=d)) == [c]

    def test_put_away_ones_come_by_their_age_and_not_by_when_that_was(self, stores: Stores) -> None:
        a, b, c = put(stores)
        for number, at in ((c, NOW), (a, LATER), (b, NOW + 2 * SECOND)):
            stores.inbox.mark("ada", [number], Mark.ARCHIVED, at)

        assert ids(found(stores, archived=True)) == [c, b, a]
        assert ids(found(stores, archived=True, after=c, limit=1)) == [b]

    @pytest.mark.parametrize("before", [(), (Mark.SEEN,), (Mark.READ,), (Mark.ARCHIVED,), (Mark.READ, Mark.ARCHIVED)])
    @pytest.mark.parametrize("mark", Mark)
    def test_a_mark_makes_of_an_item_what_the_domain_says(
        self, stores: Stores, before: tuple[Mark, ...], mark: Mark
    ) -> None:
        item = an_item(stores)
        for earlier in before:
            item = item.marked(earlier, NOW)
        stores.inbox.put([item])
        expected = item.marked(mark, LATER)
        last = stores.inbox.last_event()

        changed = stores.inbox.mark("ada", [item.notification_id], mark, LATER)
        again = stores.inbox.mark("ada", [item.notification_id], mark, LATER + SECOND)

        assert only([*found(stores), *found(stores, archived=True)]) == expected
        assert list(changed) == ([] if expected == item else [item.notification_id])
        assert list(again) == []
        assert happened(stores, after=last) == [(number, mark.value) for number in changed]

    def test_several_are_marked_at_once_and_each_is_told(self, stores: Stores) -> None:
        a, b, c = put(stores)
        stores.inbox.mark("ada", [b], Mark.SEEN, NOW)
        last = stores.inbox.last_event()

        assert list(stores.inbox.mark("ada", [c, b, a, c], Mark.SEEN, LATER)) == [c, a]

        assert happened(stores, after=last) == [(c, "seen"), (a, "seen")]
        assert {item.notification_id: item.seen_at for item in found(stores)} == {a: LATER, b: NOW, c: LATER}

    def test_what_is_not_in_the_persons_inbox_refuses_the_whole_call(self, stores: Stores) -> None:
        (own,) = put(stores, how_many=1)
        (foreign,) = put(stores, "bob", how_many=1)
        last = stores.inbox.last_event()

        for named in ([own, foreign], [own, 999], [foreign]):
            with pytest.raises(NotFound, match=f"message of this inbox has the id {named[-1]}"):
                stores.inbox.mark("ada", named, Mark.READ, NOW)
        with pytest.raises(NotFound):
            stores.inbox.mark("nobody", [own], Mark.READ, NOW)

        assert only(found(stores)).read_at is None
        assert only(found(stores, "bob")).read_at is None
        assert stores.inbox.last_event() == last

    def test_all_are_marked_but_those_put_away_and_one_event_tells_it(self, stores: Stores) -> None:
        a, b, c = put(stores)
        put(stores, "bob")
        stores.inbox.mark("ada", [b], Mark.ARCHIVED, NOW)
        last = stores.inbox.last_event()

        assert sorted(stores.inbox.mark("ada", None, Mark.READ, NOW)) == [a, c]
        assert list(stores.inbox.mark("ada", None, Mark.READ, LATER)) == []
        assert list(stores.inbox.mark("nobody", None, Mark.READ, LATER)) == []

        assert happened(stores, after=last) == [(None, "read")]
        assert all(item.read_at == item.seen_at == NOW for item in found(stores))
        assert only(found(stores, archived=True)).read_at is None
        assert stores.inbox.counts("bob").unread == 3

    def test_a_large_inbox_is_marked_bit_by_bit(self, stores: Stores) -> None:
        put(stores, how_many=MARKED_MAX + 5)

        assert len(stores.inbox.mark("ada", None, Mark.SEEN, NOW)) == MARKED_MAX
        assert len(stores.inbox.mark("ada", None, Mark.SEEN, NOW)) == 5
        assert len(stores.inbox.mark("ada", None, Mark.SEEN, NOW)) == 0

    def test_counts_leave_out_what_was_put_away(self, stores: Stores) -> None:
        a, b, c = put(stores)
        put(stores, "bob", 1)
        assert stores.inbox.counts("ada") == InboxCounts(3, 3, 3)

        stores.inbox.mark("ada", [a], Mark.SEEN, NOW)
        stores.inbox.mark("ada", [b], Mark.READ, NOW)
        assert stores.inbox.counts("ada") == InboxCounts(3, 1, 2)

        stores.inbox.mark("ada", [b, c], Mark.ARCHIVED, NOW)
        assert stores.inbox.counts("ada") == InboxCounts(1, 0, 1)

        stores.inbox.mark("ada", [c], Mark.UNARCHIVED, NOW)
        assert stores.inbox.counts("ada") == InboxCounts(2, 1, 2)
        assert stores.inbox.counts("bob") == InboxCounts(1, 1, 1)
        assert stores.inbox.counts("nobody") == InboxCounts()

    def test_events_rise_over_all_inboxes_and_are_read_on_from_any(self, stores: Stores) -> None:
        a, b = put(stores, how_many=2)
        (c,) = put(stores, "bob", 1)
        stores.inbox.mark("ada", [a], Mark.READ, LATER)

        events = stores.inbox.events("ada", 0, 1000)

        assert told(events) == [(a, "new"), (b, "new"), (a, "read")]
        assert events is not None
        assert [event.at for event in events] == [NOW, NOW, LATER]
        numbers = [event.seq for event in events]
        assert numbers == sorted(set(numbers))
        assert happened(stores, after=numbers[1]) == [(a, "read")]
        assert told(stores.inbox.events("ada", 0, 2)) == [(a, "new"), (b, "new")]
        assert happened(stores, after=numbers[-1]) == []
        assert happened(stores, "bob") == [(c, "new")]
        assert stores.inbox.last_event() == numbers[-1]

    def test_the_last_event_of_several_people(self, stores: Stores) -> None:
        (a,) = put(stores, how_many=1)
        put(stores, "bob", 1)
        of_bob = stores.inbox.last_event()
        stores.inbox.mark("ada", [a], Mark.SEEN, NOW)
        add_one(stores, a_message("cyd"))

        last = stores.inbox.last_events(["ada", "bob", "cyd", "nobody"])

        assert last == {"ada": stores.inbox.last_event(), "bob": of_bob}
        assert stores.inbox.last_events([]) == {}

    def test_a_number_that_was_never_given_leads_nowhere(self, stores: Stores) -> None:
        put(stores)
        last = stores.inbox.last_event()

        assert stores.inbox.events("ada", last, 10) == []
        assert stores.inbox.events("ada", last + 1, 10) is None

    def test_old_events_are_dropped_and_whoever_missed_one_is_told_so(self, stores: Stores) -> None:
        a, b, _ = put(stores)
        last = stores.inbox.last_event()
        stores.inbox.mark("ada", [a], Mark.SEEN, LONG_AFTER)
        stores.inbox.mark("ada", [b], Mark.SEEN, LONG_AFTER)

        assert stores.inbox.events("ada", 0, 10) is None
        assert stores.inbox.events("ada", last - 1, 10) is None
        assert happened(stores, after=last) == [(a, "seen"), (b, "seen")]
        assert len(found(stores)) == 3

    def test_events_that_are_not_old_are_kept(self, stores: Stores) -> None:
        a, b, c = put(stores)
        stores.inbox.mark("ada", [a], Mark.SEEN, NOW + EVENTS_KEPT)

        assert happened(stores) == [(a, "new"), (b, "new"), (c, "new"), (a, "seen")]

    def test_putting_drops_old_events_as_well(self, stores: Stores) -> None:
        put(stores)
        later = evolve(an_item(stores, "bob"), at=LONG_AFTER)

        stores.inbox.put([later])

        assert stores.inbox.events("ada", 0, 10) is None
        assert stores.inbox.events("bob", stores.inbox.last_event() - 1, 10) is not None

    def test_a_clock_set_back_drops_nothing_that_came_after_something_newer(self, stores: Stores) -> None:
        (a,) = put(stores, how_many=1)
        stores.inbox.mark("ada", [a], Mark.SEEN, NOW - timedelta(days=3))
        stores.inbox.mark("ada", [a], Mark.READ, NOW)

        assert happened(stores) == [(a, "new"), (a, "seen"), (a, "read")]

    def test_whoever_listens_hears_of_what_was_put_and_marked_until_it_ends(self, stores: Stores) -> None:
        heard: list[int] = []
        end = stores.inbox.listen(lambda: heard.append(stores.inbox.last_event()))

        (a,) = put(stores, how_many=1)
        stores.inbox.mark("ada", [a], Mark.SEEN, NOW)
        stores.inbox.mark("ada", None, Mark.READ, NOW)
        assert heard == [1, 2, 3]

        end()
        put(stores)
        assert heard == [1, 2, 3]
