"""Which lanes have something waiting, and since when: by one step into an index a lane, however much waits there."""

from typing import Final

_LANES_OF_INDEX: Final = """
  SELECT min(lane_id) FROM notifications INDEXED BY {index} WHERE status = 'pending' AND losses {losses}
   UNION ALL
  SELECT (SELECT min(n.lane_id)
            FROM notifications AS n INDEXED BY {index}
           WHERE n.status = 'pending' AND n.losses {losses} AND n.lane_id > {name}.lane_id)
    FROM {name}
   WHERE {name}.lane_id IS NOT NULL
"""
WAITING_LANES: Final = f"""
WITH RECURSIVE
ready (lane_id) AS ({_LANES_OF_INDEX.format(name="ready", index="notifications_ready", losses="= 0")}),
suspect (lane_id) AS ({_LANES_OF_INDEX.format(name="suspect", index="notifications_suspect", losses="> 0")})
"""
"""The tables ``ready`` and ``suspect``: the lanes that have something pending in the one index and the other."""

_NEXT: Final = """
SELECT {which}(n.next_attempt_at_ms)
  FROM notifications AS n INDEXED BY {index}
 WHERE n.status = 'pending' AND n.losses {losses} AND n.lane_id = l.id
"""
NEXT_READY: Final = _NEXT.format(which="min", index="notifications_ready", losses="= 0")
"""When the next one of the lane ``l`` falls due."""
NEXT_SUSPECT: Final = _NEXT.format(which="min", index="notifications_suspect", losses="> 0")
"""When the next one of the lane ``l`` falls due whose dispatcher died."""
LAST_READY: Final = _NEXT.format(which="max", index="notifications_ready", losses="= 0")
LAST_SUSPECT: Final = _NEXT.format(which="max", index="notifications_suspect", losses="> 0")
"""When the last ones do."""
