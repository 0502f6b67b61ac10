"""Adding in bulk, and several batches at once: ids, keys, counts, and whose fault a fault is."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from adapters.sqlite.adding import add_batches
from adapters.sqlite.database import Database
from adapters.sqlite.inserting import insert_rows
from adapters.sqlite.migrations import migrate
from application.ports.notification_repository import Added
from domain.content import Content
from domain.errors import KeyReused, NotFound
from domain.notification import IdempotencyKey, NewNotification
from tests.integration.sqlite.given import ENOUGH_S, a_message
from tests.integration.sqlite.writers import Writers, commits, somebody_writing

INSERT_CONTENT = "INSERT INTO contents (body, markup)"
INSERT_PEOPLE = "INSERT INTO recipients (id, email) VALUES ('ada', 'ada@example.com'), ('bob', 'bob@example.com')"
ALL_CONTENTS = "SELECT id, body FROM contents ORDER BY id"
ALL_NOTIFICATIONS = "SELECT id FROM notifications ORDER BY id"
CREATED = "SELECT sum(number) FROM counters WHERE what = 'created'"
PENDING = "SELECT sum(number) FROM gauges WHERE status = 'pending'"


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Database]:
    """A database that knows ada and bob."""
    database = Database(tmp_path / "tocsin.db", busy_timeout_s=ENOUGH_S)
    migrate(database, lambda: "store-1")
    database.write(lambda connection: connection.execute(INSERT_PEOPLE))
    yield database
    database.close()


def keyed(key: str, digest: bytes = b"content") -> NewNotification:
    return evolve(a_message(), key=IdempotencyKey(scope="tests", key=key, digest=digest))


def saying(body: str) -> NewNotification:
    return evolve(a_message(), content=Content(subject="S", body=body))


def rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    return database.read(lambda connection: connection.execute(statement).fetchall())


def numbers(database: Database, statement: str) -> list[int]:
    return [row[0] for row in rows(database, statement)]


class TestManyRows:
    @pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 99, 100, 101, 257])
    def test_get_their_ids_in_the_order_given(self, people: Database, count: int) -> None:
        given = [(f"body {number}", "literal") for number in range(count)]

        ids = people.write(lambda connection: insert_rows(connection, INSERT_CONTENT, given))

        assert rows(people, ALL_CONTENTS) == [(one, body) for one, (body, _) in zip(ids, given, strict=True)]

    def test_never_get_an_id_that_was_used_before(self, people: Database) -> None:
        given = [("body", "literal")] * 12
        first = people.write(lambda connection: insert_rows(connection, INSERT_CONTENT, given))
        people.write(lambda connection: connection.execute("DELETE FROM contents"))

        second = people.write(lambda connection: insert_rows(connection, INSERT_CONTENT, given))

        assert min(second) > max(first)
        assert numbers(people, ALL_CONTENTS) == second


class TestBatches:
    def test_of_several_callers_are_stored_at_once_and_answered_to_each(self, people: Database) -> None:
        writers = Writers(people)
        batches = [[saying("a"), saying("b")], [], [saying("c")], [saying("d"), saying("a"), saying("e")]]
        with somebody_writing(people) as statements:
            for batch in batches:
                writers.add(partial(people.write_of_items, add_batches, batch))
        writers.join()

        assert commits(statements) == 1
        assert len([one for one in statements if one.startswith("SAVEPOINT")]) == 1
        bodies = [[one.notification.content.body for one in writers.returned[place]] for place in range(4)]
        assert bodies == [["a", "b"], [], ["c"], ["d", "a", "e"]]
        told = [one.notification.id for place in range(4) for one in writers.returned[place]]
        assert told == numbers(people, ALL_NOTIFICATIONS)

    def test_to_somebody_unknown_are_refused_alone(self, people: Database) -> None:
        writers = Writers(people)
        with somebody_writing(people) as statements:
            for to in ("ada", "nobody", "bob"):
                writers.add(partial(people.write_of_items, add_batches, [a_message(to), a_message("ada")]))
        writers.join()

        assert commits(statements) == 1
        refused, stored = writers.returned[1]
        assert isinstance(refused, NotFound)
        assert "nobody" in str(refused)
        assert isinstance(stored, Added)
        assert len(numbers(people, ALL_NOTIFICATIONS)) == 5
        assert numbers(people, CREATED) == numbers(people, PENDING) == [5]

    def test_with_the_same_key_give_one_notification(self, people: Database) -> None:
        writers = Writers(people)
        with somebody_writing(people):
            for new in (keyed("k"), keyed("k"), keyed("k", digest=b"something else")):
                writers.add(partial(people.write_of_items, add_batches, [new]))
        writers.join()

        (first,), (second,), (third,) = (writers.returned[place] for place in range(3))
        assert isinstance(first, Added)
        assert second == Added(first.notification, is_new=False)
        assert isinstance(third, KeyReused)
        assert numbers(people, CREATED) == numbers(people, PENDING) == [1]


class TestCounts:
    def test_are_of_what_was_stored_and_of_nothing_else(self, people: Database) -> None:
        def add(*batch: NewNotification) -> None:
            people.write_of_items(add_batches, batch)

        add(*[a_message() for _ in range(12)])
        add(keyed("k"), keyed("k"), a_message("bob"))
        add(keyed("k"))
        add(a_message(), a_message("nobody"))
        add()

        assert numbers(people, CREATED) == numbers(people, PENDING) == [15]
        assert len(numbers(people, ALL_NOTIFICATIONS)) == 15
