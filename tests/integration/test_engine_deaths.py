"""Dispatchers that are killed while they work, and messages that kill whoever sends them."""

from collections import Counter
from random import Random

import pytest

from domain.channel import Channel
from domain.notification_type import NotificationType
from tests.integration.house import House, keep_killing, shape_of, until
from tests.integration.ledger import repeated, sent_again
from tests.integration.ledger_gateway import DEADLY

KILL_EVERY_S = 0.7
SHORT = "3s"
KILLS_MAX = 6
NEIGHBOURS = 40
POISONED = 20
LOOP = "{% for a in range(1000) %}{% for b in range(1000) %}{{ a * b }}{% endfor %}{% endfor %}"


class TestThreeOfWhichOneIsKilledAgainAndAgain:
    # What had begun when a dispatcher died is unknown: three of four slots, and what each of their calls takes. Of the
    # gateway that does nothing it is what was handed over since the last record, which is a call a slot at the most.
    @pytest.mark.parametrize(
        ("gateway", "people", "unknown_a_kill"),
        [
            pytest.param("batch_size = 500", 16_000, 1500, id="a gateway that does nothing"),
            pytest.param("message_s = 0.001", 5_000, 100, id="a millisecond a message"),
            pytest.param("call_s = 0.02; batch_size = 10", 8_000, 100, id="twenty milliseconds a call"),
        ],
    )
    def test_lose_nothing_and_repeat_no_hand_over_and_leave_little_unknown(
        self, house: House, gateway: str, people: int, unknown_a_kill: int
    ) -> None:
        house.configure_ledgers(SHORT, email=gateway)
        promised = set(house.fill(NotificationType.PROMOTIONAL, people // 2))
        needed = set(house.fill(NotificationType.TRANSACTIONAL, people // 2))
        for _ in range(3):
            house.watch()
        kills = keep_killing(house, Random(people), KILL_EVERY_S, KILLS_MAX)

        assert shape_of(house) == []
        lines = house.ledger().lines()
        taken = {line.notification for line in lines}
        assert repeated(lines) == [], "no (notification, fence) is handed over twice"
        assert sent_again(lines, "promotional") == []
        assert kills >= 1, "a machine that is so fast needs more people"
        promotional, transactional = house.statuses("promotional"), house.statuses("transactional")
        assert promotional["sent"] + promotional["unknown"] + promotional["failed"] == people // 2
        assert promotional["failed"] <= kills, "a dispatcher holds one at a time of those that two died over"
        assert transactional["sent"] + transactional["unknown"] == people // 2
        assert promotional["unknown"] <= unknown_a_kill * kills, (promotional, kills)
        assert transactional["unknown"] <= kills, "likewise"
        assert needed <= taken
        assert len(promised - taken) <= promotional["unknown"] + promotional["failed"]
        sent = {row[0] for row in house.select("SELECT id FROM notifications WHERE status = 'sent'")}
        assert sent <= taken, "what is called sent was handed over"


class TestAMessageThatKillsWhoeverSendsIt:
    @pytest.mark.parametrize(
        "gateway",
        [
            pytest.param("message_s = 0.001", id="a quick gateway"),
            pytest.param("call_s = 0.02; batch_size = 1", id="a call a message"),
            pytest.param("call_s = 0.3; batch_size = 1", id="a slow gateway"),
        ],
    )
    def test_ends_after_three_deaths_and_every_neighbour_is_sent(self, house: House, gateway: str) -> None:
        house.configure_ledgers(SHORT, email=gateway, sms=gateway)
        ids = house.fill(
            NotificationType.TRANSACTIONAL, NEIGHBOURS, bodies=lambda number: DEADLY if number == POISONED else "Hello"
        )
        house.fill(NotificationType.TRANSACTIONAL, NEIGHBOURS, Channel.SMS)
        deaths = supervise(house)

        ends = house.select("SELECT id, status, reason FROM notifications WHERE status <> 'sent'")
        assert ends == [(ids[POISONED], "unknown", "3 dispatchers died while they held it")]
        assert deaths == 3
        assert shape_of(house) == []
        lines = house.ledger().lines()
        assert repeated(lines) == []
        assert Counter(line.notification for line in lines)[ids[POISONED]] == 3

    def test_of_a_type_that_holds_is_unknown_at_once_and_its_neighbours_are_sent_once_or_not_again(
        self, house: House
    ) -> None:
        house.configure_ledgers(SHORT, email="call_s = 0.02; batch_size = 1")
        ids = house.fill(
            NotificationType.PROMOTIONAL, NEIGHBOURS, bodies=lambda number: DEADLY if number == POISONED else "Hello"
        )
        deaths = supervise(house)

        ends = {row[0] for row in house.select("SELECT id FROM notifications WHERE status = 'unknown'")}
        assert ids[POISONED] in ends
        assert deaths == 1
        assert len(ends) <= 15, "only what the other slots had begun, or what was not yet recorded"
        assert house.statuses() == {"sent": NEIGHBOURS - len(ends), "unknown": len(ends)}
        assert sent_again(house.ledger().lines(), "promotional") == []

    def test_a_template_that_loops_fails_for_itself_alone(self, house: House) -> None:
        house.configure_ledgers(SHORT, email="")
        house.people("order", NEIGHBOURS)
        house.bulk("order", "transactional")
        house.people("loop", 3)
        house.bulk("loop", "transactional", body=LOOP)
        dispatcher = house.watch()
        until(house.is_done)

        assert dispatcher.poll() is None
        assert house.statuses() == {"sent": NEIGHBOURS, "failed": 3}
        reasons = {row[0] for row in house.select("SELECT reason FROM notifications WHERE status = 'failed'")}
        assert reasons == {"template: body: takes too much work; loop over less and use fewer filters"}


def supervise(house: House) -> int:
    """Start a dispatcher again whenever it dies, until nothing is left to do; return how often it died."""
    deaths = 0
    dispatcher = house.watch()

    def is_done() -> bool:
        nonlocal deaths, dispatcher
        if dispatcher.poll() is not None:
            deaths += 1
            dispatcher = house.watch()
        return house.is_done()

    until(is_done)
    return deaths
