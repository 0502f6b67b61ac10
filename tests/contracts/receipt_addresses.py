"""What receipts make of addresses, on every store."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from attrs import evolve

from domain.channel import Channel
from domain.lifecycle import Status
from domain.notification_type import NotificationType
from domain.outcome import Accepted
from domain.receipt import Receipt, ReceiptKind
from domain.recipient import Recipient, WebPushSubscription
from domain.suppression import EVERYTHING, Suppression, SuppressionScope
from domain.suppression_reason import SuppressionReason
from tests.contracts.given import DAY, NOW, SECOND, a_message, a_person, answer, answered, claimed
from tests.contracts.given_receipts import LATER, a_receipt, claimed_again, hear, standing, tell
from tests.contracts.stores import Stores

ADA = "ada@example.com"
PHONE = "+14155550100"
WEEK = timedelta(days=7)


def suppressions(stores: Stores, address: str, channel: Channel = Channel.EMAIL) -> Sequence[Suppression]:
    return stores.suppressions.find(channel, [address]).get(address, ())


def suppression(stores: Stores, address: str, channel: Channel = Channel.EMAIL) -> Suppression | None:
    """Return the only suppression of *address*, or None if it may be used."""
    found = suppressions(stores, address, channel)
    assert len(found) <= 1
    return found[0] if found else None


def reason(stores: Stores, address: str, channel: Channel = Channel.EMAIL) -> SuppressionReason | None:
    found = suppression(stores, address, channel)
    return None if found is None else found.reason


def reasons(stores: Stores, address: str, channel: Channel = Channel.EMAIL) -> list[SuppressionReason]:
    return [one.reason for one in suppressions(stores, address, channel)]


def soft(at: datetime, address: str = ADA) -> Receipt:
    return a_receipt(ReceiptKind.BOUNCED, at=at, address=address, strikes=3)


class _Reasons:
    @pytest.mark.parametrize("status", Status)
    def test_a_hard_bounce_takes_its_address_out_of_use_whatever_the_status(
        self, stores: Stores, status: Status
    ) -> None:
        held = standing(stores, status)

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, strikes=1))

        assert suppression(stores, ADA) == Suppression(
            channel=Channel.EMAIL,
            address=ADA,
            reason=SuppressionReason.UNREACHABLE,
            at=LATER,
            detail="550 no such user",
        )

    @pytest.mark.parametrize(
        ("kind", "channel", "address", "expected"),
        [
            (ReceiptKind.COMPLAINED, Channel.EMAIL, ADA, SuppressionReason.COMPLAINT),
            (ReceiptKind.UNSUBSCRIBED, Channel.EMAIL, ADA, SuppressionReason.UNSUBSCRIBE),
            (ReceiptKind.UNSUBSCRIBED, Channel.SMS, PHONE, SuppressionReason.STOP),
            (ReceiptKind.BOUNCED, Channel.EMAIL, ADA, None),
            (ReceiptKind.DELIVERED, Channel.EMAIL, ADA, None),
            (ReceiptKind.OPENED, Channel.EMAIL, ADA, None),
        ],
    )
    def test_what_people_say_does_too_and_the_rest_does_not(
        self,
        stores: Stores,
        kind: ReceiptKind,
        channel: Channel,
        address: str,
        expected: SuppressionReason | None,
    ) -> None:
        held = standing(stores, Status.SENT, channel)

        tell(stores, held, a_receipt(kind, channel=channel))

        assert reason(stores, address, channel) is expected

    @pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
    def test_every_reason_stays_in_whatever_order_they_are_told(self, stores: Stores, order: tuple[int, ...]) -> None:
        held = standing(stores, Status.SENT)
        receipts = [
            a_receipt(ReceiptKind.UNSUBSCRIBED),
            a_receipt(ReceiptKind.COMPLAINED),
            a_receipt(ReceiptKind.BOUNCED, strikes=1),
        ]

        for number in order:
            tell(stores, held, receipts[number])

        assert reasons(stores, ADA) == [
            SuppressionReason.COMPLAINT,
            SuppressionReason.UNREACHABLE,
            SuppressionReason.UNSUBSCRIBE,
        ]

    @pytest.mark.parametrize("order", list(permutations([0, 1])))
    def test_who_opted_out_stays_out_once_a_person_forgave_the_bounce(
        self, stores: Stores, order: tuple[int, ...]
    ) -> None:
        receipts = [
            a_receipt(ReceiptKind.UNSUBSCRIBED, channel=Channel.SMS, address=PHONE),
            a_receipt(ReceiptKind.BOUNCED, channel=Channel.SMS, address=PHONE, strikes=1),
        ]
        hear(stores, *(receipts[number] for number in order))

        stores.suppressions.remove(Channel.SMS, PHONE, {SuppressionReason.UNREACHABLE})

        assert reason(stores, PHONE, Channel.SMS) is SuppressionReason.STOP

    def test_of_two_alike_the_first_stays(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)
        tell(stores, held, a_receipt(ReceiptKind.COMPLAINED, at=NOW))

        tell(stores, held, a_receipt(ReceiptKind.COMPLAINED, at=LATER))

        found = suppression(stores, ADA)
        assert found is not None
        assert found.at == NOW

    def test_of_an_address_alone_it_is_that_of_the_receipt(self, stores: Stores) -> None:
        hear(
            stores, a_receipt(ReceiptKind.COMPLAINED, address="Somebody@Example.com"), a_receipt(ReceiptKind.COMPLAINED)
        )

        assert reason(stores, "somebody@example.com") is SuppressionReason.COMPLAINT

    def test_what_is_dropped_takes_nothing_out_of_use(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)

        tell(stores, evolve(held, notification_id=999), a_receipt(ReceiptKind.BOUNCED, address=ADA, strikes=1))

        assert suppression(stores, ADA) is None


class _WhichAddress:
    def test_it_is_the_one_that_the_hand_over_went_to(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)
        stores.recipients.put([a_person("ada", email="new@example.com")])

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, address="relay@provider.example", strikes=1))

        assert reason(stores, ADA) is SuppressionReason.UNREACHABLE
        assert suppression(stores, "new@example.com") is None
        assert suppression(stores, "relay@provider.example") is None

    def test_of_several_attempts_it_is_that_of_the_fence(self, stores: Stores) -> None:
        first = standing(stores, Status.FAILED)
        stores.recipients.put([a_person("ada", email="new@example.com")])
        stores.notifications.revive([first.notification_id], NOW, None)
        second = claimed_again(stores, first)
        answer(stores, second, Accepted("m-2"))

        tell(stores, second, a_receipt(ReceiptKind.BOUNCED, strikes=1), fence=first.fence)

        assert reason(stores, ADA) is SuppressionReason.UNREACHABLE
        assert suppression(stores, "new@example.com") is None

    def test_before_there_is_a_hand_over_it_is_that_of_the_receipt(self, stores: Stores) -> None:
        held = claimed(stores)

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, address="other@example.com", strikes=1))

        assert reason(stores, "other@example.com") is SuppressionReason.UNREACHABLE
        assert suppression(stores, ADA) is None

    def test_if_that_says_none_it_is_the_present_one(self, stores: Stores) -> None:
        held = claimed(stores)

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, strikes=1))

        assert reason(stores, ADA) is SuppressionReason.UNREACHABLE

    def test_mail_addresses_are_known_in_any_case(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada", email="Ada@Example.com")])
        held = standing(stores, Status.SENT)

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, strikes=1))

        assert reason(stores, "ADA@example.com") is SuppressionReason.UNREACHABLE


class _Strikes:
    @pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
    def test_the_third_bounce_within_a_week_does_it_in_whatever_order_they_are_told(
        self, stores: Stores, order: tuple[int, ...]
    ) -> None:
        moments = [NOW, NOW + DAY, NOW + WEEK]
        for number in order[:2]:
            hear(stores, soft(moments[number]))
        assert suppression(stores, ADA) is None

        hear(stores, soft(moments[order[2]]))

        assert reason(stores, ADA) is SuppressionReason.UNREACHABLE

    @pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
    def test_what_lies_further_apart_does_not(self, stores: Stores, order: tuple[int, ...]) -> None:
        moments = [NOW, NOW + DAY, NOW + WEEK + SECOND]

        hear(stores, *(soft(moments[number]) for number in order))

        assert suppression(stores, ADA) is None

    def test_bounces_of_other_addresses_and_those_nobody_is_to_blame_for_do_not_count(self, stores: Stores) -> None:
        hear(stores, soft(NOW), soft(NOW, "bob@example.com"))
        hear(stores, a_receipt(ReceiptKind.BOUNCED, address=ADA), a_receipt(ReceiptKind.DEFERRED, address=ADA))
        hear(stores, soft(NOW))

        assert suppression(stores, ADA) is None

    def test_those_of_several_messages_count_together(self, stores: Stores) -> None:
        for number in range(3):
            assert suppression(stores, ADA) is None
            held = standing(stores, Status.SENT)
            tell(stores, held, a_receipt(ReceiptKind.BOUNCED, at=NOW + number * DAY, strikes=3))

        assert reason(stores, ADA) is SuppressionReason.UNREACHABLE


class _ComingBack:
    @pytest.mark.parametrize("order", list(permutations(range(4))))
    @pytest.mark.parametrize(
        ("words", "expected"), [("XOX ", 3), ("XOXX", 3), ("XXO ", None), ("XOXO", None), ("OXO ", None), ("OX  ", 2)]
    )
    def test_the_last_word_counts_in_whatever_order_it_is_heard(
        self, stores: Stores, words: str, expected: int | None, order: tuple[int, ...]
    ) -> None:
        kinds = {"X": ReceiptKind.UNSUBSCRIBED, "O": ReceiptKind.RESUBSCRIBED}
        for number in order:
            if kind := kinds.get(words[number]):
                at = NOW + (number + 1) * SECOND
                hear(stores, a_receipt(kind, at=at, channel=Channel.SMS, address=PHONE))

        found = suppression(stores, PHONE, Channel.SMS)
        assert (found and found.reason) == (expected and SuppressionReason.STOP)
        if expected == len(words.strip()):
            assert found is not None
            assert found.at == NOW + expected * SECOND

    @pytest.mark.parametrize("order", list(permutations([ReceiptKind.UNSUBSCRIBED, ReceiptKind.RESUBSCRIBED])))
    def test_of_one_moment_the_wish_to_hear_more_stands(self, stores: Stores, order: Sequence[ReceiptKind]) -> None:
        hear(stores, *(a_receipt(kind, address=ADA) for kind in order))

        assert suppression(stores, ADA) is None

    @pytest.mark.parametrize(
        "receipt",
        [
            a_receipt(ReceiptKind.BOUNCED, at=NOW, address=ADA, strikes=1),
            a_receipt(ReceiptKind.COMPLAINED, at=NOW, address=ADA),
        ],
    )
    def test_nothing_else_is_lifted(self, stores: Stores, receipt: Receipt) -> None:
        hear(stores, receipt, a_receipt(ReceiptKind.RESUBSCRIBED, address=ADA))

        assert suppression(stores, ADA) is not None

    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_a_start_lifts_the_stop_and_not_the_complaint_or_the_bounce_beside_it(
        self, stores: Stores, order: tuple[int, ...]
    ) -> None:
        receipts = [
            a_receipt(ReceiptKind.COMPLAINED, at=NOW, channel=Channel.SMS, address=PHONE),
            a_receipt(ReceiptKind.UNSUBSCRIBED, at=NOW + SECOND, channel=Channel.SMS, address=PHONE),
            a_receipt(ReceiptKind.BOUNCED, at=NOW, channel=Channel.SMS, address=PHONE, strikes=1),
        ]
        hear(stores, *(receipts[number] for number in order))

        hear(stores, a_receipt(ReceiptKind.RESUBSCRIBED, at=LATER, channel=Channel.SMS, address=PHONE))

        assert reasons(stores, PHONE, Channel.SMS) == [SuppressionReason.COMPLAINT, SuppressionReason.UNREACHABLE]

    def test_who_left_again_by_another_way_is_not_brought_back_by_a_start_in_between(self, stores: Stores) -> None:
        hear(stores, a_receipt(ReceiptKind.UNSUBSCRIBED, at=NOW, address=ADA))
        listed = self._listed(stores, at=NOW + 2 * SECOND)

        hear(stores, a_receipt(ReceiptKind.RESUBSCRIBED, at=NOW + SECOND, address=ADA))

        assert suppression(stores, ADA) == listed

    def test_what_they_left_in_part_stays(self, stores: Stores) -> None:
        left = self._listed(stores, at=NOW)
        in_part = [
            evolve(left, scope=scope)
            for scope in (SuppressionScope(topic="news"), SuppressionScope(type=NotificationType.PROMOTIONAL))
        ]
        stores.suppressions.add(in_part)

        hear(stores, a_receipt(ReceiptKind.RESUBSCRIBED, address=ADA))

        assert list(suppressions(stores, ADA)) == in_part

    def test_who_leaves_leaves_everything_beside_what_they_had_left_in_part(self, stores: Stores) -> None:
        topic = SuppressionScope(topic="news")
        left = self._listed(stores, at=NOW)
        stores.suppressions.add([evolve(left, scope=topic)])
        stores.suppressions.remove(Channel.EMAIL, ADA, {left.reason}, {EVERYTHING})

        hear(stores, a_receipt(ReceiptKind.UNSUBSCRIBED, address=ADA))

        assert [(one.reason, one.scope, one.at) for one in suppressions(stores, ADA)] == [
            (SuppressionReason.UNSUBSCRIBE, EVERYTHING, LATER),
            (SuppressionReason.UNSUBSCRIBE, topic, NOW),
        ]

    def test_what_was_listed_later_by_another_way_stays(self, stores: Stores) -> None:
        listed = self._listed(stores, at=LATER + SECOND)

        hear(stores, a_receipt(ReceiptKind.RESUBSCRIBED, address=ADA))

        assert suppression(stores, ADA) == listed

    def test_one_who_came_back_since_is_not_taken_to_have_left(self, stores: Stores) -> None:
        hear(
            stores,
            a_receipt(ReceiptKind.UNSUBSCRIBED, at=NOW + 2 * SECOND, address=ADA),
            a_receipt(ReceiptKind.RESUBSCRIBED, at=NOW + 3 * SECOND, address=ADA),
        )
        self._listed(stores, at=NOW)

        hear(stores, a_receipt(ReceiptKind.RESUBSCRIBED, at=NOW + SECOND, address=ADA))

        assert suppression(stores, ADA) is None

    def test_what_a_person_took_from_the_list_does_not_return_to_it(self, stores: Stores) -> None:
        hear(stores, a_receipt(ReceiptKind.UNSUBSCRIBED, at=LATER, address=ADA))
        stores.suppressions.remove(Channel.EMAIL, ADA, {SuppressionReason.UNSUBSCRIBE})

        hear(stores, a_receipt(ReceiptKind.RESUBSCRIBED, at=NOW, address=ADA))

        assert suppression(stores, ADA) is None

    def _listed(self, stores: Stores, at: datetime) -> Suppression:
        listed = Suppression(channel=Channel.EMAIL, address=ADA, reason=SuppressionReason.UNSUBSCRIBE, at=at)
        stores.suppressions.add([listed])
        return listed

    def test_another_channel_and_address_are_left_alone(self, stores: Stores) -> None:
        hear(stores, a_receipt(ReceiptKind.UNSUBSCRIBED, at=NOW, address=ADA))

        hear(
            stores,
            a_receipt(ReceiptKind.RESUBSCRIBED, channel=Channel.SMS, address=ADA),
            a_receipt(ReceiptKind.RESUBSCRIBED, address="bob@example.com"),
        )

        assert suppression(stores, ADA) is not None

    def test_of_a_notification_it_is_about_the_address_it_went_to(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)
        tell(stores, held, a_receipt(ReceiptKind.UNSUBSCRIBED, at=NOW))

        tell(stores, held, a_receipt(ReceiptKind.RESUBSCRIBED))

        assert suppression(stores, ADA) is None


class _Devices:
    @pytest.mark.parametrize("channel", [Channel.PUSH, Channel.WEB_PUSH])
    def test_a_dead_one_leaves_its_recipient(self, stores: Stores, channel: Channel) -> None:
        dead, living = self._with_two_devices(stores).addresses(channel)
        held = claimed(stores, a_message(channel=channel))
        answer(stores, held, Accepted("m-1"))

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, channel=channel, address=dead, strikes=1))

        assert stores.recipients.get("ada").addresses(channel) == (living,)
        assert suppression(stores, dead, channel) is None

    def test_the_name_that_the_provider_gave_tells_which(self, stores: Stores) -> None:
        self._with_two_devices(stores)
        held = claimed(stores, a_message(channel=Channel.PUSH))
        concluded = answered(held, Accepted())
        lines = [evolve(line, provider_id=f"of {line.address}") for line in concluded.hand_overs]
        stores.queue.conclude([evolve(concluded, hand_overs=lines)], NOW)

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, channel=Channel.PUSH, provider_id="of token-1", strikes=1))

        assert stores.recipients.get("ada").push_tokens == ("token-2",)

    def test_where_nobody_knows_which_all_stay(self, stores: Stores) -> None:
        known = self._with_two_devices(stores)
        held = claimed(stores, a_message(channel=Channel.PUSH))
        answer(stores, held, Accepted("m-1"))

        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, channel=Channel.PUSH, strikes=1))

        assert stores.recipients.get("ada") == known

    def test_one_of_nobody_in_particular_is_listed(self, stores: Stores) -> None:
        hear(stores, a_receipt(ReceiptKind.BOUNCED, channel=Channel.PUSH, address="token-9", strikes=1))

        assert reason(stores, "token-9", Channel.PUSH) is SuppressionReason.UNREACHABLE

    def _with_two_devices(self, stores: Stores) -> Recipient:
        person = evolve(
            a_person(),
            push_tokens=("token-1", "token-2"),
            web_push=tuple(
                WebPushSubscription(endpoint=f"https://push.example/{number}", p256dh="key", auth="secret")
                for number in (1, 2)
            ),
        )
        stores.recipients.put([person])
        return person


class ReceiptAddresses(_Reasons, _WhichAddress, _Strikes, _ComingBack, _Devices):
    """Addresses that go out of use, and come back."""
