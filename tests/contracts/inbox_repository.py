"""What every store of inbox items must do."""

from attrs import evolve

from domain.channel import Channel
from domain.inbox import InboxItem
from domain.notification_type import NotificationType
from tests.contracts.given import NOW, SECOND, a_message, add, add_one, only
from tests.contracts.stores import Stores


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


class InboxRepositoryContract:
    """At most one item a notification, the newest first."""

    def test_an_item_reads_back_as_it_was_put(self, stores: Stores) -> None:
        item = an_item(stores)

        stores.inbox.put([item])

        assert only(stores.inbox.find("ada", 10)) == item

    def test_a_bare_item_reads_back_too(self, stores: Stores) -> None:
        item = evolve(an_item(stores), subject=None, topic=None, data={})

        stores.inbox.put([item])

        assert only(stores.inbox.find("ada", 10)) == item

    def test_a_second_one_for_the_same_notification_changes_nothing(self, stores: Stores) -> None:
        item, other = an_item(stores), an_item(stores, body="Other")
        stores.inbox.put([item])

        stores.inbox.put([evolve(item, body="again", at=NOW + SECOND), other])

        assert list(stores.inbox.find("ada", 10)) == [other, item]

    def test_a_repeat_within_one_call_is_stored_once(self, stores: Stores) -> None:
        item = an_item(stores)

        stores.inbox.put([item, evolve(item, body="again")])

        assert list(stores.inbox.find("ada", 10)) == [item]

    def test_a_person_sees_only_their_own(self, stores: Stores) -> None:
        stores.inbox.put([an_item(stores, "ada"), an_item(stores, "bob")])

        assert only(stores.inbox.find("bob", 10)).recipient_id == "bob"
        assert list(stores.inbox.find("nobody", 10)) == []

    def test_the_newest_come_first_page_by_page(self, stores: Stores) -> None:
        items = [an_item(stores, body=f"item {number}") for number in range(5)]
        stores.inbox.put(items)

        first = stores.inbox.find("ada", 2)
        second = stores.inbox.find("ada", 2, after=first[-1].notification_id)
        third = stores.inbox.find("ada", 2, after=second[-1].notification_id)

        assert [*first, *second, *third] == items[::-1]

    def test_a_limit_of_zero_means_all(self, stores: Stores) -> None:
        added = add(stores, *(a_message(channel=Channel.IN_APP) for _ in range(60)))
        stores.inbox.put(
            [
                InboxItem(notification_id=one.id, recipient_id="ada", type=one.type, at=NOW, body="Hello")
                for one in added
            ]
        )

        assert len(stores.inbox.find("ada", 0)) == 60
        assert len(stores.inbox.find("ada", 0, after=added[10].id)) == 10

    def test_nothing_put_is_nothing_found(self, stores: Stores) -> None:
        stores.inbox.put([])

        assert list(stores.inbox.find("ada", 10)) == []
