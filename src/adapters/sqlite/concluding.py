"""Concluding: what became of claims, with history and dead addresses, in one transaction."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from adapters.sqlite.rows import (
    RECIPIENT_COLUMNS,
    Parameters,
    Row,
    device_parameters,
    recipient_of,
    to_json,
    to_ms,
)
from domain.channel import Channel
from domain.claim import Conclusion
from domain.hand_over import HandOver
from domain.lifecycle import Event, Status, after
from domain.suppression import Suppression, suppression_key

DEVICES = frozenset({Channel.PUSH, Channel.WEB_PUSH})
"""The channels whose dead addresses leave their recipient; those of the others are suppressed."""

# How the claimed ones stand now.
SELECT_STANDING = """
SELECT id, fence, status, cancel_requested
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

# One line of history. Said twice it stays; an acceptance that is known later takes the place of anything else.
INSERT_HAND_OVER = """
INSERT INTO hand_overs
       (notification_id, fence, gateway, address, attempt, outcome, at_ms, duration_ms, provider_id, reason)
VALUES (:notification_id, :fence, :gateway, :address, :attempt, :outcome, :at_ms, :duration_ms, :provider_id, :reason)
    ON CONFLICT DO UPDATE
   SET outcome = excluded.outcome, at_ms = excluded.at_ms, duration_ms = excluded.duration_ms,
       provider_id = excluded.provider_id, reason = excluded.reason
 WHERE excluded.outcome = 'accepted' AND hand_overs.outcome <> 'accepted'
"""

# One address that must not be used. The first reason stays, but nothing outweighs that the address is dead.
INSERT_SUPPRESSION = """
INSERT INTO suppressions (channel, address, reason, detail, at_ms)
VALUES (:channel, :address, :reason, :detail, :at_ms)
    ON CONFLICT DO UPDATE SET reason = excluded.reason, detail = excluded.detail, at_ms = excluded.at_ms
 WHERE excluded.reason = 'unreachable' AND suppressions.reason <> 'unreachable'
"""

# Whom a notification is for.
SELECT_RECIPIENT = f"""
SELECT r.seq, {RECIPIENT_COLUMNS}
  FROM notifications AS n
  JOIN recipients AS r ON r.seq = n.recipient_seq
 WHERE n.id = :id
"""  # noqa: S608  (constant text)

# The devices that a recipient has left.
UPDATE_DEVICES = "UPDATE recipients SET push_tokens = :push_tokens, web_push = :web_push WHERE seq = :seq"


def conclude(connection: sqlite3.Connection, conclusions: Sequence[Conclusion], now: datetime) -> Mapping[int, Event]:
    """Write *conclusions* within the transaction of *connection*, and return by id the step each one took."""
    standing = _standing(connection, conclusions)
    steps = _steps(conclusions, standing)
    connection.executemany(CONCLUDE, _ends(steps.values(), to_ms(now)))
    known = [one for one in conclusions if one.notification_id in standing]
    connection.executemany(
        INSERT_HAND_OVER, (_hand_over_parameters(hand_over) for one in known for hand_over in one.hand_overs)
    )
    for one in known:
        for suppression in one.suppressions:
            _suppress(connection, suppression, one.notification_id)
    return {number: step for number, (_, step, _) in steps.items()}


def _standing(connection: sqlite3.Connection, conclusions: Sequence[Conclusion]) -> Mapping[int, Row]:
    ids = to_json([one.notification_id for one in conclusions])
    return {row[0]: row for row in connection.execute(SELECT_STANDING, {"ids": ids})}


@frozen
class _End:
    """How a claim ends, as far as it is not its own."""

    status: Status
    next_attempt_at: datetime | None
    spent: bool
    lost: bool
    may_be_out: bool
    reason: str | None


def _steps(
    conclusions: Sequence[Conclusion], standing: Mapping[int, Row]
) -> Mapping[int, tuple[Conclusion, Event, Status]]:
    """Return by id the conclusion that counts, its step and the status after it.

    Of several conclusions of one claim the first counts, unless a success follows it.
    """
    steps: dict[int, tuple[Conclusion, Event, Status]] = {}
    for one in conclusions:
        row = standing.get(one.notification_id)
        if row is None or row[1] != one.fence:
            continue
        status = Status(row[2])
        step = one.step(status, cancel_requested=row[3] == 1)
        if step is not None and (one.notification_id not in steps or step is Event.ACCEPT):
            steps[one.notification_id] = one, step, after(status, step)
    return steps


def _ends(steps: Iterable[tuple[Conclusion, Event, Status]], now_ms: int) -> Iterator[Parameters]:
    """Yield what to write, with the ids that it is to be written to."""
    ids: dict[_End, list[int]] = {}
    for one, _, status in steps:
        end = _End(status, one.next_attempt_at, one.spent, one.lost, one.may_be_out, one.reason)
        ids.setdefault(end, []).append(one.notification_id)
    for end, some in ids.items():
        yield {
            "ids": to_json(some),
            "status": end.status.value,
            "finished_at_ms": None if end.status is Status.PENDING else now_ms,
            "next_attempt_at_ms": None if end.next_attempt_at is None else to_ms(end.next_attempt_at),
            "given_back": not end.spent,
            "lost": end.lost,
            "may_be_out": end.may_be_out,
            "reason": end.reason,
        }


def _hand_over_parameters(one: HandOver) -> Parameters:
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


def _suppress(connection: sqlite3.Connection, suppression: Suppression, notification_id: int) -> None:
    if suppression.channel in DEVICES:
        seq, *row = connection.execute(SELECT_RECIPIENT, {"id": notification_id}).fetchone()
        left = recipient_of(tuple(row)).without(suppression.channel, suppression.address)
        connection.execute(UPDATE_DEVICES, {"seq": seq, **device_parameters(left)})
        return
    parameters = {
        "channel": suppression.channel,
        "address": suppression_key(suppression.channel, suppression.address),
        "reason": suppression.reason,
        "detail": suppression.detail,
        "at_ms": to_ms(suppression.at),
    }
    connection.execute(INSERT_SUPPRESSION, parameters)
