"""A test key finds tests alone, and any other key everything but tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from adapters.memory.store import MemoryStore
from application.access.keep_apart import KeepApart
from domain.api_key import ApiKey, Scope
from domain.errors import InvalidInput, NotFound
from tests.contracts.given import a_campaign, a_message, add

T = TypeVar("T")
UNKNOWN = 4711
LANES = {False: "email/promotional", True: "email/promotional/campaign-7/test"}


def a_key(*, test: bool) -> ApiKey:
    made_at = datetime(2026, 3, 2, tzinfo=UTC)
    return ApiKey(id=1, name="key", digest=b"", scopes=frozenset({Scope.MANAGE}), created_at=made_at, test=test)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(new_id=lambda: "store")


@pytest.fixture
def keep_apart(store: MemoryStore) -> KeepApart:
    return KeepApart(notifications=store.notifications, campaigns=store.campaigns)


def refuses(look: Callable[[ApiKey, T], None], key: ApiKey, one: T) -> bool:
    try:
        look(key, one)
    except NotFound:
        return True
    return False


@pytest.mark.parametrize("test", [False, True])
def test_a_key_finds_its_own_kind_and_not_the_other(store: MemoryStore, keep_apart: KeepApart, test: bool) -> None:
    notifications = {is_test: add(store, a_message(test=is_test))[0].id for is_test in (False, True)}
    campaigns = {
        is_test: store.campaigns.start(a_campaign(f"campaign {is_test}", test=is_test)).id for is_test in (False, True)
    }
    key = a_key(test=test)

    for is_test in (False, True):
        is_other = is_test is not test
        assert refuses(keep_apart.notification, key, notifications[is_test]) is is_other
        assert refuses(keep_apart.campaign, key, campaigns[is_test]) is is_other
        assert refuses(keep_apart.lane, key, LANES[is_test]) is is_other


@pytest.mark.parametrize("test", [False, True])
def test_what_is_not_there_is_not_found_by_either(keep_apart: KeepApart, test: bool) -> None:
    key = a_key(test=test)

    assert refuses(keep_apart.notification, key, UNKNOWN)
    assert refuses(keep_apart.campaign, key, UNKNOWN)
    assert refuses(keep_apart.lane, key, "no lane")


def test_of_recipients_a_test_key_has_those_for_tests(keep_apart: KeepApart) -> None:
    key, other = a_key(test=True), a_key(test=False)

    for name, is_real in (("ada", True), ("simulate-", True), ("Simulate-ada", True), ("simulate-ada", False)):
        assert refuses(keep_apart.recipient, key, name) is is_real
        assert keep_apart.hides_addresses(key, name) is is_real
        assert not refuses(keep_apart.recipient, other, name)
        keep_apart.recipient_to_store(other, name)
    keep_apart.recipient_to_store(key, "simulate-ada")
    with pytest.raises(InvalidInput, match="must begin with simulate-"):
        keep_apart.recipient_to_store(key, "ada")
