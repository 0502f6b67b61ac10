"""Forgetting people in SQLite."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from adapters.sqlite.chunk_size import ChunkSize
from adapters.sqlite.database import Database
from adapters.sqlite.erasing import Forgotten, Person, forget, people
from adapters.sqlite.rows import to_json
from application.ports.erasure import Erased

LOOKED_AT_MAX = 1000
"""The most ids of one call that are looked at."""

# Everything that was made for some people.
SELECT_MADE_FOR = """
SELECT n.id
  FROM recipients AS r
  JOIN notifications AS n ON n.recipient_seq = r.seq
 WHERE r.id IN (SELECT value FROM json_each(:ids)) AND r.erased_at_ms IS NULL
 ORDER BY n.id
"""


class SqliteErasure:
    """Forgets people (:class:`application.ports.erasure.Erasure`).

    Whatever is freed in the file is overwritten (:data:`adapters.sqlite.connections.PRAGMAS`); the write-ahead log has
    what was there before until it is emptied.
    *elapsed_s* tells seconds since some moment; a call does about as much as takes 40 ms on this machine.
    """

    def __init__(self, database: Database, elapsed_s: Callable[[], float]) -> None:
        self._database = database
        self._elapsed_s = elapsed_s
        self._size = ChunkSize()

    def erase(self, recipient_ids: Sequence[str], now: datetime) -> Erased:
        """Forget the first of *recipient_ids*, as many as keep nobody else waiting."""

        def erase(connection: sqlite3.Connection) -> tuple[Erased, int, float]:
            began_s = self._elapsed_s()
            some = recipient_ids[:LOOKED_AT_MAX]
            known = people(connection, some)
            chosen, looked_at = self._as_many_as_fit(some, known)
            forgotten = forget(connection, chosen.values(), now) if chosen else Forgotten(0, ())
            unknown = tuple(dict.fromkeys(one for one in some[:looked_at] if one not in known))
            erased = Erased(
                looked_at=looked_at,
                people=len(chosen),
                unknown=unknown,
                cancelled=forgotten.cancelled,
                in_flight=forgotten.in_flight,
            )
            return erased, sum(one.weight for one in chosen.values()), began_s

        erased, weight, began_s = self._database.write(erase)
        self._size.learn(weight, self._elapsed_s() - began_s)
        return erased

    def notifications_of(self, recipient_ids: Sequence[str]) -> Sequence[int]:
        """Return the ids of everything that was made for some people."""
        parameters = {"ids": to_json(list(recipient_ids))}
        return self._database.read(
            lambda connection: [row[0] for row in connection.execute(SELECT_MADE_FOR, parameters)]
        )

    def leave_no_copy(self) -> bool:
        """Copy the write-ahead log into the database and empty its file, which has what was there before."""
        return self._database.empty_log()

    def _as_many_as_fit(self, ids: Sequence[str], known: dict[str, Person]) -> tuple[dict[str, Person], int]:
        """Return the first people that make a transaction of the present size, and how many ids that took."""
        chosen: dict[str, Person] = {}
        weight = 0
        for place, one in enumerate(ids):
            person = known.get(one)
            if person is None or one in chosen:
                continue
            if chosen and weight >= self._size.rows:
                return chosen, place
            chosen[one] = person
            weight += person.weight
        return chosen, len(ids)
