"""What every store of the generations of links must do."""

from concurrent.futures import ThreadPoolExecutor

from application.ports.link_repository import FIRST_LINKS, LinkGenerations
from tests.contracts.given import NOW, a_person
from tests.contracts.stores import Stores


class LinkRepositoryContract:
    """Generations that only rise."""

    def test_a_new_store_has_the_first_generation(self, stores: Stores) -> None:
        assert stores.links.generations() == FIRST_LINKS

    def test_rotating_begins_a_generation_and_lets_the_older_ones_be(self, stores: Stores) -> None:
        rotated = stores.links.rotate(revoke=False)

        assert rotated == stores.links.generations() == LinkGenerations(present=2, oldest=1)
        assert 1 in rotated
        assert 2 in rotated
        assert 3 not in rotated

    def test_revoking_ends_all_older_ones_and_rotating_brings_none_back(self, stores: Stores) -> None:
        stores.links.rotate(revoke=False)

        assert stores.links.rotate(revoke=True) == LinkGenerations(present=3, oldest=3)
        assert 2 not in stores.links.generations()
        assert stores.links.rotate(revoke=False) == LinkGenerations(present=4, oldest=3)

    def test_those_who_rotate_at_once_each_begin_one(self, stores: Stores) -> None:
        with ThreadPoolExecutor(4) as pool:
            begun = list(pool.map(lambda _: stores.links.rotate(revoke=False).present, range(8)))

        assert sorted(begun) == list(range(2, 10))

    def test_who_is_stored_anew_after_an_erasure_is_somebody_else(self, stores: Stores) -> None:
        stores.recipients.put([a_person(), a_person("bob")])
        first = stores.links.number_of("ada")
        stores.recipients.put([a_person()])

        assert first is not None
        assert stores.links.number_of("ada") == first != stores.links.number_of("bob")
        stores.erasure.erase(["ada"], NOW)
        assert stores.links.number_of("ada") is None
        stores.recipients.put([a_person()])
        assert stores.links.number_of("ada") not in (None, first, stores.links.number_of("bob"))

    def test_stores_share_none(self, stores: Stores, another: Stores) -> None:
        stores.links.rotate(revoke=True)

        assert another.links.generations() == FIRST_LINKS
