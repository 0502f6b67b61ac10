"""What every store of API keys must do."""

import pytest

from domain.api_key import ApiKey, Scope
from domain.errors import NotFound
from tests.contracts.given import NOW, SECOND
from tests.contracts.stores import Stores

SENDER = frozenset({Scope.SEND, Scope.READ})


class ApiKeyRepositoryContract:
    """Keys by digest, revoked once."""

    def test_a_key_reads_back_by_its_digest(self, stores: Stores) -> None:
        added = stores.api_keys.add("shop", b"digest\x00\xff", SENDER, NOW)

        assert added == ApiKey(id=added.id, name="shop", digest=b"digest\x00\xff", scopes=SENDER, created_at=NOW)
        assert stores.api_keys.find(b"digest\x00\xff") == added

    def test_a_test_key_stays_one(self, stores: Stores) -> None:
        added = stores.api_keys.add("shop", b"digest", SENDER, NOW, test=True)

        assert added.test
        assert stores.api_keys.find(b"digest") == added
        assert stores.api_keys.revoke(added.id, NOW).test

    def test_an_unknown_digest_finds_nothing(self, stores: Stores) -> None:
        stores.api_keys.add("shop", b"digest", SENDER, NOW)

        assert stores.api_keys.find(b"other") is None

    def test_the_oldest_comes_first(self, stores: Stores) -> None:
        assert list(stores.api_keys.all()) == []

        added = [stores.api_keys.add("same name", f"digest {n}".encode(), SENDER, NOW) for n in (3, 1, 2)]

        assert list(stores.api_keys.all()) == added
        assert len({key.id for key in added}) == 3

    def test_a_revoked_key_is_still_found_and_allows_nothing(self, stores: Stores) -> None:
        key = stores.api_keys.add("shop", b"digest", frozenset({Scope.MANAGE}), NOW)
        assert key.allows(Scope.SEND)

        revoked = stores.api_keys.revoke(key.id, NOW + SECOND)

        assert revoked.revoked_at == NOW + SECOND
        assert not revoked.allows(Scope.SEND)
        assert stores.api_keys.find(b"digest") == revoked
        assert list(stores.api_keys.all()) == [revoked]

    def test_revoking_twice_changes_nothing(self, stores: Stores) -> None:
        key = stores.api_keys.add("shop", b"digest", SENDER, NOW)
        revoked = stores.api_keys.revoke(key.id, NOW + SECOND)

        assert stores.api_keys.revoke(key.id, NOW + 2 * SECOND) == revoked
        assert stores.api_keys.find(b"digest") == revoked

    def test_revoking_one_leaves_the_others(self, stores: Stores) -> None:
        first = stores.api_keys.add("shop", b"one", SENDER, NOW)
        second = stores.api_keys.add("shop", b"two", SENDER, NOW)

        stores.api_keys.revoke(first.id, NOW)

        assert stores.api_keys.find(b"two") == second

    def test_an_unknown_key_cannot_be_revoked(self, stores: Stores) -> None:
        with pytest.raises(NotFound, match="4711"):
            stores.api_keys.revoke(4711, NOW)
