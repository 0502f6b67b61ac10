"""Reading what was counted."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from attrs import frozen

from domain.lifecycle import Status
from domain.receipt import ReceiptKind

CREATED: Final = "created"
LATENCY: Final = "latency"
OPENED: Final = "opened"
CLICKED: Final = "clicked"
OPENED_BY_MACHINE: Final = "opened_by_machine"
CLICKED_BY_MACHINE: Final = "clicked_by_machine"
COMPLAINED: Final = "complained"
UNSUBSCRIBED: Final = "unsubscribed"

WORDS_OF_RECEIPTS: Final[Mapping[tuple[ReceiptKind, bool], str]] = MappingProxyType(
    {
        (ReceiptKind.OPENED, False): OPENED,
        (ReceiptKind.OPENED, True): OPENED_BY_MACHINE,
        (ReceiptKind.CLICKED, False): CLICKED,
        (ReceiptKind.CLICKED, True): CLICKED_BY_MACHINE,
        (ReceiptKind.COMPLAINED, False): COMPLAINED,
        (ReceiptKind.COMPLAINED, True): COMPLAINED,
        (ReceiptKind.UNSUBSCRIBED, False): UNSUBSCRIBED,
        (ReceiptKind.UNSUBSCRIBED, True): UNSUBSCRIBED,
    }
)
"""What a receipt counts as beside the step it leads to, by its kind and whether a machine did it."""

ONCE_A_NOTIFICATION: Final = frozenset({OPENED, CLICKED, OPENED_BY_MACHINE, CLICKED_BY_MACHINE})
"""The words of which a notification counts the first alone."""

ALL: Final = "all"


class Grouping(StrEnum):
    """What the rows of a report stand for."""

    CHANNEL = "channel"
    TYPE = "type"
    CAMPAIGN = "campaign"
    GATEWAY = "gateway"
    DAY = "day"


@frozen
class Tally:
    """How often something happened in one group.

    ``what`` is ``created``, the word of an event, the word of an outcome, what a receipt told that is no step
    (``opened``, ``clicked``, ``opened_by_machine``, ``clicked_by_machine``, ``complained``, ``unsubscribed``), or
    ``latency``; of that there is one for each bucket, and ``bound_ms`` is the longest that counts in it
    (:data:`domain.latency.BOUNDS_MS`). Else it is 0.
    """

    group: str
    what: str
    bound_ms: int
    number: int


@frozen
class Gauge:
    """How many notifications of one group stand in ``status`` now."""

    group: str
    status: Status
    number: int


@frozen
class Counted:
    """All that a report is made of; in no order, and without those of number 0."""

    tallies: Sequence[Tally]
    gauges: Sequence[Gauge]


class ReportRepository(Protocol):
    """Reads the counters and gauges that the other methods of a store keep, each in the transaction that it counts.

    Counters are only ever added to. They are kept by UTC day, lane and gateway, and count:

    ``created``: each notification that is new, on the day of its ``created_at``; a batch is of one moment.

    Each step of the lifecycle, by the word of its event, on the day of the moment given to the method that took it: a
    claim, what a conclusion led to (:meth:`Conclusion.step`), a cancellation, a revival, a receipt. What takes no step
    counts none. A late acceptance counts although the notification had ended otherwise before, and that end stays
    counted. A step that a receipt led to has the name of the receipt's gateway, the others have none.

    ``opened``, ``clicked``: each notification once, when the first such receipt of a person is recorded; those of
    machines apart, as ``opened_by_machine`` and ``clicked_by_machine``. ``complained``, ``unsubscribed``: each such
    receipt of a notification. All of them with the name of the gateway.

    Each line of history, by the word of its outcome and its gateway, when it is kept: what is said twice counts once.
    Where an acceptance that becomes known later takes the place of another answer, both stay counted.

    ``latency``: of each such line that says accepted, how long it took from due, or from created if that was later.

    Gauges say where the notifications of a lane stand now. They equal a recount at the end of every transaction.
    """

    def counted(self, since: date | None, by: Grouping | None, *, test: bool = False) -> Counted:
        """Return what was counted on the UTC day *since* and later, None for ever; one consistent view.

        It is of all that is in *test* lanes, or of all that is in none.

        The groups are the words of channels and types, the names of campaigns and gateways, days as ISO 8601, and
        without *by* one called ``all``. What belongs to no campaign, or to no gateway, is left out where those are
        asked for. There are no gauges of gateways and days, and those of the others
        do not depend on *since*.
        """
        ...
