"""A gateway that hangs fills its own slots and holds up nothing else."""

import pytest

from domain.channel import Channel
from domain.notification_type import NotificationType
from tests.integration.house import House, until
from tests.integration.ledger import most_at_once

SOON_S = 5.0
SLOTS = 3


def test_a_gateway_that_hangs_holds_up_neither_other_channels_nor_its_own_urgent_messages(house: House) -> None:
    house.configure_ledgers("60s", email=f"calls = true; batch_size = 1; connections = {SLOTS}", sms="")
    mail = house.ledger()
    mail.turn("hang", on=True)
    house.fill(NotificationType.PROMOTIONAL, 60)
    house.watch()
    until(lambda: len(mail.lines("enter")) == SLOTS - 1)

    house.fill(NotificationType.PROMOTIONAL, 60, Channel.SMS)
    until(lambda: house.statuses(channel="sms") == {"sent": 60}, SOON_S)
    assert len(mail.lines("enter")) == SLOTS - 1, "one slot is kept for what is urgent"

    house.fill(NotificationType.TRANSACTIONAL, 5)
    until(lambda: len(mail.lines("enter")) == SLOTS, SOON_S)
    assert mail.lines("enter")[-1].type == "transactional"

    mail.turn("hang", on=False)
    until(house.is_done)
    assert house.statuses() == {"sent": 125}
    assert most_at_once(mail.lines("enter", "leave")) == SLOTS


def test_no_more_calls_are_under_way_than_a_gateway_has_slots_whatever_waits(house: House) -> None:
    house.configure_ledgers("60s", email=f"calls = true; call_s = 0.01; batch_size = 5; connections = {SLOTS}")
    house.fill(NotificationType.TRANSACTIONAL, 500)
    house.watch()
    until(house.is_done)

    assert most_at_once(house.ledger().lines("enter", "leave")) == SLOTS


@pytest.mark.parametrize("type_", [NotificationType.TRANSACTIONAL, NotificationType.PROMOTIONAL])
def test_a_gateway_that_takes_its_time_for_a_call_whatever_its_size_gets_large_calls(
    house: House, type_: NotificationType
) -> None:
    house.configure_ledgers("60s", email="calls = true; call_s = 0.1; batch_size = 50")
    house.fill(type_, 2000)
    house.watch()
    until(house.is_done)

    ledger = house.ledger()
    assert ledger.count() / len(ledger.lines("enter")) >= 10, "the larger a call, the sooner all is sent"
