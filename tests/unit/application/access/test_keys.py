"""Keys are shown once, stored as digests, and know what they allow."""

import pytest

from adapters.memory.store import MemoryStore
from adapters.system_randomness import SystemRandomness
from application.access.keys import Authenticate, CreateKey, ListKeys, RevokeKey
from domain.api_key import Scope
from domain.errors import InvalidInput, NotFound
from tests.unit.application.sending.desk import ManualClock


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(new_id=lambda: "store")


@pytest.fixture
def create(store: MemoryStore) -> CreateKey:
    return CreateKey(keys=store.api_keys, randomness=SystemRandomness(), clock=ManualClock())


def test_a_key_tells_who_calls(create: CreateKey, store: MemoryStore) -> None:
    made = create(frozenset({Scope.SEND}), "shop")
    authenticate = Authenticate(keys=store.api_keys)

    assert authenticate(made.secret) == made.key
    assert authenticate(made.secret[:-1]) is None
    assert authenticate("") is None


def test_the_store_never_sees_the_text_of_a_key(create: CreateKey, store: MemoryStore) -> None:
    made = create(frozenset({Scope.SEND}))

    assert made.secret.encode() not in store.api_keys.all()[0].digest
    assert len(made.secret) > 40
    assert made.secret != create(frozenset({Scope.SEND})).secret


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ({Scope.SEND}, {Scope.SEND}),
        ({Scope.READ}, {Scope.READ}),
        ({Scope.SEND, Scope.READ}, {Scope.SEND, Scope.READ}),
        ({Scope.MANAGE}, set(Scope)),
    ],
)
def test_scopes_say_what_a_key_allows(create: CreateKey, scopes: set[Scope], allowed: set[Scope]) -> None:
    key = create(frozenset(scopes)).key

    assert {scope for scope in Scope if key.allows(scope)} == allowed


def test_a_revoked_key_opens_nothing(create: CreateKey, store: MemoryStore) -> None:
    made = create(frozenset({Scope.MANAGE}))
    revoke = RevokeKey(keys=store.api_keys, clock=ManualClock())

    revoked = revoke(made.key.id)

    assert Authenticate(keys=store.api_keys)(made.secret) is None
    assert not revoked.allows(Scope.SEND)
    assert revoke(made.key.id) == revoked
    assert ListKeys(keys=store.api_keys)() == [revoked]
    with pytest.raises(NotFound):
        revoke(999)


@pytest.mark.parametrize(("scopes", "name", "field"), [([], None, "scope"), ([Scope.SEND], "a\nb", "name")])
def test_a_key_needs_a_scope_and_a_printable_name(
    create: CreateKey, scopes: list[Scope], name: str | None, field: str
) -> None:
    with pytest.raises(InvalidInput, match=field):
        create(frozenset(scopes), name)


def test_a_test_key_is_told_by_its_text_and_by_the_store(create: CreateKey, store: MemoryStore) -> None:
    test, real = create(frozenset({Scope.SEND}), test=True), create(frozenset({Scope.SEND}))

    assert test.secret.startswith("tocsin_test_")
    assert not real.secret.startswith("tocsin_test_")
    assert [key.test for key in store.api_keys.all()] == [True, False]
    assert Authenticate(keys=store.api_keys)(test.secret) == test.key
    assert (test.key.name, real.key.name) == ("test+send", "send")
