"""What every store of notifications must do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from attrs import evolve

from application.ports.dispatch_queue import CapUse, Hold
from application.ports.notification_repository import Added, NotificationQuery
from domain.channel import Channel
from domain.content import Content, Markup
from domain.errors import Conflict, InvalidInput, KeyReused, NotFound
from domain.lifecycle import Status
from domain.notification import Notification
from domain.notification_type import NotificationType
from domain.outcome import Accepted, Deferred, NotStarted, Rejected, Unknown
from domain.recipient import Recipient
from tests.contracts.given import (
    DAY,
    LEASE,
    NOW,
    SECOND,
    a_campaign,
    a_key,
    a_message,
    a_person,
    add,
    add_one,
    advance_to_the_end,
    answer,
    claim,
    claimed,
    claims,
    only,
    rescue_all,
)
from tests.contracts.stores import Stores


class _Adding:
    def test_a_batch_is_answered_in_order_with_rising_ids(self, stores: Stores) -> None:
        batch = [a_message(body=f"message {number}") for number in range(5)]

        added = add(stores, *batch)

        assert [one.content.body for one in added] == [one.content.body for one in batch]
        assert [one.id for one in added] == sorted({one.id for one in added})

    def test_what_was_added_is_pending_and_reads_back_as_it_was_given(self, stores: Stores) -> None:
        new = evolve(
            a_message(channel=Channel.PUSH, type=NotificationType.PROMOTIONAL, send_at=NOW + 3 * SECOND, key=a_key()),
            content=Content(subject="S", body="B", data={"order": "7", "umlaut": "ü"}, markup=Markup.JINJA),
            topic="offers",
        )
        stores.recipients.put([Recipient(id="ada", push_tokens=("ada-phone",))])

        added = add_one(stores, new)

        assert added == Notification(
            id=added.id,
            recipient_id="ada",
            channel=Channel.PUSH,
            type=NotificationType.PROMOTIONAL,
            content=new.content,
            status=Status.PENDING,
            send_at=NOW + 3 * SECOND,
            next_attempt_at=NOW + 3 * SECOND,
            expires_at=NOW + DAY,
            created_at=NOW,
            topic="offers",
            key="order-1",
        )
        assert stores.notifications.get(added.id) == added

    def test_milliseconds_survive(self, stores: Stores) -> None:
        moment = NOW + timedelta(milliseconds=123)

        assert stores.notifications.get(add_one(stores, a_message(send_at=moment)).id).send_at == moment

    def test_an_empty_batch_is_answered_with_nothing(self, stores: Stores) -> None:
        assert list(stores.notifications.add([])) == []

    def test_who_is_not_known_or_has_no_address_is_named_and_the_others_are_stored(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada"), Recipient(id="bob", phone="+14155550100")])

        stored, unknown, unreachable, other = stores.notifications.add(
            [
                a_message("ada"),
                a_message("nobody", key=a_key()),
                a_message("bob"),
                a_message("bob", channel=Channel.SMS),
            ]
        )

        assert isinstance(stored, Added)
        assert isinstance(other, Added)
        assert isinstance(unknown, NotFound)
        assert str(unknown) == "no recipient has the id nobody"
        assert isinstance(unreachable, InvalidInput)
        assert str(unreachable) == "to: recipient bob has no email, which email needs; add it first"
        assert len(stores.notifications.find(NotificationQuery())) == 2
        assert isinstance(only(stores.notifications.add([a_message("ada", key=a_key(digest=b"other"))])), Added)

    def test_a_key_gives_the_earlier_one_whatever_became_of_its_recipient(self, stores: Stores) -> None:
        first = add_one(stores, a_message("ada", key=a_key()))
        stores.recipients.put([Recipient(id="ada", phone="+14155550100")])

        again = only(stores.notifications.add([a_message("ada", key=a_key())]))

        assert isinstance(again, Added)
        assert (again.notification.id, again.is_new) == (first.id, False)

    def test_equal_content_of_one_batch_is_stored_once(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"), a_message("eve", body="something else"))

        taken = claim(stores)

        assert len(taken.claims) == 3
        assert sorted(content.body or "" for content in taken.contents.values()) == [
            "It is on its way.",
            "something else",
        ]


class _Keys:
    def test_a_known_key_gives_the_earlier_notification_as_it_stands_now(self, stores: Stores) -> None:
        first = add_one(stores, a_message(key=a_key()))
        cancelled = only(stores.notifications.cancel([first.id], NOW))

        again = only(stores.notifications.add([a_message(key=a_key())]))

        assert again == Added(notification=stores.notifications.get(first.id), is_new=False)
        assert again.notification == cancelled

    def test_a_key_reused_for_something_else_is_refused_alone(self, stores: Stores) -> None:
        add_one(stores, a_message(key=a_key()))

        refused, stored = stores.notifications.add([a_message(key=a_key(digest=b"other")), a_message("ada")])

        assert isinstance(refused, KeyReused)
        assert refused.key == "order-1"
        assert isinstance(stored, Added)
        assert len(stores.notifications.find(NotificationQuery())) == 2

    def test_a_key_repeated_within_a_batch_gives_one_notification(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])

        first, second = stores.notifications.add([a_message(key=a_key()), a_message(key=a_key())])

        assert isinstance(first, Added)
        assert isinstance(second, Added)
        assert (first.is_new, second.is_new) == (True, False)
        assert first.notification == second.notification

    def test_a_key_finds_its_notification_as_it_stands_now(self, stores: Stores) -> None:
        assert stores.notifications.find_by_key(a_key()) is None
        added = add_one(stores, a_message(key=a_key()))
        stores.notifications.cancel([added.id], NOW)

        assert stores.notifications.find_by_key(a_key()) == stores.notifications.get(added.id)
        assert stores.notifications.find_by_key(a_key(scope="bank")) is None
        with pytest.raises(KeyReused):
            stores.notifications.find_by_key(a_key(digest=b"other"))

    def test_the_same_key_of_another_scope_is_another_notification(self, stores: Stores) -> None:
        added = add(stores, a_message(key=a_key(scope="shop")), a_message(key=a_key(scope="bank")))

        assert len({one.id for one in added}) == 2

    def test_a_hundred_parallel_adds_of_one_key_give_one_notification(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])

        def add_once(_: int) -> Added:
            added = only(stores.notifications.add([a_message(key=a_key())]))
            assert isinstance(added, Added)
            return added

        with ThreadPoolExecutor(10) as threads:
            answers = list(threads.map(add_once, range(100)))

        assert sum(one.is_new for one in answers) == 1
        assert len({one.notification.id for one in answers}) == 1
        assert len(stores.notifications.find(NotificationQuery(limit=0))) == 1

    def test_a_reserved_key_has_no_answer_until_one_is_kept_and_the_first_one_stays(self, stores: Stores) -> None:
        assert stores.notifications.reserve_key(a_key(), NOW) is None
        assert stores.notifications.reserve_key(a_key(), NOW + SECOND) is None

        assert stores.notifications.keep_answer(a_key(), '{"results": [1]}') == '{"results": [1]}'
        assert stores.notifications.keep_answer(a_key(), '{"results": [2]}') == '{"results": [1]}'

        assert stores.notifications.reserve_key(a_key(), NOW) == '{"results": [1]}'

    @pytest.mark.parametrize("is_answered", [False, True])
    def test_a_reserved_key_is_no_key_of_one_notification(self, stores: Stores, is_answered: bool) -> None:
        stores.recipients.put([a_person()])
        stores.notifications.reserve_key(a_key(), NOW)
        if is_answered:
            stores.notifications.keep_answer(a_key(), "{}")

        refused = only(stores.notifications.add([a_message(key=a_key())]))

        assert isinstance(refused, KeyReused)
        assert stores.notifications.find_by_key(a_key()) is None
        assert list(stores.notifications.find(NotificationQuery())) == []

    def test_the_key_of_one_notification_cannot_be_reserved(self, stores: Stores) -> None:
        add_one(stores, a_message(key=a_key()))

        with pytest.raises(KeyReused):
            stores.notifications.reserve_key(a_key(), NOW)

        assert stores.notifications.find_by_key(a_key()) is not None

    def test_a_key_is_reserved_for_one_scope_and_one_digest(self, stores: Stores) -> None:
        stores.notifications.reserve_key(a_key(), NOW)

        assert stores.notifications.reserve_key(a_key(scope="bank"), NOW) is None
        with pytest.raises(KeyReused):
            stores.notifications.reserve_key(a_key(digest=b"other"), NOW)

    def test_one_of_two_contents_gets_a_key_that_both_reserve_at_once(self, stores: Stores) -> None:
        both_ready = Barrier(10)

        def reserve(number: int) -> bool:
            both_ready.wait(10)
            try:
                stores.notifications.reserve_key(a_key(digest=bytes([number % 2])), NOW)
            except KeyReused:
                return False
            return True

        with ThreadPoolExecutor(10) as threads:
            answers = list(threads.map(reserve, range(10)))

        assert {sum(answers[0::2]), sum(answers[1::2])} == {0, 5}


class _Looking:
    def test_an_unknown_id_is_not_found(self, stores: Stores) -> None:
        with pytest.raises(NotFound, match="4711"):
            stores.notifications.get(4711)

    def test_the_newest_come_first_and_pages_follow_each_other(self, stores: Stores) -> None:
        ids = [one.id for one in add(stores, *(a_message() for _ in range(5)))]

        first = stores.notifications.find(NotificationQuery(limit=2))
        second = stores.notifications.find(NotificationQuery(limit=2, after=first[-1].id))
        third = stores.notifications.find(NotificationQuery(limit=2, after=second[-1].id))

        assert [one.id for one in (*first, *second, *third)] == ids[::-1]
        assert [len(first), len(second), len(third)] == [2, 2, 1]

    def test_a_limit_of_zero_means_all(self, stores: Stores) -> None:
        add(stores, *(a_message() for _ in range(60)))

        assert len(stores.notifications.find(NotificationQuery(limit=0))) == 60
        assert len(stores.notifications.find(NotificationQuery())) == 50

    def test_each_filter_finds_its_own(self, stores: Stores) -> None:
        by_mail, by_text, of_bob = add(
            stores,
            a_message("ada", created_at=NOW - DAY),
            a_message("ada", channel=Channel.SMS, created_at=NOW),
            a_message("bob", created_at=NOW + SECOND),
        )
        stores.notifications.cancel([by_text.id], NOW)

        def ids(query: NotificationQuery) -> list[int]:
            return [one.id for one in stores.notifications.find(query)]

        assert ids(NotificationQuery(recipient_id="ada")) == [by_text.id, by_mail.id]
        assert ids(NotificationQuery(recipient_id="nobody")) == []
        assert ids(NotificationQuery(channel=Channel.EMAIL)) == [of_bob.id, by_mail.id]
        assert ids(NotificationQuery(status=Status.CANCELLED)) == [by_text.id]
        assert ids(NotificationQuery(since=NOW)) == [of_bob.id, by_text.id]
        assert ids(NotificationQuery(status=Status.PENDING, channel=Channel.EMAIL, recipient_id="bob")) == [of_bob.id]

    def test_part_of_a_reason_finds_it_and_is_taken_literally(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        first, second = claims(stores)
        answer(stores, first, Rejected("554 spam_score 100% too high"))
        answer(stores, second, Rejected("554 spam score too high"))

        def ids(text: str) -> list[int]:
            return [one.id for one in stores.notifications.find(NotificationQuery(reason_contains=text))]

        assert ids("554 spam") == [second.notification_id, first.notification_id]
        assert ids("spam_score") == [first.notification_id]
        assert ids("100%") == [first.notification_id]
        assert ids("%") == [first.notification_id]

    def test_a_campaign_finds_its_own(self, stores: Stores) -> None:
        add_one(stores)
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)

        found = only(stores.notifications.find(NotificationQuery(campaign_id=campaign.id)))

        assert (found.recipient_id, found.campaign_id) == ("ada", campaign.id)
        assert list(stores.notifications.find(NotificationQuery(campaign_id=campaign.id + 1000))) == []

    def test_the_history_has_the_earliest_hand_over_first(self, stores: Stores) -> None:
        first = claimed(stores)
        answer(stores, first, Deferred("451 try later"), NOW + SECOND)
        second = only(claims(stores, NOW + DAY / 2))
        answer(stores, second, Accepted("m-1"), NOW + DAY / 2)

        history = stores.notifications.history(first.notification_id)

        assert [(one.fence, one.attempt, one.outcome) for one in history] == [(1, 1, "deferred"), (2, 2, "accepted")]
        assert [one.at for one in history] == [NOW + SECOND, NOW + DAY / 2]
        assert history[0].reason == "451 try later"
        assert history[1].provider_id == "m-1"
        assert history[1].duration_ms == 12
        assert (history[1].gateway, history[1].address) == ("mail", "ada@example.com")

    def test_the_days_on_which_somebody_took_places_under_a_cap_are_told_by_type_and_since_when(
        self, stores: Stores
    ) -> None:
        type_, day = NotificationType.PROMOTIONAL, NOW.date()
        add(stores, a_message(type=type_), a_message(type=type_), a_message("bob", type=type_))
        first, second, of_bob = claims(stores)
        for one, began in ((first, day), (second, day - DAY), (of_bob, day)):
            cap = CapUse(number=5, first_day=began, day=began)
            stores.queue.begin([Hold(one.notification_id, one.fence, cap=cap)], NOW)
        days = partial(stores.notifications.capped_days, "ada", test=False)

        assert list(days(type_, day - DAY)) == [day - DAY, day]
        assert list(days(type_, day)) == [day]
        assert list(days(type_, day - DAY, but=first.notification_id)) == [day - DAY]
        assert list(days(NotificationType.INFORMATIONAL, day - DAY)) == []
        assert list(stores.notifications.capped_days("ada", type_, day, test=True)) == []
        assert list(stores.notifications.capped_days("nobody", type_, day, test=False)) == []

    def test_an_unknown_id_has_no_history(self, stores: Stores) -> None:
        assert list(stores.notifications.history(4711)) == []


class _Cancelling:
    def test_a_pending_one_is_withdrawn_and_never_claimed(self, stores: Stores) -> None:
        pending = add_one(stores)

        cancelled = only(stores.notifications.cancel([pending.id], NOW + SECOND))

        assert isinstance(cancelled, Notification)
        assert cancelled.status is Status.CANCELLED
        assert cancelled.finished_at == NOW + SECOND
        assert stores.notifications.get(pending.id) == cancelled
        assert list(stores.queue.due_lanes(NOW + SECOND)) == []

    def test_one_that_is_being_sent_is_marked_and_withdrawn_if_it_comes_back_unsent(self, stores: Stores) -> None:
        held = claimed(stores)

        marked = only(stores.notifications.cancel([held.notification_id], NOW))

        assert isinstance(marked, Notification)
        assert (marked.status, marked.cancel_requested) == (Status.SENDING, True)
        assert answer(stores, held, NotStarted()).status is Status.CANCELLED

    def test_one_that_is_being_sent_stays_sent_if_it_went_out(self, stores: Stores) -> None:
        held = claimed(stores)
        stores.notifications.cancel([held.notification_id], NOW)

        assert answer(stores, held, Accepted("m-1")).status is Status.SENT

    def test_cancelling_twice_gives_the_notification_again(self, stores: Stores) -> None:
        pending = add_one(stores)
        first = only(stores.notifications.cancel([pending.id], NOW))

        again = only(stores.notifications.cancel([pending.id], NOW + SECOND))

        assert again == first

    @pytest.mark.parametrize("outcome", [Accepted("m-1"), Rejected("no")])
    def test_too_late_is_a_conflict_and_changes_nothing(self, stores: Stores, outcome: Accepted | Rejected) -> None:
        before = answer(stores, claimed(stores), outcome)

        refused = only(stores.notifications.cancel([before.id], NOW))

        assert isinstance(refused, Conflict)
        assert stores.notifications.get(before.id) == before

    def test_each_id_has_its_own_answer_in_order(self, stores: Stores) -> None:
        first, second = add(stores, a_message("ada"), a_message("bob"))

        answers = stores.notifications.cancel([second.id, 4711, first.id], NOW)

        assert [one and not isinstance(one, Conflict) and one.id for one in answers] == [second.id, None, first.id]


class _Reviving:
    def test_a_failed_one_comes_back_due_now_with_a_new_budget_and_its_history(self, stores: Stores) -> None:
        failed = answer(stores, claimed(stores), Rejected("550 no"))

        revived = only(stores.notifications.revive([failed.id], NOW + SECOND, None))

        assert revived == evolve(
            failed, status=Status.PENDING, attempts=0, next_attempt_at=NOW + SECOND, reason=None, finished_at=None
        )
        assert revived.fence == 1
        assert stores.notifications.get(failed.id) == revived
        assert len(stores.notifications.history(failed.id)) == 1
        again = only(claims(stores, NOW + SECOND))
        assert (again.fence, again.attempts) == (2, 1)

    def test_an_unknown_one_comes_back(self, stores: Stores) -> None:
        held = claimed(stores, a_message(type=NotificationType.PROMOTIONAL))
        assert answer(stores, held, Unknown("timeout")).status is Status.UNKNOWN

        revived = only(stores.notifications.revive([held.notification_id], NOW, None))

        assert isinstance(revived, Notification)
        assert revived.status is Status.PENDING

    def test_an_address_that_refused_is_tried_again_after_a_revival(self, stores: Stores) -> None:
        failed = answer(stores, claimed(stores), Rejected("550 no"))
        stores.notifications.revive([failed.id], NOW, None)

        assert only(claims(stores)).settled == frozenset()

    def test_earlier_deaths_of_dispatchers_are_forgotten(self, stores: Stores) -> None:
        held = claimed(stores)
        rescue_all(stores, NOW + 2 * LEASE)
        again = only(claims(stores, NOW + 4 * LEASE))
        assert again.losses == 1
        answer(stores, again, Rejected("550 no"), NOW + 4 * LEASE)

        stores.notifications.revive([held.notification_id], NOW + 4 * LEASE, None)

        assert only(claims(stores, NOW + 4 * LEASE)).losses == 0

    def test_an_old_wish_to_cancel_is_forgotten(self, stores: Stores) -> None:
        held = claimed(stores)
        stores.notifications.cancel([held.notification_id], NOW)
        answer(stores, held, Rejected("550 no"))

        stores.notifications.revive([held.notification_id], NOW, None)
        answer(stores, only(claims(stores)), Deferred("451 later"))

        assert stores.notifications.get(held.notification_id).status is Status.PENDING

    def test_one_past_its_expiry_needs_a_new_one(self, stores: Stores) -> None:
        failed = answer(stores, claimed(stores), Rejected("550 no"))
        late = NOW + 2 * DAY

        refused = only(stores.notifications.revive([failed.id], late, None))
        revived = only(stores.notifications.revive([failed.id], late, late + DAY))

        assert isinstance(refused, Conflict)
        assert isinstance(revived, Notification)
        assert (revived.status, revived.expires_at) == (Status.PENDING, late + DAY)

    def test_one_of_a_cancelled_campaign_is_not_put_back_where_nothing_is_sent(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        campaign = stores.campaigns.start(a_campaign())
        advance_to_the_end(stores, campaign.id)
        failed = answer(stores, only(claims(stores)), Rejected("550 no"))
        stores.campaigns.cancel(campaign.id, NOW)

        assert isinstance(only(stores.notifications.revive([failed.id], NOW, None)), Conflict)
        assert stores.notifications.get(failed.id) == failed

    def test_any_other_status_is_a_conflict_and_changes_nothing(self, stores: Stores) -> None:
        pending, cancelled = add(stores, a_message("ada"), a_message("bob", send_at=NOW + DAY / 2))
        stores.notifications.cancel([cancelled.id], NOW)

        answers = stores.notifications.revive([pending.id, cancelled.id, 4711], NOW, None)

        assert [type(one) for one in answers[:2]] == [Conflict, Conflict]
        assert answers[2] is None
        assert stores.notifications.get(pending.id) == pending
        assert stores.notifications.get(cancelled.id).status is Status.CANCELLED


class NotificationRepositoryContract(_Adding, _Keys, _Looking, _Cancelling, _Reviving):
    """Adding once, finding, withdrawing and putting back."""
