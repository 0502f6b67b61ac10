"""Who is killed while it erases many leaves each person whole or not at all."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

from adapters.sqlite.store import SqliteStore
from tests.contracts.given import NOW, a_campaign, a_person, advance_to_the_end

CROWD = 5000
ERASER = Path(__file__).with_name("erase_many.py")
_numbers = count(1)

# Each person with how many of their notifications are still pending, and what they are still told by.
SELECT_PEOPLE = """
SELECT r.erased_at_ms IS NOT NULL, r.email IS NULL, count(n.id) FILTER (WHERE n.status = 'pending')
  FROM recipients AS r
  JOIN notifications AS n ON n.recipient_seq = r.seq
 GROUP BY r.seq
"""


def test_each_person_is_erased_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.db"
    store = SqliteStore.open(path, new_id=lambda: f"store-{next(_numbers)}")
    store.recipients.put([a_person(f"person-{number}") for number in range(CROWD)])
    for name in ("first", "second"):
        advance_to_the_end(store, store.campaigns.start(a_campaign(name)).id)
    store.close()

    with subprocess.Popen([sys.executable, str(ERASER), str(path)], stdout=subprocess.PIPE, text=True) as eraser:
        assert eraser.stdout is not None
        assert eraser.stdout.readline() == "some\n"
        eraser.kill()

    with closing(sqlite3.connect(path)) as connection:
        people = set(connection.execute(SELECT_PEOPLE))
    assert people <= {(0, 0, 2), (1, 1, 0)}
    assert (1, 1, 0) in people

    again = SqliteStore.open(path, new_id=lambda: "unused")
    left = [one.id for one in again.recipients.find(0)]
    while left:
        left = left[again.erasure.erase(left, NOW).looked_at :]
    assert again.recipients.count() == 0
    assert [one.message for one in again.inspect() if one.level == "error"] == []
    again.close()
