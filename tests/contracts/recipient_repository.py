"""What every store of recipients must do."""

import pytest
from attrs import evolve

from domain.errors import NotFound
from domain.recipient import Recipient, WebPushSubscription
from tests.contracts.given import a_person
from tests.contracts.stores import Stores

SUBSCRIPTION = WebPushSubscription(endpoint="https://push.example.com/1", p256dh="key", auth="secret")
ADA = Recipient(
    id="ada",
    name="Ada Löwe",
    email="ada@example.com",
    phone="+14155550100",
    push_tokens=("token-1", "fid:two"),
    web_push=(SUBSCRIPTION,),
    locale="de-DE",
    timezone="Europe/Berlin",
    attributes={"plan": "pro", "seats": 3, "beta": True, "tags": ["a", "b"], "address": {"city": "Köln"}},
)


def bare(recipient_id: str = "ada") -> Recipient:
    return Recipient(id=recipient_id)


class _Putting:
    def test_a_recipient_reads_back_as_it_was_put(self, stores: Stores) -> None:
        stores.recipients.put([ADA, bare("bob")])

        assert stores.recipients.get("ada") == ADA
        assert stores.recipients.get("bob") == bare("bob")

    def test_new_ones_are_counted_and_known_ones_replaced(self, stores: Stores) -> None:
        assert stores.recipients.put([ADA, bare("bob")]) == 2

        assert stores.recipients.put([bare("ada"), bare("eve")]) == 1

        assert stores.recipients.get("ada") == bare("ada")
        assert stores.recipients.count() == 3

    def test_of_several_with_one_id_the_last_one_stays(self, stores: Stores) -> None:
        assert stores.recipients.put([ADA, evolve(ADA, name="Countess")]) == 1

        assert stores.recipients.get("ada").name == "Countess"

    def test_putting_nobody_stores_nobody(self, stores: Stores) -> None:
        assert stores.recipients.put([]) == 0
        assert stores.recipients.merge([]) == 0
        assert stores.recipients.count() == 0


class _Merging:
    def test_what_is_left_out_stays_as_it_was(self, stores: Stores) -> None:
        stores.recipients.put([ADA])

        assert stores.recipients.merge([bare("ada")]) == 0

        assert stores.recipients.get("ada") == ADA

    def test_what_is_given_replaces_and_attributes_are_merged_by_name(self, stores: Stores) -> None:
        stores.recipients.put([ADA])

        stores.recipients.merge(
            [
                Recipient(
                    id="ada", email="new@example.com", push_tokens=("token-9",), attributes={"plan": "team", "x": 1}
                )
            ]
        )

        assert stores.recipients.get("ada") == evolve(
            ADA,
            email="new@example.com",
            push_tokens=("token-9",),
            attributes={**ADA.attributes, "plan": "team", "x": 1},
        )

    def test_an_attribute_that_is_an_object_is_replaced_whole(self, stores: Stores) -> None:
        stores.recipients.put([ADA])

        stores.recipients.merge([Recipient(id="ada", attributes={"address": {"street": "Ring"}})])

        assert stores.recipients.get("ada").attributes["address"] == {"street": "Ring"}

    def test_a_new_one_is_counted_and_stored_as_given(self, stores: Stores) -> None:
        stores.recipients.put([bare("bob")])

        assert stores.recipients.merge([ADA, bare("bob")]) == 1

        assert stores.recipients.get("ada") == ADA

    def test_of_several_with_one_id_the_later_is_merged_onto_the_earlier(self, stores: Stores) -> None:
        new = stores.recipients.merge(
            [
                Recipient(id="ada", name="Ada", attributes={"plan": "pro"}),
                Recipient(id="ada", email="ada@example.com", attributes={"seats": 3}),
            ]
        )

        assert new == 1
        assert stores.recipients.get("ada") == Recipient(
            id="ada", name="Ada", email="ada@example.com", attributes={"plan": "pro", "seats": 3}
        )


class _Looking:
    def test_an_unknown_id_is_not_found(self, stores: Stores) -> None:
        with pytest.raises(NotFound, match="nobody"):
            stores.recipients.get("nobody")

    def test_many_are_given_by_id_and_unknown_ones_are_missing(self, stores: Stores) -> None:
        stores.recipients.put([ADA, bare("bob"), bare("eve")])

        assert stores.recipients.get_many(["bob", "nobody", "ada", "bob"]) == {"ada": ADA, "bob": bare("bob")}
        assert stores.recipients.get_many([]) == {}

    def test_thousands_can_be_asked_for_at_once(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number}") for number in range(1500)])

        assert len(stores.recipients.get_many([f"person-{number}" for number in range(2000)])) == 1500

    def test_all_come_by_id_page_by_page(self, stores: Stores) -> None:
        stores.recipients.put([bare(name) for name in ("eve", "ada", "Zoe", "bob", "übel")])

        first = stores.recipients.find(2)
        second = stores.recipients.find(2, after=first[-1].id)
        third = stores.recipients.find(2, after=second[-1].id)

        assert [one.id for one in (*first, *second, *third)] == ["Zoe", "ada", "bob", "eve", "übel"]
        assert len(third) == 1

    def test_a_limit_of_zero_means_all(self, stores: Stores) -> None:
        stores.recipients.put([a_person(f"person-{number:03}") for number in range(120)])

        assert len(stores.recipients.find(0)) == 120
        assert len(stores.recipients.find(0, after="person-099")) == 20

    def test_an_empty_store_has_nobody(self, stores: Stores) -> None:
        assert stores.recipients.count() == 0
        assert list(stores.recipients.find(0)) == []


class RecipientRepositoryContract(_Putting, _Merging, _Looking):
    """Putting, merging, changing and finding people."""
