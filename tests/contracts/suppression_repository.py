"""What every list of suppressions must do."""

from domain.channel import Channel
from domain.suppression import Suppression, SuppressionReason
from tests.contracts.given import NOW, a_person, suppress
from tests.contracts.stores import Stores


class SuppressionRepositoryContract:
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
