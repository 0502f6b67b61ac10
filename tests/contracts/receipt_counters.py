"""What receipts add to the counters, on every store."""

from collections import Counter

import pytest

from application.insight.report import rows_of
from application.ports.report_repository import Grouping
from domain.lifecycle import Status
from domain.outcome import Accepted
from domain.receipt import ReceiptKind
from tests.contracts.given import NOW, SECOND, a_message, add, answer, claimed, claims, only
from tests.contracts.given_receipts import a_receipt, claimed_again, hear, standing, tell
from tests.contracts.stores import Stores


def told(stores: Stores, by: Grouping | None = Grouping.GATEWAY) -> Counter[tuple[str, str]]:
    """Return what was counted by group, but hand-overs and latencies."""
    return Counter(
        {
            (one.group, one.what): one.number
            for one in stores.reports.counted(None, by).tallies
            if one.what not in ("accepted", "unknown", "latency")
        }
    )


class ReceiptCounters:
    """Steps by receipts, and what they tell beside them."""

    @pytest.mark.parametrize(
        ("kind", "by_machine", "word"),
        [
            (ReceiptKind.OPENED, False, "opened"),
            (ReceiptKind.OPENED, True, "opened_by_machine"),
            (ReceiptKind.CLICKED, False, "clicked"),
            (ReceiptKind.CLICKED, True, "clicked_by_machine"),
        ],
    )
    def test_a_notification_counts_as_looked_at_once(
        self, stores: Stores, kind: ReceiptKind, word: str, *, by_machine: bool
    ) -> None:
        held = standing(stores, Status.SENT)

        for _ in range(3):
            tell(stores, held, a_receipt(kind, by_machine=by_machine))

        assert told(stores) == {("mail", "deliver"): 1, ("mail", word): 1}

    def test_people_count_apart_from_machines(self, stores: Stores) -> None:
        held = standing(stores, Status.SENT)

        tell(stores, held, *(a_receipt(ReceiptKind.OPENED, by_machine=machine) for machine in (True, False, True)))

        assert told(stores) == {("mail", "deliver"): 1, ("mail", "opened"): 1, ("mail", "opened_by_machine"): 1}

    def test_each_notification_counts_for_itself(self, stores: Stores) -> None:
        add(stores, a_message("ada"), a_message("bob"))
        for held in claims(stores):
            answer(stores, held, Accepted("m"))
            tell(stores, held, a_receipt(ReceiptKind.CLICKED), a_receipt(ReceiptKind.CLICKED))

        assert told(stores) == {("mail", "deliver"): 2, ("mail", "clicked"): 2}

    def test_attempts_of_one_notification_count_together(self, stores: Stores) -> None:
        first = standing(stores, Status.FAILED)
        tell(stores, first, a_receipt(ReceiptKind.UNSUBSCRIBED))
        stores.notifications.revive([first.notification_id], NOW, None)
        second = claimed_again(stores, first)
        answer(stores, second, Accepted("m-2"))

        tell(stores, second, a_receipt(ReceiptKind.OPENED), fence=first.fence)
        tell(stores, second, a_receipt(ReceiptKind.OPENED))

        assert told(stores)["mail", "opened"] == 1

    @pytest.mark.parametrize(
        ("kind", "word"), [(ReceiptKind.COMPLAINED, "complained"), (ReceiptKind.UNSUBSCRIBED, "unsubscribed")]
    )
    def test_complaints_and_unsubscriptions_count_each(self, stores: Stores, kind: ReceiptKind, word: str) -> None:
        held = standing(stores, Status.DELIVERED)

        tell(stores, held, a_receipt(kind), a_receipt(kind, gateway="spare"))

        assert told(stores) == {("mail", "deliver"): 1, ("mail", word): 1, ("spare", word): 1}

    def test_those_of_an_address_alone_and_dropped_ones_count_nowhere(self, stores: Stores) -> None:
        hear(stores, a_receipt(ReceiptKind.COMPLAINED, address="ada@example.com"))

        assert list(stores.reports.counted(None, None).tallies) == []

    def test_a_step_counts_with_the_gateway_that_told_it_on_the_day_it_is_recorded(self, stores: Stores) -> None:
        held = standing(stores, Status.UNKNOWN)
        tomorrow = NOW.replace(day=NOW.day + 1)

        tell(stores, held, a_receipt(ReceiptKind.ACCEPTED, at=NOW))
        tell(stores, held, a_receipt(ReceiptKind.BOUNCED, at=NOW, gateway="spare"), now=tomorrow)

        assert told(stores) == {("mail", "accept"): 1, ("spare", "bounce"): 1}
        by_day = told(stores, Grouping.DAY)
        assert by_day[tomorrow.date().isoformat(), "bounce"] == 1
        assert by_day[NOW.date().isoformat(), "accept"] == 1

    def test_a_step_that_waited_counts_so_too(self, stores: Stores) -> None:
        held = claimed(stores)
        tell(stores, held, a_receipt(ReceiptKind.BOUNCED))
        answer(stores, held, Accepted("m-1"), NOW + SECOND)

        assert told(stores) == {("mail", "bounce"): 1}
        assert told(stores, None)["all", "accept"] == 1

    def test_the_report_shows_it(self, stores: Stores) -> None:
        for kinds in ((ReceiptKind.CLICKED, ReceiptKind.OPENED), (ReceiptKind.OPENED,), (ReceiptKind.BOUNCED,), ()):
            held = standing(stores, Status.SENT)
            tell(stores, held, *(a_receipt(kind) for kind in kinds))

        for by in (None, Grouping.GATEWAY, Grouping.DAY):
            row = only(rows_of(stores.reports.counted(None, by), by))
            assert (row.sent, row.delivered, row.opened, row.clicked, row.bounced) == (4, 2, 2, 1, 1)
            assert {name: row.rates[name] for name in ("delivered", "opened", "clicked", "bounced")} == {
                "delivered": 0.5,
                "opened": 0.5,
                "clicked": 0.25,
                "bounced": 0.25,
            }
