"""What every list of suppressions must do."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import product

import pytest
from attrs import evolve

from application.ports.suppression_repository import Removal, SuppressionQuery
from domain.channel import Channel
from domain.notification_type import NotificationType
from domain.receipt import LIFTED_BY_THE_PERSON
from domain.suppression import EVERYTHING, Suppression, SuppressionName, SuppressionScope
from domain.suppression_reason import EVERY_REASON, SuppressionReason
from tests.contracts.given import NOW, SECOND, a_message, a_person, add, claim, claimed, only, suppress
from tests.contracts.stores import Stores

ADA = "ada@example.com"
MANUAL, COMPLAINT, STOP = SuppressionReason.MANUAL, SuppressionReason.COMPLAINT, SuppressionReason.STOP
OFFERS, NEWS = SuppressionScope(type=NotificationType.PROMOTIONAL), SuppressionScope(topic="news")
SCOPES = (EVERYTHING, NEWS, OFFERS)  # in the order of their text


def a_suppression(
    address: str = "ada@example.com",
    channel: Channel = Channel.EMAIL,
    reason: SuppressionReason = MANUAL,
    at: datetime = NOW,
    scope: SuppressionScope = EVERYTHING,
) -> Suppression:
    return Suppression(channel=channel, address=address, reason=reason, at=at, detail=f"said {reason}", scope=scope)


def names(found: Iterable[Suppression]) -> list[str]:
    return [str(one.name) for one in found]


class _Finding:
    """Looking addresses up as people spell them."""

    def test_a_dead_address_is_found_and_one_in_use_is_missing(self, stores: Stores) -> None:
        suppress(stores, "ada")

        found = stores.suppressions.find(Channel.EMAIL, ["ada@example.com", "bob@example.com"])

        assert found == {
            "ada@example.com": (
                Suppression(
                    channel=Channel.EMAIL,
                    address="ada@example.com",
                    reason=SuppressionReason.UNREACHABLE,
                    at=NOW,
                    detail="550 no such user",
                ),
            )
        }

    def test_mail_addresses_are_found_in_any_case_and_named_as_asked(self, stores: Stores) -> None:
        stores.recipients.put([a_person("ada", email="Ada@example.com")])
        suppress(stores, "ada")

        found = stores.suppressions.find(Channel.EMAIL, ["ADA@EXAMPLE.COM", "ada@example.com"])

        assert found.keys() == {"ADA@EXAMPLE.COM", "ada@example.com"}
        assert {one.address for listed in found.values() for one in listed} == {"ada@example.com"}

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
        assert stores.suppressions.find(Channel.EMAIL, ["ADA@example.com"]) == {"ADA@example.com": (standing,)}

    def test_nothing_added_nothing_stands(self, stores: Stores) -> None:
        assert list(stores.suppressions.add([])) == []
        assert list(stores.suppressions.page(SuppressionQuery())) == []

    @pytest.mark.parametrize("first", SuppressionReason)
    @pytest.mark.parametrize("second", SuppressionReason)
    def test_each_reason_stands_for_itself(
        self, stores: Stores, first: SuppressionReason, second: SuppressionReason
    ) -> None:
        for reason in (first, second):
            assert only(stores.suppressions.add([a_suppression(reason=reason)])).reason is reason

        listed = [one.reason for one in stores.suppressions.page(SuppressionQuery())]
        assert listed == sorted({first, second})
        assert [one.reason for one in stores.suppressions.find(Channel.EMAIL, [ADA])[ADA]] == listed

    def test_each_scope_of_a_reason_stands_for_itself(self, stores: Stores) -> None:
        added = [
            a_suppression(reason=reason, scope=scope, at=NOW + number * SECOND)
            for number, (reason, scope) in enumerate(product((STOP, MANUAL), reversed(SCOPES)))
        ]

        assert list(stores.suppressions.add(added)) == added
        assert stores.suppressions.find(Channel.EMAIL, [ADA]) == {ADA: tuple(reversed(added))}

    @pytest.mark.parametrize("scope", [OFFERS, NEWS])
    def test_of_two_alike_in_scope_too_the_first_stays_but_of_opt_outs_the_later_one(
        self, stores: Stores, scope: SuppressionScope
    ) -> None:
        first = [a_suppression(reason=reason, scope=scope) for reason in (MANUAL, STOP)]
        later = [evolve(one, at=NOW + SECOND, detail="again") for one in first]
        elsewhere = [evolve(one, at=NOW - SECOND, scope=EVERYTHING) for one in first]

        stores.suppressions.add([*first, *elsewhere])

        assert list(stores.suppressions.add(later)) == [first[0], later[1]]
        assert stores.suppressions.find(Channel.EMAIL, [ADA])[ADA] == (elsewhere[0], first[0], elsewhere[1], later[1])

    @pytest.mark.parametrize("reason", sorted(EVERY_REASON - LIFTED_BY_THE_PERSON))
    def test_of_two_alike_the_first_stays(self, stores: Stores, reason: SuppressionReason) -> None:
        first = a_suppression(reason=reason)
        second = a_suppression("ADA@example.com", reason=reason, at=NOW + SECOND)

        assert list(stores.suppressions.add([first])) == [first]
        assert list(stores.suppressions.add([second])) == [first]

    @pytest.mark.parametrize("reason", sorted(LIFTED_BY_THE_PERSON))
    @pytest.mark.parametrize("seconds", [(0, 1), (1, 0)])
    def test_of_two_opt_outs_the_later_one_stands_in_whatever_order_they_come(
        self, stores: Stores, reason: SuppressionReason, seconds: tuple[int, int]
    ) -> None:
        said = [evolve(a_suppression(reason=reason, at=NOW + at * SECOND), detail=f"after {at} s") for at in seconds]
        for one in said:
            stores.suppressions.add([one])

        assert only(stores.suppressions.find(Channel.EMAIL, [ADA])[ADA]) == max(said, key=lambda one: one.at)

    def test_of_several_for_one_address_each_is_answered_as_it_stands_in_the_end(self, stores: Stores) -> None:
        complaint, manual = a_suppression(reason=COMPLAINT), a_suppression(reason=MANUAL)

        assert list(stores.suppressions.add([complaint, manual, complaint])) == [complaint, manual, complaint]

    def test_a_claim_names_an_address_once_for_all_its_reasons(self, stores: Stores) -> None:
        stores.recipients.put([evolve(a_person(), push_tokens=("phone", "tablet"))])
        stores.suppressions.add([a_suppression("phone", Channel.PUSH, reason) for reason in SuppressionReason])

        assert claimed(stores, a_message(channel=Channel.PUSH)).suppressed == {"phone": tuple(sorted(EVERY_REASON))}

    @pytest.mark.parametrize("counts", [MANUAL, COMPLAINT])
    def test_one_reason_that_counts_among_others_is_enough(self, stores: Stores, counts: SuppressionReason) -> None:
        stores.suppressions.add([a_suppression(reason=reason) for reason in (MANUAL, COMPLAINT)])

        add(stores, a_message())
        held = only(claim(stores, stopped_by=frozenset({counts})).claims)

        assert held.suppressed == {ADA: (counts,)}

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

        assert claimed(stores, a_message(channel=channel)).suppressed == {address: (MANUAL,)}


class _Removing:
    def test_what_is_removed_may_be_used_again(self, stores: Stores) -> None:
        (standing,) = stores.suppressions.add([a_suppression(ADA)])

        assert stores.suppressions.remove(Channel.EMAIL, "ADA@example.com", EVERY_REASON) == Removal([standing], [])

        assert stores.suppressions.find(Channel.EMAIL, [ADA]) == {}
        assert claimed(stores).suppressed == {}

    def test_where_nothing_stands_nothing_is_removed_and_nothing_left(self, stores: Stores) -> None:
        stores.suppressions.add([a_suppression("+14155550100", Channel.SMS)])

        for channel, address in ((Channel.EMAIL, "+14155550100"), (Channel.SMS, "+14155550101")):
            assert stores.suppressions.remove(channel, address, EVERY_REASON) == Removal([], [])
        assert names(stores.suppressions.page(SuppressionQuery())) == ["sms/+14155550100/manual"]

    def test_reasons_that_are_not_named_stay_and_go_on_counting(self, stores: Stores) -> None:
        every = stores.suppressions.add([a_suppression(reason=reason) for reason in sorted(EVERY_REASON)])
        bounced = [one for one in every if one.reason in (MANUAL, SuppressionReason.UNREACHABLE)]
        decided = [one for one in every if one not in bounced]

        removed = stores.suppressions.remove(Channel.EMAIL, ADA, {MANUAL, SuppressionReason.UNREACHABLE})

        assert removed == Removal(bounced, decided)
        assert list(stores.suppressions.page(SuppressionQuery())) == decided
        assert claimed(stores).suppressed == {ADA: tuple(one.reason for one in decided)}

    @pytest.mark.parametrize("taken", [(), *([one] for one in SCOPES), (EVERYTHING, NEWS), SCOPES, None])
    def test_scopes_that_are_not_named_stay(self, stores: Stores, taken: Collection[SuppressionScope] | None) -> None:
        every = stores.suppressions.add(
            [a_suppression(reason=one, scope=scope) for one, scope in product((MANUAL, STOP), SCOPES)]
        )
        meant = [one for one in every if one.reason is MANUAL and (taken is None or one.scope in taken)]
        left = [one for one in every if one not in meant]

        assert stores.suppressions.remove(Channel.EMAIL, "ADA@example.com", {MANUAL}, taken) == Removal(meant, left)
        assert list(stores.suppressions.page(SuppressionQuery())) == left

    def test_a_reason_that_does_not_stand_takes_nothing_away(self, stores: Stores) -> None:
        (standing,) = stores.suppressions.add([a_suppression(reason=STOP)])

        assert stores.suppressions.remove(Channel.EMAIL, ADA, {MANUAL}) == Removal([], [standing])
        assert stores.suppressions.remove(Channel.EMAIL, ADA, set()) == Removal([], [standing])


class _Paging:
    def _fill(self, stores: Stores) -> None:
        stores.suppressions.add(
            [
                a_suppression("+14155550100", Channel.SMS, STOP),
                a_suppression("eve@example.com", reason=COMPLAINT),
                a_suppression("Ada@example.com", reason=STOP),
                a_suppression("Ada@example.com"),
                a_suppression("ada", Channel.IN_APP),
                a_suppression("ada@example.com", Channel.PUSH),
                a_suppression("ünal@example.com"),
                a_suppression(ADA, reason=MANUAL, scope=NEWS),
                a_suppression("ada", Channel.IN_APP, STOP, scope=OFFERS),
                a_suppression("ada", Channel.IN_APP, STOP, scope=SuppressionScope(topic="a/b~c")),
                a_suppression("ada", Channel.IN_APP, STOP, scope=SuppressionScope(topic="über")),
            ]
        )

    @pytest.mark.parametrize("limit", [1, 2])  # with one a page, the reasons and scopes of an address are torn apart
    def test_they_come_by_channel_address_reason_and_scope_page_by_page(self, stores: Stores, limit: int) -> None:
        self._fill(stores)
        seen: list[str] = []
        after: SuppressionName | None = None

        while page := stores.suppressions.page(SuppressionQuery(limit=limit, after=after)):
            assert len(page) <= limit
            seen += names(page)
            after = SuppressionName.parse(seen[-1])

        assert seen == [
            "email/ada@example.com/manual",
            "email/ada@example.com/manual/topic:news",
            "email/ada@example.com/stop",
            "email/eve@example.com/complaint",
            "email/ünal@example.com/manual",
            "in_app/ada/manual",
            "in_app/ada/stop/topic:a~1b~0c",
            "in_app/ada/stop/topic:über",
            "in_app/ada/stop/type:promotional",
            "push/ada@example.com/manual",
            "sms/+14155550100/stop",
        ]
        assert names(stores.suppressions.page(SuppressionQuery(limit=0))) == seen

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (SuppressionQuery(channel=Channel.SMS), ["sms/+14155550100/stop"]),
            (SuppressionQuery(reason=COMPLAINT), ["email/eve@example.com/complaint"]),
            (SuppressionQuery(reason=STOP, scope=EVERYTHING), ["email/ada@example.com/stop", "sms/+14155550100/stop"]),
            (SuppressionQuery(scope=OFFERS), ["in_app/ada/stop/type:promotional"]),
            (SuppressionQuery(scope=NEWS), ["email/ada@example.com/manual/topic:news"]),
            (SuppressionQuery(scope=SuppressionScope(topic="News")), []),
            (SuppressionQuery(address=ADA, scope=SuppressionScope(type=NotificationType.TRANSACTIONAL)), []),
            (SuppressionQuery(reason=SuppressionReason.UNREACHABLE), []),
            (
                SuppressionQuery(address="ADA@example.com"),
                [
                    *("email/ada@example.com/manual", "email/ada@example.com/manual/topic:news"),
                    "email/ada@example.com/stop",
                ],
            ),
            (
                SuppressionQuery(address="ada@example.com", reason=MANUAL, scope=EVERYTHING),
                ["email/ada@example.com/manual", "push/ada@example.com/manual"],
            ),
            (SuppressionQuery(address=ADA, channel=Channel.PUSH), ["push/ada@example.com/manual"]),
            (SuppressionQuery(address="eve@example.com", reason=MANUAL), []),
            (
                SuppressionQuery(reason=MANUAL, scope=EVERYTHING, limit=2),
                ["email/ada@example.com/manual", "email/ünal@example.com/manual"],
            ),
            (
                SuppressionQuery(address=ADA, after=SuppressionName(Channel.EMAIL, ADA, MANUAL)),
                [
                    *("email/ada@example.com/manual/topic:news", "email/ada@example.com/stop"),
                    "push/ada@example.com/manual",
                ],
            ),
            (
                SuppressionQuery(address=ADA, after=SuppressionName(Channel.EMAIL, ADA, MANUAL, OFFERS)),
                ["email/ada@example.com/stop", "push/ada@example.com/manual"],
            ),
            (
                SuppressionQuery(reason=MANUAL, after=SuppressionName(Channel.EMAIL, "zoe@example.com", COMPLAINT)),
                ["email/ünal@example.com/manual", "in_app/ada/manual", "push/ada@example.com/manual"],
            ),
            (SuppressionQuery(channel=Channel.EMAIL, after=SuppressionName(Channel.PUSH, "", COMPLAINT)), []),
        ],
    )
    def test_filters_narrow_it(self, stores: Stores, query: SuppressionQuery, expected: list[str]) -> None:
        self._fill(stores)

        assert names(stores.suppressions.page(query)) == expected


class SuppressionRepositoryContract(_Finding, _Adding, _Removing, _Paging):
    """Finding, adding, removing and listing."""
