"""What every store must do as a whole."""

from application.ports.store import Level
from tests.contracts.given import a_person
from tests.contracts.stores import Stores


class StoreContract:
    """Creation, migration and inspection. The suite's fixture ``another`` gives a second store."""

    def test_a_store_keeps_the_identity_it_was_made_with(self, stores: Stores) -> None:
        assert stores.identity
        assert stores.identity == stores.identity

    def test_no_two_stores_have_one_identity(self, stores: Stores, another: Stores) -> None:
        assert stores.identity != another.identity

    def test_it_keeps_a_secret_of_its_own_which_is_not_its_identity(self, stores: Stores, another: Stores) -> None:
        assert stores.secret
        assert stores.secret == stores.secret
        assert len({stores.secret, stores.identity, another.secret, another.identity}) == 4

    def test_a_store_that_is_up_to_date_takes_no_steps_and_keeps_what_it_has(self, stores: Stores) -> None:
        stores.recipients.put([a_person()])
        stores.migrate()

        assert list(stores.migrate()) == []
        assert stores.recipients.get("ada") == a_person()

    def test_a_healthy_store_says_so(self, stores: Stores) -> None:
        findings = stores.inspect()

        assert findings
        assert Level.ERROR not in {finding.level for finding in findings}
        assert all(finding.name and finding.message for finding in findings)

    def test_stores_share_nothing(self, stores: Stores, another: Stores) -> None:
        stores.recipients.put([a_person()])

        assert another.recipients.count() == 0
