"""Beginning: the last look at claims before they are handed over, and the record of it, in one transaction."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence

from adapters.sqlite.capping import counts, places, to_day
from adapters.sqlite.rows import to_json
from adapters.sqlite.suppressed_sql import Told, address_key, listed, reasons_json
from application.ports.dispatch_queue import CapUse, Hold
from domain.suppression_reason import SuppressionReason

_TOLD = Told(type="l.type", topic="n.topic")


def _dead(address: str) -> str:
    return f"EXISTS (SELECT 1 {listed('l.channel', address_key('l.channel', address), _TOLD)})"


# Claims that are about to be handed over, if nothing speaks against it yet: the recipient decided nothing else
# meanwhile, and the one address that it goes to may be used.
SELECT_HELD = f"""
SELECT json_group_array(n.id)
  FROM json_each(:holds) AS hold
  JOIN notifications AS n ON n.id = hold.value ->> 0 AND n.fence = hold.value ->> 1
  JOIN lanes AS l ON l.id = n.lane_id
  JOIN recipients AS r ON r.seq = n.recipient_seq
 WHERE n.status = 'sending' AND n.cancel_requested = 0 AND r.revision = hold.value ->> 2
   AND NOT {_dead("hold.value ->> 3")}
"""  # noqa: S608  (constant text)

_TAKEN = places(recipient_seq="n.recipient_seq", type_="l.type", test="l.test", since="hold.value ->> 2")

# Those of several addresses of which one must not be used any more.
SELECT_TO_DEAD = f"""
SELECT json_group_array(DISTINCT n.id)
  FROM json_each(:addresses) AS goes_to
  JOIN notifications AS n ON n.id = goes_to.value ->> 0
  JOIN lanes AS l ON l.id = n.lane_id
 WHERE {_dead("goes_to.value ->> 1")}
"""  # noqa: S608  (constant text)

# Those of them that find a place under their cap, each with its day: the places that are taken and those that others
# before it take are no more than there are. One whose lost attempt holds a place needs no second one.
SELECT_PLACES = f"""
WITH wanted AS MATERIALIZED (
  SELECT n.id, n.recipient_seq, l.type, l.test, hold.key AS position,
         hold.value ->> 1 AS places, hold.value ->> 3 AS day,
         (SELECT count(*) {_TAKEN}) AS taken,
         coalesce(n.capped_on >= hold.value ->> 2 AND {counts("n")}, 0) AS has_one
    FROM json_each(:uses) AS hold
    JOIN notifications AS n ON n.id = hold.value ->> 0
    JOIN lanes AS l ON l.id = n.lane_id
)
SELECT json_group_array(json_array(id, day))
  FROM (
    SELECT id, day, places, taken, has_one,
           sum(NOT has_one) OVER (PARTITION BY recipient_seq, type, test ORDER BY position) AS more
      FROM wanted
  )
 WHERE taken + iif(has_one, 0, more) <= places
"""  # noqa: S608  (constant text)

# From here on a death means a lost answer.
BEGIN_HAND_OVER = """
UPDATE notifications SET begun = 1 WHERE status = 'sending' AND id IN (SELECT value FROM json_each(:ids))
"""

# The same of those that take a place under a cap.
BEGIN_CAPPED = """
UPDATE notifications
   SET begun = 1, capped_on = going.value ->> 1
  FROM json_each(:going) AS going
 WHERE notifications.status = 'sending' AND notifications.id = going.value ->> 0
"""


def begin(connection: sqlite3.Connection, holds: Collection[Hold]) -> frozenset[int]:
    """Begin those of *holds* that may go, within the transaction of *connection*, and return their ids."""
    free = _free(connection, holds)
    uses = [(hold.notification_id, hold.cap) for hold in holds if hold.cap is not None and hold.notification_id in free]
    begun = free.difference(number for number, _ in uses)
    if begun:
        connection.execute(BEGIN_HAND_OVER, {"ids": to_json(list(begun))})
    return frozenset(begun | _take_places(connection, uses)) if uses else frozenset(begun)


def _free(connection: sqlite3.Connection, holds: Collection[Hold]) -> set[int]:
    """Return the ids of those that nothing speaks against but their caps."""
    alike: dict[frozenset[SuppressionReason], list[Hold]] = {}
    for hold in holds:
        alike.setdefault(hold.stopped_by, []).append(hold)
    free: set[int] = set()
    for stopped_by, some in alike.items():
        wanted = [(hold.notification_id, hold.fence, hold.revision, _only(hold.addresses)) for hold in some]
        parameters = {"holds": to_json(wanted), "stopped_by": reasons_json(stopped_by)}
        free.update(json.loads(connection.execute(SELECT_HELD, parameters).fetchone()[0]))
        several = [hold for hold in some if len(hold.addresses) > 1]
        if several:
            free -= _to_dead(connection, several, parameters["stopped_by"])
    return free


def _only(addresses: Sequence[str]) -> str | None:
    return addresses[0] if len(addresses) == 1 else None


def _to_dead(connection: sqlite3.Connection, holds: Iterable[Hold], stopped_by: str) -> set[int]:
    """Return the ids of those that one address speaks against: claimed again, they go to others, or to none."""
    addresses = [(hold.notification_id, address) for hold in holds for address in hold.addresses]
    parameters = {"addresses": to_json(addresses), "stopped_by": stopped_by}
    return set(json.loads(connection.execute(SELECT_TO_DEAD, parameters).fetchone()[0]))


def _take_places(connection: sqlite3.Connection, uses: Sequence[tuple[int, CapUse]]) -> set[int]:
    """Begin those that find a place under their cap, the first ones first, and return their ids."""
    wanted = [(number, use.number, to_day(use.first_day), to_day(use.day)) for number, use in uses]
    going = connection.execute(SELECT_PLACES, {"uses": to_json(wanted)}).fetchone()[0]
    connection.execute(BEGIN_CAPPED, {"going": going})
    return {number for number, _ in json.loads(going)}
