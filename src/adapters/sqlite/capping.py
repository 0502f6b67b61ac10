"""Places under frequency caps as SQL: which notifications took one that counts, and on which day."""

from datetime import date
from typing import Final

from adapters.sqlite.receiving import CAME_BACK

_EPOCH: Final = date(1970, 1, 1).toordinal()


def to_day(day: date) -> int:
    """Return *day* as the store keeps it: whole days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """Return the day that the store keeps as *number*."""
    return date.fromordinal(number + _EPOCH)


def counts(table: str) -> str:
    """Return the condition that the place of the notification *table* counts; it did not come back unsent.

    What waits for another attempt counts where one of several devices has it already.
    """
    return f"""({table}.status IN ('sent', 'delivered', 'unknown') OR {table}.begun = 1 OR {table}.may_be_out = 1
            OR ({table}.status IN ('pending', 'sending')
                AND EXISTS (SELECT 1
                              FROM hand_overs AS h
                             WHERE h.notification_id = {table}.id AND h.outcome = 'accepted' AND NOT {CAME_BACK})))"""  # noqa: S608  (constant text)


def places(*, recipient_seq: str, type_: str, test: str, since: str) -> str:
    """Return the rest of a SELECT of the notifications ``o``: those of a recipient and a type whose place counts."""
    return f"""
           FROM notifications AS o INDEXED BY notifications_capped
          CROSS JOIN lanes AS ol ON ol.id = o.lane_id
          WHERE o.recipient_seq = {recipient_seq} AND o.capped_on >= {since}
            AND ol.type = {type_} AND ol.test = {test}
            AND {counts("o")}
       """
