"""Draining beside a million notifications of later and a million that are done."""

import sqlite3
from contextlib import closing
from functools import partial

from bench.alternating import alternate
from bench.failures import check
from bench.figures import Line, Table, grouped
from bench.part import Found, Part
from bench.work import drained
from bench.workplace import Place, Workplace

COUNT = 100_000
FILLERS = 1_000_000
ROUNDS = 3
TYPE = "transactional"
DUE_MS = 4_000_000_000_000  # in the year 2096
FILL = """
WITH RECURSIVE counter (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counter WHERE n < :fillers - 1)
INSERT INTO notifications
       (recipient_seq, lane_id, content_id, status, send_at_ms, next_attempt_at_ms, expires_at_ms, created_at_ms,
        finished_at_ms, attempts, fence)
SELECT 1 + n % :people,
       (SELECT id FROM lanes WHERE campaign_id IS NULL AND test = 0 AND channel = 'email' AND type = :type),
       1, :status, :at_ms + n, :at_ms + n, :at_ms + n + 86400000, 1000, :finished_at_ms, :claims, :claims
  FROM counter
"""
HISTORY = """
INSERT INTO hand_overs (notification_id, fence, gateway, address, attempt, outcome, at_ms, duration_ms, provider_id)
SELECT id, 1, 'mail', 'person@example.com', 1, 'accepted', 1000, 0, 'none'
  FROM notifications WHERE status = 'sent' AND created_at_ms = 1000
"""

READING = """\
The same drain on a store that has been in use: a million notifications of the same lane wait for a later time,
and a million are sent, with their history. A queue whose query looks at what is not due yet, or at what is
done, falls behind here; one that does not is as fast as on an empty table. The rows of others were put in by
SQL, so the report is not compared."""


def measure(workplace: Workplace) -> Found:
    """Drain the same notifications with and without the others in the table."""
    count, fillers = workplace.count(COUNT), workplace.count(FILLERS)
    empty = workplace.due(TYPE, count)
    full = workplace.ready("full", lambda place: _fill(workplace, empty, place, fillers))
    values = alternate(
        ROUNDS,
        {
            "full": partial(_drain, workplace, full, count),
            "empty": partial(_drain, workplace, empty, count),
        },
        workplace.tell,
    )
    lines = (
        Line(name=f"beside {grouped(fillers)} scheduled and {grouped(fillers)} finished", values=values["full"]),
        Line(name="on a table without others", values=values["empty"], ratio_at_least=0.9),
    )
    return Found(
        tables=(Table(caption=f"{grouped(count)} {TYPE}", lines=lines),),
        checked=(drained.CHECKED, "that the million scheduled ones still wait"),
    )


def _drain(workplace: Workplace, ready: Place, count: int) -> float:
    place = workplace.copy(ready)
    waiting = place.ask(WAITING)
    speed = drained.drain(place, count, counted=False)
    check(place.ask(WAITING) == waiting, "some of those that are scheduled do not wait any more")
    return speed


WAITING = "SELECT count(*) FROM notifications WHERE status = 'pending' AND created_at_ms = 1000"


def _fill(workplace: Workplace, source: Place, place: Place, fillers: int) -> None:
    workplace.put(source, place)
    common = {"fillers": fillers, "people": place.ask("SELECT count(*) FROM recipients"), "type": TYPE}
    with closing(sqlite3.connect(place.store, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        later = {"status": "pending", "at_ms": DUE_MS, "finished_at_ms": None, "claims": 0}
        connection.execute(FILL, {**common, **later})
        done = {"status": "sent", "at_ms": 1000, "finished_at_ms": 2000, "claims": 1}
        connection.execute(FILL, {**common, **done})
        connection.execute(HISTORY)
        connection.execute("COMMIT")


PART = Part(name="full", title="Draining a store in use", reading=READING, measure=measure)
