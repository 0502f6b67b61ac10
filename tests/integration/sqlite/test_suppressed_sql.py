"""What the store says of suppressed addresses is what the domain says of them."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from adapters.sqlite import functions
from adapters.sqlite.store import SqliteStore
from adapters.sqlite.suppressed_sql import Told, has_usable_address, reasons_json, suppressed_addresses
from domain.channel import Channel
from domain.notification_type import TYPE_POLICIES, NotificationType
from domain.recipient import Recipient, WebPushSubscription
from domain.suppression import EVERYTHING, Suppression, SuppressionScope, suppressed_for
from domain.suppression_reason import EVERY_REASON, SuppressionReason
from tests.integration.sqlite.given import NOW, opened

PEOPLE = (
    Recipient(id="ascii", email="Ada@Example.com", phone="+14155550100", push_tokens=("phone", "fid:tablet")),
    Recipient(
        id="ünal",
        email="Ünal@Straße.example",
        web_push=tuple(
            WebPushSubscription(endpoint=f"https://push.example.com/{name}", p256dh="key", auth="auth")
            for name in ("a/b?c='d'", "ü")
        ),
    ),
    Recipient(id="nobody"),
)
OFFERS, NEWS = SuppressionScope(type=NotificationType.PROMOTIONAL), SuppressionScope(topic="news")
LISTED = (
    (Channel.EMAIL, "ada@example.com", SuppressionReason.COMPLAINT, NEWS),
    (Channel.EMAIL, "ünal@straße.example", SuppressionReason.MANUAL, OFFERS),
    (Channel.EMAIL, "ünal@straße.example", SuppressionReason.MANUAL, NEWS),
    (Channel.EMAIL, "ünal@straße.example", SuppressionReason.STOP, EVERYTHING),
    (Channel.SMS, "+14155550100", SuppressionReason.STOP, NEWS),
    (Channel.PUSH, "fid:tablet", SuppressionReason.UNSUBSCRIBE, OFFERS),
    (Channel.PUSH, "phone", SuppressionReason.MANUAL, NEWS),
    (Channel.WEB_PUSH, "https://push.example.com/a/b?c='d'", SuppressionReason.MANUAL, EVERYTHING),
    (Channel.WEB_PUSH, "https://push.example.com/ü", SuppressionReason.UNREACHABLE, OFFERS),
    (Channel.IN_APP, "ünal", SuppressionReason.MANUAL, NEWS),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("suppressed") / "tocsin.db"


@pytest.fixture(scope="module")
def store(path: Path) -> Iterator[SqliteStore]:
    with opened(path) as store:
        store.recipients.put(PEOPLE)
        store.suppressions.add(
            [
                Suppression(channel=channel, address=address, reason=reason, scope=scope, at=NOW)
                for channel, address, reason, scope in LISTED
            ]
        )
        yield store


@pytest.fixture(scope="module")
def connection(path: Path, store: SqliteStore) -> Iterator[sqlite3.Connection]:
    assert store.recipients.count() == len(PEOPLE)
    with closing(sqlite3.connect(path)) as connection:
        functions.register(connection)
        yield connection


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("recipient", PEOPLE, ids=lambda one: one.id)
def test_which_addresses_are_suppressed_and_why_and_whether_one_is_left(
    store: SqliteStore, connection: sqlite3.Connection, channel: Channel, recipient: Recipient
) -> None:
    statement = f"""
    SELECT {suppressed_addresses(channel, Told())}, {has_usable_address(channel, Told())}
      FROM recipients AS r
     WHERE r.id = :id
    """
    addresses = recipient.addresses(channel)
    listed = store.suppressions.find(channel, addresses)

    for type_, topic in product(NotificationType, (None, "news", "News", "")):
        stopped_by = TYPE_POLICIES[type_].stopped_by(channel)
        told = {"id": recipient.id, "type": type_, "topic": topic, "stopped_by": reasons_json(stopped_by)}
        found, is_usable = connection.execute(statement, told).fetchone()

        expected = suppressed_for(listed, stopped_by, type_, topic)
        assert json.loads(found or "{}") == {address: list(reasons) for address, reasons in expected.items()}
        assert bool(is_usable) is any(address not in expected for address in addresses)


@pytest.mark.parametrize(
    ("recipient_id", "channel", "topic", "expected"),
    [
        ("ascii", Channel.EMAIL, "news", {"Ada@Example.com": ["complaint"]}),
        ("ascii", Channel.EMAIL, "sale", None),
        ("ünal", Channel.EMAIL, "news", {"Ünal@Straße.example": ["manual", "stop"]}),
        ("ascii", Channel.PUSH, "news", {"phone": ["manual"], "fid:tablet": ["unsubscribe"]}),
        ("ascii", Channel.PUSH, None, {"fid:tablet": ["unsubscribe"]}),
    ],
)
def test_of_a_promotion_they_are_named_as_the_recipient_has_them_and_each_reason_once(
    connection: sqlite3.Connection,
    recipient_id: str,
    channel: Channel,
    topic: str | None,
    expected: dict[str, list[str]] | None,
) -> None:
    statement = f"SELECT {suppressed_addresses(channel, Told())} FROM recipients AS r WHERE r.id = :id"
    every = reasons_json(EVERY_REASON)
    told = {"id": recipient_id, "type": NotificationType.PROMOTIONAL, "topic": topic, "stopped_by": every}

    found = connection.execute(statement, told).fetchone()[0]

    assert (None if found is None else json.loads(found)) == expected
