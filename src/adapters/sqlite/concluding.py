"""Concluding: what became of claims, with history, dead addresses and early receipts, in one transaction."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from adapters.sqlite.counting import Counts
from adapters.sqlite.erasing import forget_what_came_later
from adapters.sqlite.receiving import apply_waiting, has_bounced
from adapters.sqlite.rows import Parameters, Row, ms_or_none, status_of, to_json, to_ms
from adapters.sqlite.suppressing import suppress
from domain.claim import Conclusion
from domain.hand_over import HandOver
from domain.lifecycle import Event, Status, after
from domain.outcome import NAMES, Accepted

_ACCEPTED: Final = NAMES[Accepted]

# How the claimed ones stand now, as one JSON array: since when they were due counts for how long they took.
SELECT_STANDING = """
SELECT json_group_array(
         json_array(id, fence, status, cancel_requested, lane_id, max(send_at_ms, created_at_ms))
       )
  FROM notifications
 WHERE id IN (SELECT value FROM json_each(:ids))
"""

# The end of some claims. Most of a batch end alike, and one statement for all of those costs a third.
CONCLUDE = """
UPDATE notifications
   SET status = :status, finished_at_ms = :finished_at_ms,
       next_attempt_at_ms = coalesce(:next_attempt_at_ms, next_attempt_at_ms),
       attempts = max(0, attempts - :given_back), losses = losses + :lost, may_be_out = :may_be_out,
       reason = :reason, begun = 0, owner = NULL, lease_until_ms = NULL
 WHERE id IN (SELECT value FROM json_each(:ids))
"""

# Said twice, a line of history stays; an acceptance that is known later takes the place of anything else.
_LATER = """
    ON CONFLICT DO UPDATE
   SET outcome = excluded.outcome, at_ms = excluded.at_ms, duration_ms = excluded.duration_ms,
       provider_id = excluded.provider_id, reason = excluded.reason
 WHERE excluded.outcome = 'accepted' AND hand_overs.outcome <> 'accepted'
"""

# Lines of history that are new, as one JSON array a group that has the rest in common.
INSERT_HAND_OVERS = f"""
INSERT INTO hand_overs
       (notification_id, fence, address, attempt, provider_id, gateway, outcome, at_ms, duration_ms, reason)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
       :gateway, :outcome, :at_ms, :duration_ms, :reason
  FROM json_each(:lines)
 WHERE TRUE  -- or the parser takes ON for a join
{_LATER}"""  # noqa: S608  (constant text)

# One line that may be there; a receipt may have come before it that has the provider's name for the message.
PUT_HAND_OVER = f"""
INSERT INTO hand_overs
       (notification_id, fence, gateway, address, attempt, outcome, at_ms, duration_ms, provider_id, reason)
VALUES (:notification_id, :fence, :gateway, :address, :attempt, :outcome, :at_ms, :duration_ms,
        coalesce(:provider_id, (SELECT r.provider_id
                                  FROM receipts AS r
                                 WHERE r.notification_id = :notification_id AND r.fence = :fence
                                   AND r.gateway = :gateway AND r.provider_id IS NOT NULL
                                 ORDER BY r.id
                                 LIMIT 1)),
        :reason)
{_LATER}"""  # noqa: S608  (constant text)


Standing: TypeAlias = Mapping[int, Row]
"""By id: id, fence, status, cancel_requested, lane_id, due_ms."""

_End: TypeAlias = tuple[Status, datetime | None, bool, bool, bool, str | None]
"""What those that end alike have in common: status, next_attempt_at, spent, lost, may_be_out, reason."""


def conclude(connection: sqlite3.Connection, conclusions: Sequence[Conclusion], now: datetime) -> Mapping[int, Event]:
    """Write *conclusions* within the transaction of *connection*, and return by id the step each one took."""
    standing = _standing(connection, conclusions)
    counts = Counts()
    steps = _steps(connection, conclusions, standing)
    _end(connection, steps.values(), standing, counts, to_ms(now))
    _keep_history(connection, conclusions, standing, counts)
    for one in conclusions:
        for suppression in one.suppressions:
            if one.notification_id in standing:
                suppress(connection, suppression, one.notification_id)
    apply_waiting(connection, list(standing), counts, now)
    forget_what_came_later(connection, list(standing))
    counts.write(connection, now)
    return {number: step for number, (_, step, _) in steps.items()}


def _standing(connection: sqlite3.Connection, conclusions: Sequence[Conclusion]) -> Standing:
    ids = to_json([one.notification_id for one in conclusions])
    rows = json.loads(connection.execute(SELECT_STANDING, {"ids": ids}).fetchone()[0])
    return {row[0]: row for row in rows}


def _steps(
    connection: sqlite3.Connection, conclusions: Sequence[Conclusion], standing: Standing
) -> Mapping[int, tuple[Conclusion, Event, Status]]:
    """Return by id the conclusion that counts, its step and the status after it.

    Of several conclusions of one claim the first counts, unless a success follows it. A success that comes late is not
    taken if it is known to have bounced.
    """
    steps: dict[int, tuple[Conclusion, Event, Status]] = {}
    for one in conclusions:
        row = standing.get(one.notification_id)
        if row is None or row[1] != one.fence:
            continue
        status = status_of(row[2])
        step = one.step(status, cancel_requested=row[3] == 1)
        if status is not Status.SENDING and step and has_bounced(connection, one.notification_id, one.fence):
            continue
        if step is not None and (one.notification_id not in steps or step is Event.ACCEPT):
            steps[one.notification_id] = one, step, after(status, step)
    return steps


def _end(
    connection: sqlite3.Connection,
    steps: Iterable[tuple[Conclusion, Event, Status]],
    standing: Standing,
    counts: Counts,
    now_ms: int,
) -> None:
    """Write where the claims end: those that end alike by one statement."""
    alike: dict[_End, list[int]] = {}
    counted: Counter[tuple[int, str, Event, Status]] = Counter()
    for one, step, status in steps:
        end: _End = (status, one.next_attempt_at, one.spent, one.lost, one.may_be_out, one.reason)
        alike.setdefault(end, []).append(one.notification_id)
        row = standing[one.notification_id]
        counted[row[4], row[2], step, status] += 1
    connection.executemany(CONCLUDE, (_end_parameters(end, ids, now_ms) for end, ids in alike.items()))
    for (lane_id, before, step, status), number in counted.items():
        counts.stepped(lane_id, status_of(before), step, status, number)


def _end_parameters(end: _End, ids: list[int], now_ms: int) -> Parameters:
    status, next_attempt_at, spent, lost, may_be_out, reason = end
    return {
        "ids": to_json(ids),
        "status": status.value,
        "finished_at_ms": None if status is Status.PENDING else now_ms,
        "next_attempt_at_ms": ms_or_none(next_attempt_at),
        "given_back": not spent,
        "lost": lost,
        "may_be_out": may_be_out,
        "reason": reason,
    }


def _keep_history(
    connection: sqlite3.Connection, conclusions: Sequence[Conclusion], standing: Standing, counts: Counts
) -> None:
    """Add the hand-overs to the history and to the counters.

    While a claim is held nothing was concluded of it, so its hand-overs are new. Others may have been said before.
    """
    new: dict[tuple[object, ...], list[HandOver]] = {}
    perhaps_said: list[HandOver] = []
    said: set[int] = set()
    for one in conclusions:
        row = standing.get(one.notification_id)
        if row is None:
            continue
        if row[2] == "sending" and row[1] == one.fence and one.notification_id not in said:
            lines, again = _told_once(one.hand_overs)
            perhaps_said += again
            for line in lines:
                new.setdefault((line.gateway, line.outcome, line.at, line.duration_ms, line.reason), []).append(line)
        else:
            perhaps_said += one.hand_overs
        said.add(one.notification_id)
    for lines in new.values():
        connection.execute(INSERT_HAND_OVERS, {**_line_parameters(lines[0]), "lines": to_json(_own_parts(lines))})
        _count(counts, lines, standing)
    for line in perhaps_said:  # after those that are new: one call may say both of one claim
        if connection.execute(PUT_HAND_OVER, _line_parameters(line)).rowcount > 0:
            _count(counts, [line], standing)


def _told_once(lines: Sequence[HandOver]) -> tuple[Sequence[HandOver], Sequence[HandOver]]:
    """Return the first of *lines* on each gateway and address, and those that say more of the same."""
    if len(lines) <= 1:
        return lines, ()
    first = {(line.gateway, line.address): line for line in reversed(lines)}
    return list(first.values()), [line for line in lines if first[line.gateway, line.address] is not line]


def _own_parts(lines: Iterable[HandOver]) -> list[Row]:
    return [(one.notification_id, one.fence, one.address, one.attempt, one.provider_id) for one in lines]


def _count(counts: Counts, lines: Sequence[HandOver], standing: Standing) -> None:
    """Count *lines*, which share gateway, outcome and moment."""
    first = lines[0]
    is_accepted = first.outcome == _ACCEPTED
    at_ms = to_ms(first.at)
    alike = Counter((row[4], row[5]) for row in (standing[one.notification_id] for one in lines))
    for (lane_id, due_ms), number in alike.items():
        counts.handed_over(lane_id, first.gateway, first.outcome, number)
        if is_accepted:
            counts.accepted_after(lane_id, first.gateway, at_ms - due_ms, number)


def _line_parameters(one: HandOver) -> Parameters:
    return {
        "notification_id": one.notification_id,
        "fence": one.fence,
        "gateway": one.gateway,
        "address": one.address,
        "attempt": one.attempt,
        "outcome": one.outcome,
        "at_ms": to_ms(one.at),
        "duration_ms": one.duration_ms,
        "provider_id": one.provider_id,
        "reason": one.reason,
    }
