"""What a lane has due: the statements that find it, and the claims that their rows become.

Rows leave as one JSON array, so that SQLite works beside Python.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, overload

from attrs import define, field

from adapters.sqlite.capping import day_of, places
from adapters.sqlite.preference_rows import preferences_of
from adapters.sqlite.rows import RECIPIENT_COLUMNS, Row, from_ms, recipient_of, variables_of
from adapters.sqlite.suppressed_sql import Told, suppressed_addresses
from domain.channel import Channel
from domain.claim import Claim
from domain.gates import NONE_SUPPRESSED, Suppressed
from domain.lane import Lane
from domain.preferences import NO_PREFERENCES
from domain.suppression_reason import SuppressionReason

# What the recipient decided; NULL for most, which is shorter than to say it of each.
_DECIDED: Final = "CASE WHEN r.revision > 0 OR r.preferences IS NOT NULL THEN json_array(r.revision, r.preferences) END"

# What is due, with the people that it is for. The status is a literal beside each index, or SQLite does not use it.
_SELECT_DUE = f"""
SELECT json_group_array(json_array(
         due.id, due.fence + 1, due.attempts + 1, due.losses, due.content_id, due.expires_at_ms, due.topic,
         due.may_be_out, due.revived_at_fence, due.next_attempt_at_ms, {{suppressed}}, due.variables,
         {_DECIDED}, {{capped_days}}, due.recipient_seq, {RECIPIENT_COLUMNS}
       ))
  FROM (
         SELECT *
           FROM notifications INDEXED BY {{index}}
          WHERE status = 'pending' AND losses {{losses}} AND lane_id = :lane_id AND next_attempt_at_ms <= :now_ms
                {{but}}
          ORDER BY next_attempt_at_ms, id
          LIMIT :limit
       ) AS due
  JOIN recipients AS r ON r.seq = due.recipient_seq
"""  # noqa: S608  (constant text)


# The days on which others took a place under the cap of a type; asked for only where there is a cap.
_CAPPED_DAYS: Final = f"""json((
           SELECT json_group_array(o.capped_on)
             {places(recipient_seq="due.recipient_seq", type_=":type", test=":test", since=":capped_since")}
              AND o.id <> due.id
         ))"""


def select_due(channel: Channel, *, suspect: bool, but: bool, capped: bool = False) -> str:
    """Return the statement that finds what a lane of *channel* has due.

    Suspects are those whose dispatcher died holding them; each goes alone, so that it can harm no neighbour. *but*
    leaves one out; *capped* is for a type with a frequency cap.
    """
    return _SELECT_DUE.format(
        index="notifications_suspect" if suspect else "notifications_ready",
        losses="> 0 AND losses <= :losses_max" if suspect else "= 0",
        but="AND id <> :but" if but else "",
        suppressed=suppressed_addresses(channel, Told(topic="due.topic")),
        capped_days=_CAPPED_DAYS if capped else "NULL",
    )


DUE: Final = {
    (channel, suspect, but, capped): select_due(channel, suspect=suspect, but=but, capped=capped)
    for channel in Channel
    for suspect in (False, True)
    for but in (False, True)
    for capped in (False, True)
}

"""The statements by channel, suspect, but and capped."""

_SUPPRESSED: Final = 10  # the column with the recipient's suppressed addresses
_VARIABLES: Final = 11  # what the template is filled in with
_DECISION: Final = 12  # which state of what the recipient wants, and that
_CAPPED: Final = 13  # the days on which others took a place under the cap
_NUMBER: Final = 14  # the store's own of the recipient
_RECIPIENT: Final = 15  # where the columns of the recipient begin


@define
class Earlier:
    """What earlier attempts of one notification left."""

    settled: set[str] = field(factory=set)
    accepted: bool = False
    down_at: set[str] = field(factory=set)


_NONE: frozenset[str] = frozenset()


def urgency(row: Row) -> tuple[int, int]:
    """Return what rows are sorted by: when they were due, then which came first."""
    return row[9], row[0]


class ClaimsOfRows(Sequence[Claim]):
    """The claims that rows tell of, made when they are looked at: then the next transaction need not wait for it."""

    def __init__(
        self, lane: Lane, rows: Sequence[Row], earlier: Mapping[int, Earlier], variables: Mapping[str, Any]
    ) -> None:
        self._lane = lane
        self._variables = variables
        self._rows = rows
        self._earlier = earlier
        self._expiries = {ms: from_ms(ms) for ms in {row[5] for row in rows}}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Claim: ...
    @overload
    def __getitem__(self, index: slice) -> list[Claim]: ...
    def __getitem__(self, index: int | slice) -> Claim | list[Claim]:
        if isinstance(index, slice):
            return [self._claim(row) for row in self._rows[index]]
        return self._claim(self._rows[index])

    def _claim(self, row: Row) -> Claim:
        known = self._earlier.get(row[0])
        decided = row[_DECISION]
        return Claim(
            notification_id=row[0],
            fence=row[1],
            attempts=row[2],
            losses=row[3],
            channel=self._lane.channel,
            type=self._lane.type,
            recipient=recipient_of(row[_RECIPIENT:]),
            recipient_number=row[_NUMBER],
            content_id=row[4],
            expires_at=self._expiries[row[5]],
            topic=row[6],
            variables=variables_of(row[_VARIABLES]) if row[_VARIABLES] else self._variables,
            suppressed=_suppressed(row[_SUPPRESSED]) if row[_SUPPRESSED] else NONE_SUPPRESSED,
            preferences=preferences_of(decided[1]) if decided else NO_PREFERENCES,
            revision=decided[0] if decided else 0,
            capped_days=tuple(map(day_of, sorted(row[_CAPPED]))) if row[_CAPPED] else (),
            settled=frozenset(known.settled) if known else _NONE,
            accepted_before=known is not None and known.accepted,
            may_be_out=row[7] == 1,
            down_at=frozenset(known.down_at) if known else _NONE,
        )


def _suppressed(found: Mapping[str, Sequence[str]]) -> Suppressed:
    return {address: tuple(SuppressionReason(word) for word in words) for address, words in found.items()}
