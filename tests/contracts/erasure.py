"""What every store must do to forget people."""

from datetime import timedelta

import pytest

from application.ports.inbox_repository import InboxQuery
from application.ports.notification_repository import Added, NotificationQuery
from application.ports.receipt_repository import Addressed
from application.ports.suppression_repository import SuppressionQuery
from domain.audience import Listed, parse_audience
from domain.channel import Channel
from domain.content import Content
from domain.errors import Conflict, NotFound
from domain.inbox import InboxItem
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, Rejected, Unreachable
from domain.preferences import NO_PREFERENCES, Choice, Preferences, Scope
from domain.receipt import ReceiptKind
from domain.recipient import is_erased
from domain.suppression import Suppression
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import (
    DAY,
    NOW,
    a_campaign,
    a_key,
    a_message,
    a_person,
    add,
    add_one,
    advance_to_the_end,
    answer,
    claimed,
    only,
)
from tests.contracts.given_receipts import a_receipt, tell
from tests.contracts.stores import Stores

LATER = NOW + timedelta(hours=1)


def erase(stores: Stores, *ids: str) -> None:
    erased = stores.erasure.erase(ids, LATER)
    assert (erased.looked_at, erased.people, erased.unknown) == (len(ids), len(set(ids)), ())


def opted_out(address: str = "ada@example.com", reason: SuppressionReason = SuppressionReason.COMPLAINT) -> Suppression:
    return Suppression(channel=Channel.EMAIL, address=address, reason=reason, at=NOW, detail=f"said {address}")


def listed(stores: Stores) -> list[tuple[str, str]]:
    return [(one.address, one.reason) for one in stores.suppressions.page(SuppressionQuery(limit=0))]


def an_item(notification_id: int, recipient_id: str = "ada") -> InboxItem:
    return InboxItem(
        notification_id=notification_id,
        recipient_id=recipient_id,
        type=NotificationType.TRANSACTIONAL,
        at=NOW,
        subject="Your order",
        body="It is on its way.",
    )


class _ThePerson:
    def test_nobody_finds_who_was_erased(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        erase(stores, "ada")

        assert [one.id for one in stores.recipients.find(0)] == ["bob"]
        assert stores.recipients.count() == 1
        assert stores.recipients.get_many(["ada", "bob"]).keys() == {"bob"}
        with pytest.raises(NotFound):
            stores.recipients.get("ada")

    def test_unknown_ids_are_told_and_the_others_erased(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada")])
        erased = stores.erasure.erase(["nobody", "ada", "nobody", "ada"], LATER)

        assert (erased.looked_at, erased.people, erased.unknown) == (4, 1, ("nobody",))
        assert stores.erasure.erase(["ada"], LATER).unknown == ("ada",)

    def test_whoever_is_stored_under_the_id_again_is_somebody_new(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada")])
        stores.preferences.put("ada", Preferences(choices=(Choice(Scope(topic="news"), wanted=False),)))
        old = add_one(stores)
        erase(stores, "ada")

        assert stores.recipients.put([a_person("ada")]) == 1
        assert stores.preferences.get("ada") == NO_PREFERENCES
        assert stores.notifications.find(NotificationQuery(recipient_id="ada")) == []
        assert is_erased(stores.notifications.get(old.id).recipient_id)

    def test_the_id_that_stands_for_somebody_erased_means_nobody(self, stores: Stores) -> None:
        one = add_one(stores)
        erase(stores, "ada")
        stand_in = stores.notifications.get(one.id).recipient_id

        assert stores.recipients.get_many([stand_in]) == {}
        assert stores.erasure.erase([stand_in], LATER).people == 0
        with pytest.raises(NotFound):
            stores.preferences.get(stand_in)

    def test_thousands_are_erased_call_by_call(self, stores: Stores) -> None:
        ids = [f"person-{number}" for number in range(2500)]
        stores.recipients.put([a_person(one) for one in ids])
        left, people = ids, 0
        while left:
            erased = stores.erasure.erase(left, LATER)
            assert erased.looked_at > 0
            left, people = left[erased.looked_at :], people + erased.people

        assert (people, stores.recipients.count()) == (2500, 0)


class _Notifications:
    def test_what_is_pending_is_cancelled_and_says_nothing_any_more(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada")])
        added = stores.notifications.add([a_message("ada", key=a_key())])[0]
        assert isinstance(added, Added)

        assert stores.erasure.erase(["ada"], LATER).cancelled == 1

        kept = stores.notifications.get(added.notification.id)
        assert (kept.status, kept.finished_at) == (Status.CANCELLED, LATER)
        assert (kept.content, kept.key, kept.topic, kept.reason) == (Content(body=""), None, None, None)
        assert stores.notifications.find_by_key(a_key()) is None

    def test_what_ended_stays_as_it_ended_without_its_history_naming_anybody(self, stores: Stores) -> None:
        one = claimed(stores)
        answer(stores, one, Rejected("ada@example.com is no address"))
        erase(stores, "ada")

        kept = stores.notifications.get(one.notification_id)
        assert (kept.status, kept.reason) == (Status.FAILED, None)
        line = only(stores.notifications.history(one.notification_id))
        assert (line.outcome, line.provider_id, line.reason) == ("rejected", None, None)
        assert "ada" not in line.address

    def test_it_cannot_be_retried(self, stores: Stores) -> None:
        one = claimed(stores)
        answer(stores, one, Rejected("no"))
        erase(stores, "ada")

        assert isinstance(stores.notifications.revive([one.notification_id], LATER, None)[0], Conflict)

    @pytest.mark.parametrize(
        ("outcome", "status"),
        [(Accepted("their-id"), Status.SENT), (Deferred("ada@example.com is busy"), Status.CANCELLED)],
    )
    def test_what_was_being_sent_ends_and_leaves_nothing_behind(
        self, stores: Stores, outcome: Accepted | Deferred, status: Status
    ) -> None:
        one = claimed(stores)
        assert stores.erasure.erase(["ada"], LATER).in_flight == (one.notification_id,)

        ended = answer(stores, one, outcome, LATER)

        line = only(stores.notifications.history(one.notification_id))
        assert (ended.status, ended.reason, line.provider_id, line.reason) == (status, None, None, None)
        assert "ada" not in line.address

    def test_an_address_that_turns_out_dead_later_is_not_listed_in_plain(self, stores: Stores) -> None:
        one = claimed(stores)
        erase(stores, "ada")
        answer(stores, one, Unreachable("no such user"), LATER)

        assert listed(stores) == []
        stores.recipients.put([a_person("ada")])
        assert listed(stores) == [("ada@example.com", "unreachable")]

    def test_what_others_are_told_too_stays(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        first, second = add(stores, a_message("ada"), a_message("bob"))
        erase(stores, "ada")

        assert stores.notifications.get(second.id).content.body == "It is on its way."
        erase(stores, "bob")
        assert [stores.notifications.get(one.id).content.body for one in (first, second)] == ["", ""]

    def test_everything_that_was_made_for_somebody_is_known_before(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        mine = add(stores, a_message("ada", body="1"), a_message("bob", body="2"), a_message("ada", body="3"))

        assert list(stores.erasure.notifications_of(["ada", "nobody"])) == [mine[0].id, mine[2].id]

    def test_the_gauges_still_equal_a_recount(self, stores: Stores) -> None:
        add_one(stores, a_message(body="waits", send_at=NOW + DAY, expires_at=NOW + 2 * DAY))
        answer(stores, claimed(stores), Accepted("their-id"))
        claimed(stores, a_message(body="third"))
        erase(stores, "ada")

        assert all("differ" not in one.message for one in stores.inspect())
        assert stores.queue.due_lanes(NOW + 2 * DAY) == []


class _WhatCameBack:
    def test_items_and_events_of_the_inbox_go(self, stores: Stores) -> None:
        mine, other = add(stores, a_message("ada", channel=Channel.IN_APP), a_message("bob", channel=Channel.IN_APP))
        stores.inbox.put([an_item(mine.id), an_item(other.id, "bob")])
        erase(stores, "ada")

        stores.inbox.put([an_item(mine.id)])  # what was on its way
        stores.recipients.put([a_person("ada")])
        assert stores.inbox.find(InboxQuery(recipient_id="ada")) == []
        assert stores.inbox.last_events(["ada", "bob"]).keys() == {"bob"}

    def test_receipts_keep_what_was_told_and_nothing_of_whom(self, stores: Stores) -> None:
        one = claimed(stores)
        answer(stores, one, Accepted("their-id"))
        tell(stores, one, a_receipt(ReceiptKind.OPENED, address="ada@example.com", provider_id="their-id"))
        erase(stores, "ada")

        kept = only(stores.receipts.of_notification(one.notification_id))
        assert (kept.kind, kept.address, kept.provider_id, kept.raw) == (ReceiptKind.OPENED, None, None, "")

    def test_a_late_receipt_counts_and_brings_no_address_back(self, stores: Stores) -> None:
        one = claimed(stores)
        answer(stores, one, Accepted("their-id"))
        erase(stores, "ada")
        late = a_receipt(ReceiptKind.COMPLAINED, address="ada@example.com", provider_id="their-id")
        tell(stores, one, late)

        kept = only(stores.receipts.of_notification(one.notification_id))
        assert (kept.address, kept.provider_id, kept.raw) == (None, None, "")
        assert stores.notifications.get(one.notification_id).status is Status.DELIVERED
        assert listed(stores) == []
        stores.recipients.merge([a_person("ada")])
        assert listed(stores) == [("ada@example.com", "complaint")]

    def test_somebody_who_comes_back_after_they_were_erased_is_not_held_back(self, stores: Stores) -> None:
        one = claimed(stores)
        stores.suppressions.add([opted_out(reason=SuppressionReason.UNSUBSCRIBE), opted_out()])
        erase(stores, "ada")
        tell(stores, one, a_receipt(ReceiptKind.RESUBSCRIBED, address="ada@example.com"))

        stores.recipients.put([a_person("ada")])
        assert listed(stores) == [("ada@example.com", "complaint")]

    def test_receipts_of_the_address_alone_go_unless_another_has_it(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("eve", "bob@example.com"), a_person("bob")])
        for name in ("ada", "bob"):
            told = a_receipt(ReceiptKind.BOUNCED, address=f"{name}@example.com", strikes=2)
            stores.receipts.record([Addressed(told, None)], NOW)
        erase(stores, "ada", "bob")

        again = [a_receipt(ReceiptKind.BOUNCED, address=f"{name}@example.com", strikes=2) for name in ("ada", "bob")]
        stores.receipts.record([Addressed(one, None) for one in again], NOW)
        assert listed(stores) == [("bob@example.com", "unreachable")]


class _Suppressions:
    def test_they_leave_the_list_until_somebody_stores_the_address_again(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada", "Ada@example.com")])
        stores.suppressions.add([opted_out(), opted_out(reason=SuppressionReason.MANUAL)])
        erase(stores, "ada")
        assert listed(stores) == []

        stores.recipients.merge([a_person("somebody", "ADA@example.com")])

        back = stores.suppressions.page(SuppressionQuery(limit=0))
        assert [(one.address, one.reason, one.at, one.detail) for one in back] == [
            ("ada@example.com", SuppressionReason.COMPLAINT, NOW, None),
            ("ada@example.com", SuppressionReason.MANUAL, NOW, None),
        ]

    def test_an_address_that_somebody_else_has_stays_on_the_list(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada", "Home@example.com"), a_person("bob", "home@example.com")])
        stores.suppressions.add([opted_out("home@example.com")])
        erase(stores, "ada")
        assert listed(stores) == [("home@example.com", "complaint")]

        erase(stores, "bob")
        assert listed(stores) == []

    def test_an_address_of_earlier_leaves_the_list_too(self, stores: Stores) -> None:
        answer(stores, claimed(stores), Unreachable("gone"))
        stores.recipients.put([a_person("ada", "new@example.com")])
        erase(stores, "ada")

        assert listed(stores) == []


class _Campaigns:
    def test_one_in_progress_passes_over_who_was_erased(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        started = [
            stores.campaigns.start(a_campaign("all", channels=(Channel.EMAIL, Channel.IN_APP))),
            stores.campaigns.start(a_campaign("some", Listed(("ada", "bob")), channels=(Channel.IN_APP,))),
        ]
        erase(stores, "ada")
        ended = [advance_to_the_end(stores, one.id) for one in started]

        assert [(one.created, one.considered, one.total) for one in ended] == [(2, 2, 2), (1, 2, 2)]
        assert {one.recipient_id for one in stores.notifications.find(NotificationQuery())} == {"bob"}

    def test_a_later_one_does_not_count_who_was_erased(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        stores.erasure.erase(["ada"], NOW - DAY)
        ended = advance_to_the_end(stores, stores.campaigns.start(a_campaign()).id)

        assert (ended.created, ended.considered, ended.total) == (1, 1, 1)

    def test_what_it_says_and_its_topic_stay(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada")])
        advance_to_the_end(stores, stores.campaigns.start(a_campaign()).id)
        erase(stores, "ada")

        kept = only(stores.notifications.find(NotificationQuery()))
        assert (kept.status, kept.content.subject, kept.topic) == (Status.CANCELLED, "Spring", "news")

    def test_an_audience_forgets_the_name_and_reaches_the_others_all_the_same(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), a_person("bob")])
        audience = parse_audience("email != ada@example.com and not id in (ada, eve)")
        started = stores.campaigns.start(a_campaign(audience=audience))
        erase(stores, "ada")

        assert advance_to_the_end(stores, started.id).created == 1


class _Answers:
    def test_the_answer_of_a_request_for_several_forgets_the_name(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada")])
        stores.notifications.reserve_key(a_key("people"), NOW)
        problem = '{"error":{"detail":"recipient ada has no phone; adam has"}}'
        stores.notifications.keep_answer(a_key("people"), f'{{"results":[{{"id":"ada"}},{{"id":"bob"}},{problem}]}}')
        erase(stores, "ada")

        kept = stores.notifications.reserve_key(a_key("people"), NOW) or ""
        assert '"ada"' not in kept
        assert "recipient ada" not in kept
        assert '"bob"' in kept
        assert "adam has" in kept


class ErasureContract(_ThePerson, _Notifications, _WhatCameBack, _Suppressions, _Campaigns, _Answers):
    """Forgetting people, and keeping what counts."""
