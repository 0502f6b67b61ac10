"""Looking at suppressions, adding and removing them."""

from typing import Any

import pytest

from adapters.address_checker import StandardAddressChecker
from adapters.memory.store import MemoryStore
from application.ports.suppression_repository import Removal, SuppressionQuery
from application.recipients import suppressions
from application.recipients.suppressions import AddSuppression, ListSuppressions, RemoveSuppression
from domain.channel import Channel
from domain.errors import Conflict, InvalidInput, NotFound
from domain.notification_type import NotificationType
from domain.preferences import TOPIC_MAX
from domain.suppression import EVERYTHING, Suppression, SuppressionName, SuppressionScope
from domain.suppression_reason import BY_THE_PERSON, EVERY_REASON, SuppressionReason
from tests.unit.application.sending.desk import START, ManualClock

NEWS = SuppressionScope(topic="news")
TRANSACTIONAL = SuppressionScope(type=NotificationType.TRANSACTIONAL)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(new_id=lambda: "store")


@pytest.fixture
def add(store: MemoryStore) -> AddSuppression:
    return AddSuppression(
        suppressions=store.suppressions, addresses=StandardAddressChecker(), clock=ManualClock(moment=START)
    )


@pytest.fixture
def remove(store: MemoryStore) -> RemoveSuppression:
    return RemoveSuppression(suppressions=store.suppressions, addresses=StandardAddressChecker())


@pytest.fixture
def find(store: MemoryStore) -> ListSuppressions:
    return ListSuppressions(suppressions=store.suppressions)


@pytest.mark.parametrize(
    ("channel", "given", "listed"),
    [
        (Channel.EMAIL, "Ada@Example.COM", "ada@example.com"),
        (Channel.SMS, "+1 (415) 555-2671", "+14155552671"),
        (Channel.PUSH, "fid:abc", "fid:abc"),
        (Channel.WEB_PUSH, "https://push.example.com/a/b", "https://push.example.com/a/b"),
        (Channel.IN_APP, "ada", "ada"),
    ],
)
def test_an_address_is_added_and_removed_however_it_is_written(
    add: AddSuppression, remove: RemoveSuppression, channel: Channel, given: str, listed: str
) -> None:
    standing = add(channel, given, detail="asked for it")

    expected = Suppression(
        channel=channel, address=listed, reason=SuppressionReason.MANUAL, at=START, detail="asked for it"
    )
    assert standing == expected
    assert remove(channel, given) == Removal([expected], [])
    with pytest.raises(NotFound):
        remove(channel, given)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (Channel.EMAIL, "ada"),
        (Channel.EMAIL, "ada@example.com\r\nBcc: bob@example.com"),
        (Channel.SMS, "0664 123"),
        (Channel.PUSH, "with space"),
        (Channel.WEB_PUSH, "http://push.example.com/a"),
        (Channel.IN_APP, " ada"),
        *((channel, "") for channel in Channel),
    ],
)
def test_what_is_no_address_is_refused(
    store: MemoryStore, add: AddSuppression, remove: RemoveSuppression, channel: Channel, address: str
) -> None:
    for change in (add, remove):
        with pytest.raises(InvalidInput) as caught:
            change(channel, address)
        assert [error.field for error in caught.value.errors] == ["address"]
    assert list(store.suppressions.page(SuppressionQuery())) == []


@pytest.mark.parametrize("detail", ["", " ", "two\nlines", "x" * (suppressions.DETAIL_MAX + 1)])
def test_every_wrong_field_is_named(add: AddSuppression, detail: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(Channel.EMAIL, "ada", detail=detail)
    assert [error.field for error in caught.value.errors] == ["address", "detail"]
    with pytest.raises(InvalidInput) as caught:
        add(Channel.EMAIL, "ada@example.com", detail=detail)
    assert [error.field for error in caught.value.errors] == ["detail"]


def test_a_reason_stands_beside_those_that_are_there(add: AddSuppression, find: ListSuppressions) -> None:
    add(Channel.EMAIL, "ada@example.com", reason=SuppressionReason.UNREACHABLE)

    assert add(Channel.EMAIL, "ada@example.com").reason is SuppressionReason.MANUAL
    listed = [one.reason for one in find(SuppressionQuery()).items]
    assert listed == [SuppressionReason.MANUAL, SuppressionReason.UNREACHABLE]


def test_a_scope_stands_beside_those_that_are_there(add: AddSuppression, find: ListSuppressions) -> None:
    add(Channel.EMAIL, "ada@example.com")

    for scope in (NEWS, TRANSACTIONAL):
        assert add(Channel.EMAIL, "ada@example.com", scope=scope).scope == scope
    assert [one.scope for one in find(SuppressionQuery()).items] == [EVERYTHING, NEWS, TRANSACTIONAL]
    assert [one.scope for one in find(SuppressionQuery(scope=NEWS)).items] == [NEWS]


@pytest.mark.parametrize("topic", ["", " ", "two\nlines", "x" * (TOPIC_MAX + 1)])
def test_what_is_no_topic_is_refused(add: AddSuppression, find: ListSuppressions, topic: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(Channel.EMAIL, "ada", detail="", scope=SuppressionScope(topic=topic))
    assert [error.field for error in caught.value.errors] == ["address", "detail", "topic"]
    assert list(find(SuppressionQuery()).items) == []


class TestRemovingScopes:
    @pytest.fixture(autouse=True)
    def _several(self, add: AddSuppression) -> None:
        for reason in (SuppressionReason.MANUAL, SuppressionReason.STOP):
            for scope in (EVERYTHING, NEWS, TRANSACTIONAL):
                add(Channel.EMAIL, "ada@example.com", reason=reason, scope=scope)

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({}, ["manual"]),
            ({"reason": SuppressionReason.STOP}, ["stop"]),
            ({"scope": EVERYTHING}, ["manual"]),
            ({"scope": NEWS}, ["manual (topic:news)"]),
            ({"scope": NEWS, "reason": SuppressionReason.STOP}, ["stop (topic:news)"]),
            ({"scope": NEWS, "every": True}, ["manual (topic:news)", "stop (topic:news)"]),
            ({"scope": EVERYTHING, "every": True}, ["manual", "stop"]),
            (
                {"every": True},
                [
                    *("manual", "manual (topic:news)", "manual (type:transactional)"),
                    *("stop", "stop (topic:news)", "stop (type:transactional)"),
                ],
            ),
        ],
    )
    def test_what_counts_for_less_than_everything_stays_unless_it_or_all_is_asked_for(
        self, remove: RemoveSuppression, find: ListSuppressions, asked: dict[str, Any], expected: list[str]
    ) -> None:
        removal = remove(Channel.EMAIL, "ada@example.com", **asked)

        assert [one.label for one in removal.removed] == expected
        assert len(removal.left) == 6 - len(expected)
        assert list(removal.left) == list(find(SuppressionQuery()).items)

    def test_where_only_other_scopes_stand_they_are_named_and_stay(
        self, remove: RemoveSuppression, find: ListSuppressions
    ) -> None:
        remove(Channel.EMAIL, "ada@example.com", scope=EVERYTHING, every=True)
        remove(Channel.EMAIL, "ada@example.com", scope=TRANSACTIONAL, every=True)

        with pytest.raises(Conflict, match=r"stays suppressed: manual \(topic:news\), stop \(topic:news\); name a"):
            remove(Channel.EMAIL, "ada@example.com")
        assert [one.scope for one in find(SuppressionQuery()).items] == [NEWS, NEWS]


class TestRemoving:
    @pytest.fixture(autouse=True)
    def _every_reason(self, add: AddSuppression) -> None:
        for reason in SuppressionReason:
            add(Channel.EMAIL, "ada@example.com", reason=reason)

    def test_what_the_person_decided_stays_unless_it_is_named(self, remove: RemoveSuppression) -> None:
        removal = remove(Channel.EMAIL, "Ada@example.com")

        assert {one.reason for one in removal.removed} == EVERY_REASON - BY_THE_PERSON
        assert {one.reason for one in removal.left} == BY_THE_PERSON

    @pytest.mark.parametrize("reason", SuppressionReason)
    def test_a_reason_that_is_named_goes_alone(self, remove: RemoveSuppression, reason: SuppressionReason) -> None:
        removal = remove(Channel.EMAIL, "ada@example.com", reason=reason)

        assert [one.reason for one in removal.removed] == [reason]
        assert {one.reason for one in removal.left} == EVERY_REASON - {reason}

    def test_every_reason_goes_where_all_are_asked_for(self, remove: RemoveSuppression) -> None:
        removal = remove(Channel.EMAIL, "ada@example.com", every=True)

        assert {one.reason for one in removal.removed} == EVERY_REASON
        assert list(removal.left) == []

    def test_where_only_other_reasons_stand_they_are_named_and_stay(
        self, remove: RemoveSuppression, find: ListSuppressions
    ) -> None:
        remove(Channel.EMAIL, "ada@example.com")

        for reason in (None, SuppressionReason.MANUAL):
            with pytest.raises(
                Conflict, match=r"email/ada@example\.com stays suppressed: complaint, stop, unsubscribe;"
            ):
                remove(Channel.EMAIL, "ADA@example.com", reason=reason)
        assert {one.reason for one in find(SuppressionQuery()).items} == BY_THE_PERSON

    def test_one_reason_and_all_is_refused(self, remove: RemoveSuppression, find: ListSuppressions) -> None:
        with pytest.raises(InvalidInput, match="all: "):
            remove(Channel.EMAIL, "ada@example.com", reason=SuppressionReason.STOP, every=True)
        assert {one.reason for one in find(SuppressionQuery()).items} == EVERY_REASON


def test_what_only_a_provider_takes_for_an_address_can_be_removed(
    store: MemoryStore, remove: RemoveSuppression
) -> None:
    odd = Suppression(channel=Channel.EMAIL, address="root@mailhost", reason=SuppressionReason.COMPLAINT, at=START)
    store.suppressions.add([odd])

    assert remove(Channel.EMAIL, "Root@mailhost", reason=odd.reason) == Removal([odd], [])


def test_pages_say_where_they_go_on(add: AddSuppression, find: ListSuppressions) -> None:
    for number in range(5):
        add(Channel.EMAIL, f"p{number}@example.com")

    first = find(SuppressionQuery(limit=2))
    assert [one.address for one in first.items] == ["p0@example.com", "p1@example.com"]
    assert first.next == SuppressionName(Channel.EMAIL, "p1@example.com", SuppressionReason.MANUAL)
    rest = find(SuppressionQuery(limit=3, after=first.next))
    assert ([one.address for one in rest.items], rest.next) == ([f"p{n}@example.com" for n in (2, 3, 4)], None)


@pytest.mark.parametrize(("limit", "expected"), [(0, 2500), (2100, 2100), (1000, 1000), (3, 3)])
def test_a_stream_goes_from_page_to_page(store: MemoryStore, find: ListSuppressions, limit: int, expected: int) -> None:
    reason = SuppressionReason.MANUAL
    store.suppressions.add(
        [
            Suppression(channel=Channel.EMAIL, address=f"p{number:04}@example.com", reason=reason, at=START)
            for number in range(2500)
        ]
    )

    found = [one.address for one in find.stream(SuppressionQuery(limit=limit))]

    assert found == [f"p{number:04}@example.com" for number in range(expected)]
