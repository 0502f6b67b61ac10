"""What every list of suppressions must do."""

from collections.abc import Iterable
from datetime import datetime

import pytest
from attrs import evolve

from application.ports.suppression_repository import SuppressionQuery
from domain.channel import Channel
from domain.suppression import STRENGTH, SuppressedAddress, Suppression, SuppressionReason
from tests.contracts.given import NOW, SECOND, a_message, a_person, claimed, only, suppress
from tests.contracts.stores import Stores

MANUAL, COMPLAINT, STOP = SuppressionReason.MANUAL, SuppressionReason.COMPLAINT, SuppressionReason.STOP


def a_suppression(
    address: str = "ada@example.com",
    channel: Channel = Channel.EMAIL,
    reason: SuppressionReason = MANUAL,
    at: datetime = NOW,
) -> Suppression:
    return Suppression(channel=channel, address=address, reason=reason, at=at, detail=f"said {reason}")


def names(found: Iterable[Suppression]) -> list[str]:
    return [str(one.name) for one in found]


class _Finding:
    """Looking addresses up as people spell them."""

    def test_a_dead_address_is_found_and_one_in_use_is_missing(self, stores: Stores) -> None:
        suppress(stores, "ada")

        found = stores.suppressions.find(Channel.EMAIL, ["ada@example.com", "bob@example.com"])

        assert found == {
            "ada@example.com": Suppression(
                channel=Channel.EMAIL,
                address="ada@example.com",
                reason=SuppressionReason.UNREACHABLE,
                at=NOW,
                detail="550 no such user",
            )
        }

    def test_mail_addresses_are_found_in_any_case_and_named_as_asked(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada", email="Ada@example.com")])
        suppress(stores, "ada")

        found = stores.suppressions.find(Channel.EMAIL, ["ADA@EXAMPLE.COM", "ada@example.com"])

        assert found.keys() == {"ADA@EXAMPLE.COM", "ada@example.com"}
        assert {one.address for one in found.values()} == {"ada@example.com"}

    def test_channels_do_not_share_their_lists(self, stores: Stores) -> None:
        suppress(stores, "ada", Channel.SMS)

        assert stores.suppressions.find(Channel.EMAIL, ["+14155550100", "ada@example.com"]) == {}
        assert stores.suppressions.find(Channel.SMS, ["+14155550100"]).keys() == {"+14155550100"}

    def test_no_address_has_no_suppression(self, stores: Stores) -> None:
        assert stores.suppressions.find(Channel.EMAIL, []) == {}

    def test_thousands_can_be_looked_up_at_once(self, stores: Stores) -> None:
        suppress(stores, "ada")
        many = [f"person-{number}@example.com" for number in range(2000)]

        assert stores.suppressions.find(Channel.EMAIL, [*many, "ada@example.com"]).keys() == {"ada@example.com"}


class _Adding:
    def test_what_is_added_stands_on_the_list_as_the_list_spells_it(self, stores: Stores) -> None:
        new = a_suppression("Ada@Example.com")

        (standing,) = stores.suppressions.add([new])

        assert standing == evolve(new, address="ada@example.com")
        assert stores.suppressions.find(Channel.EMAIL, ["ADA@example.com"]) == {"ADA@example.com": standing}

    def test_nothing_added_nothing_stands(self, stores: Stores) -> None:
        assert list(stores.suppressions.add([])) == []
        assert list(stores.suppressions.page(SuppressionQuery())) == []

    @pytest.mark.parametrize("earlier", SuppressionReason)
    @pytest.mark.parametrize("later", SuppressionReason)
    def test_a_stronger_reason_takes_the_place_of_a_weaker_one_and_of_two_alike_the_first_stays(
        self, stores: Stores, earlier: SuppressionReason, later: SuppressionReason
    ) -> None:
        first = a_suppression(reason=earlier)
        second = a_suppression("ADA@example.com", reason=later, at=NOW + SECOND)
        stores.suppressions.add([first])

        (standing,) = stores.suppressions.add([second])

        expected = evolve(second, address="ada@example.com") if STRENGTH[later] > STRENGTH[earlier] else first
        assert standing == expected

    def test_of_several_for_one_address_each_is_answered_as_it_stands_in_the_end(self, stores: Stores) -> None:
        weak, strong = a_suppression(reason=COMPLAINT), a_suppression(reason=MANUAL)

        assert list(stores.suppressions.add([weak, strong, weak])) == [strong] * 3

    @pytest.mark.parametrize(
        ("channel", "address"),
        [
            (Channel.EMAIL, "ada@example.com"),
            (Channel.SMS, "+14155550100"),
            (Channel.PUSH, "phone"),
            (Channel.IN_APP, "ada"),
        ],
    )
    def test_a_claim_sees_it_from_then_on(self, stores: Stores, channel: Channel, address: str) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet"))])
        stores.suppressions.add([a_suppression(address, channel)])

        assert claimed(stores, a_message(channel=channel)).suppressed == {address}


class _Removing:
    def test_what_is_removed_may_be_used_again(self, stores: Stores) -> None:
        (standing,) = stores.suppressions.add([a_suppression("ada@example.com")])

        assert stores.suppressions.remove(Channel.EMAIL, "ADA@example.com") == standing

        assert stores.suppressions.find(Channel.EMAIL, ["ada@example.com"]) == {}
        assert claimed(stores).suppressed == frozenset()

    def test_where_nothing_stands_nothing_is_removed(self, stores: Stores) -> None:
        stores.suppressions.add([a_suppression("+14155550100", Channel.SMS)])

        assert stores.suppressions.remove(Channel.EMAIL, "+14155550100") is None
        assert stores.suppressions.remove(Channel.SMS, "+14155550101") is None
        assert names(stores.suppressions.page(SuppressionQuery())) == ["sms/+14155550100"]

    def test_a_weaker_reason_counts_once_the_stronger_one_was_removed(self, stores: Stores) -> None:
        stores.suppressions.add([a_suppression(reason=SuppressionReason.UNREACHABLE)])
        stores.suppressions.remove(Channel.EMAIL, "ada@example.com")

        assert only(stores.suppressions.add([a_suppression(reason=COMPLAINT)])).reason is COMPLAINT


class _Paging:
    def _fill(self, stores: Stores) -> None:
        stores.suppressions.add(
            [
                a_suppression("+14155550100", Channel.SMS, STOP),
                a_suppression("eve@example.com", reason=COMPLAINT),
                a_suppression("Ada@example.com"),
                a_suppression("ada", Channel.IN_APP),
                a_suppression("ada@example.com", Channel.PUSH),
                a_suppression("ünal@example.com"),
            ]
        )

    def test_they_come_by_channel_and_address_page_by_page(self, stores: Stores) -> None:
        self._fill(stores)
        seen: list[str] = []
        after: SuppressedAddress | None = None

        while page := stores.suppressions.page(SuppressionQuery(limit=2, after=after)):
            assert len(page) <= 2
            seen += names(page)
            after = page[-1].name

        assert seen == [
            "email/ada@example.com",
            "email/eve@example.com",
            "email/ünal@example.com",
            "in_app/ada",
            "push/ada@example.com",
            "sms/+14155550100",
        ]
        assert names(stores.suppressions.page(SuppressionQuery(limit=0))) == seen

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (SuppressionQuery(channel=Channel.SMS), ["sms/+14155550100"]),
            (SuppressionQuery(reason=COMPLAINT), ["email/eve@example.com"]),
            (SuppressionQuery(reason=SuppressionReason.UNREACHABLE), []),
            (SuppressionQuery(address="ADA@example.com"), ["email/ada@example.com"]),
            (SuppressionQuery(address="ada@example.com"), ["email/ada@example.com", "push/ada@example.com"]),
            (SuppressionQuery(address="ada@example.com", channel=Channel.PUSH), ["push/ada@example.com"]),
            (SuppressionQuery(address="eve@example.com", reason=MANUAL), []),
            (SuppressionQuery(reason=MANUAL, limit=2), ["email/ada@example.com", "email/ünal@example.com"]),
            (
                SuppressionQuery(reason=MANUAL, after=SuppressedAddress(Channel.EMAIL, "zoe@example.com")),
                ["email/ünal@example.com", "in_app/ada", "push/ada@example.com"],
            ),
            (SuppressionQuery(channel=Channel.EMAIL, after=SuppressedAddress(Channel.PUSH, "")), []),
        ],
    )
    def test_filters_narrow_it(self, stores: Stores, query: SuppressionQuery, expected: list[str]) -> None:
        self._fill(stores)

        assert names(stores.suppressions.page(query)) == expected


class SuppressionRepositoryContract(_Finding, _Adding, _Removing, _Paging):
    """Finding, adding, removing and listing."""
