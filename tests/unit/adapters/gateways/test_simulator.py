from collections.abc import Sequence
from datetime import datetime

import pytest
from attrs import evolve

from adapters.address_checker import StandardAddressChecker
from adapters.gateways.simulator import MAGIC_PHONES, Simulated, SimulatorSender, simulated
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from application.ports.receipt_repository import Addressed, Reception, Recorded
from application.ports.sender import OutboundMessage
from domain.channel import Channel
from domain.errors import StoreUnavailable
from domain.outcome import Accepted, Deferred, GatewayDown, NotStarted, Unknown
from domain.receipt import Receipt, ReceiptKind, suppression_reason
from domain.reference import Reference
from entrypoints.testing.sender_contract import outbound, sent_again

STORE_ID = "0f1e2d3c4b5a"
OUTCOMES = {
    Simulated.DELIVERED: Accepted,
    Simulated.BOUNCED: Accepted,
    Simulated.DEFERRED: Deferred,
    Simulated.UNKNOWN: Unknown,
}
KINDS = {Simulated.DELIVERED: [ReceiptKind.DELIVERED], Simulated.BOUNCED: [ReceiptKind.BOUNCED]}


def magic(channel: Channel, wanted: Simulated) -> str:
    match channel:
        case Channel.EMAIL:
            return f"simulate-{wanted}@example.com"
        case Channel.SMS:
            return next(phone for phone, one in MAGIC_PHONES.items() if one is wanted)
        case Channel.WEB_PUSH:
            return f"https://fcm.googleapis.com/fcm/send/simulate-{wanted}"
        case Channel.PUSH | Channel.IN_APP:
            return f"simulate-{wanted}-1"


def to(channel: Channel, address: str, number: int = 1) -> OutboundMessage:
    return evolve(outbound(channel, number), address=address, reference=f"{number}.{STORE_ID}")


class Receipts:
    """Keeps what is recorded, and can be out of reach."""

    def __init__(self) -> None:
        self.recorded: list[Addressed] = []
        self.calls = 0
        self.is_reachable = True

    def record(self, receipts: Sequence[Addressed], now: datetime) -> Sequence[Recorded]:
        assert now <= SystemClock().now()
        if not self.is_reachable:
            raise StoreUnavailable("the disk is full")
        self.calls += 1
        self.recorded += receipts
        return [Recorded(Reception.KEPT)] * len(receipts)

    def of_notification(self, notification_id: int) -> Sequence[Receipt]:
        return [
            one.receipt for one in self.recorded if one.reference and one.reference.notification_id == notification_id
        ]


@pytest.fixture
def receipts() -> Receipts:
    return Receipts()


@pytest.fixture
def sender(receipts: Receipts) -> SimulatorSender:
    return SimulatorSender(receipts, SystemClock())


@pytest.fixture
def patience() -> Deadline:
    return Deadline.after(30, SystemClock())


class TestMagicRecipients:
    @pytest.mark.parametrize("channel", Channel)
    @pytest.mark.parametrize("wanted", Simulated)
    def test_each_has_its_outcome_and_its_receipt_on_every_channel(
        self, sender: SimulatorSender, receipts: Receipts, patience: Deadline, channel: Channel, wanted: Simulated
    ) -> None:
        (outcome,) = sender.send([to(channel, magic(channel, wanted))], patience)

        assert type(outcome) is OUTCOMES[wanted]
        assert [one.receipt.kind for one in receipts.recorded] == KINDS.get(wanted, [])
        assert {one.receipt.channel for one in receipts.recorded} <= {channel}

    @pytest.mark.parametrize("channel", Channel)
    def test_everybody_else_is_accepted_and_no_receipt_follows(
        self, sender: SimulatorSender, receipts: Receipts, patience: Deadline, channel: Channel
    ) -> None:
        outcomes = sender.send([outbound(channel, 1), outbound(channel, 2)], patience)

        assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
        assert receipts.calls == 0

    @pytest.mark.parametrize(
        ("channel", "address", "expected"),
        [
            (Channel.EMAIL, "Simulate-Bounced@shop.test", Simulated.BOUNCED),
            (Channel.EMAIL, "simulate-bounced+order-7@shop.test", Simulated.BOUNCED),
            (Channel.EMAIL, "simulate-bounced-too@shop.test", None),
            (Channel.EMAIL, "ada@simulate-bounced.test", None),
            (Channel.SMS, "+15005550100", None),
            (Channel.PUSH, "simulate-unknown:device-7", Simulated.UNKNOWN),
            (Channel.PUSH, "device-simulate-unknown", None),
            (Channel.WEB_PUSH, "https://fcm.googleapis.com/simulate-deferred?v=1", Simulated.DEFERRED),
            (Channel.WEB_PUSH, "https://fcm.googleapis.com/simulate-deferred/other", None),
            (Channel.IN_APP, "simulate-delivered", Simulated.DELIVERED),
            (Channel.IN_APP, "ada", None),
        ],
    )
    def test_they_are_told_by_their_address_alone(
        self, channel: Channel, address: str, expected: Simulated | None
    ) -> None:
        assert simulated(channel, address) is expected

    @pytest.mark.parametrize("phone", MAGIC_PHONES)
    def test_the_phone_numbers_can_be_stored(self, phone: str) -> None:
        assert StandardAddressChecker().phone(phone) == phone

    @pytest.mark.parametrize("wanted", Simulated)
    def test_the_mailboxes_can_be_stored(self, wanted: Simulated) -> None:
        address = magic(Channel.EMAIL, wanted)
        assert StandardAddressChecker().email(address) == address


class TestReceipts:
    def test_they_name_the_hand_over(self, sender: SimulatorSender, receipts: Receipts, patience: Deadline) -> None:
        sender.send([sent_again(to(Channel.EMAIL, "simulate-bounced@example.com", 7))], patience)

        (one,) = receipts.recorded
        assert one.reference == Reference(7, 2, STORE_ID)
        assert one.receipt.gateway == "simulator"
        assert one.receipt.address == "simulate-bounced@example.com"
        assert one.receipt.reason

    def test_no_address_is_put_out_of_use(
        self, sender: SimulatorSender, receipts: Receipts, patience: Deadline
    ) -> None:
        sender.send([to(channel, magic(channel, Simulated.BOUNCED)) for channel in Channel], patience)

        assert len(receipts.recorded) == len(Channel)
        assert {suppression_reason(one.receipt, 99) for one in receipts.recorded} == {None}

    def test_what_is_said_again_has_the_same_name_and_nothing_else_has(
        self, sender: SimulatorSender, receipts: Receipts, patience: Deadline
    ) -> None:
        first = to(Channel.PUSH, "simulate-delivered-1", 7)
        messages = [
            first,
            first,
            to(Channel.PUSH, "simulate-delivered-2", 7),
            to(Channel.PUSH, "simulate-delivered-1", 8),
            sent_again(first),
        ]

        sender.send(messages, patience)

        names = [one.receipt.event_id for one in receipts.recorded]
        assert names[0] == names[1]
        assert len(set(names)) == 4
        assert not any("simulate" in name for name in names)

    def test_those_of_one_call_are_one_transaction(
        self, sender: SimulatorSender, receipts: Receipts, patience: Deadline
    ) -> None:
        sender.send([to(Channel.EMAIL, "simulate-delivered@example.com", number) for number in (1, 2, 3)], patience)

        assert receipts.calls == 1

    def test_a_store_that_cannot_be_written_leaves_the_call_unsent(
        self, sender: SimulatorSender, receipts: Receipts, patience: Deadline
    ) -> None:
        receipts.is_reachable = False

        outcomes = sender.send(
            [to(Channel.EMAIL, "simulate-delivered@example.com"), outbound(Channel.SMS, 1)], patience
        )

        assert [type(outcome) for outcome in outcomes] == [GatewayDown, NotStarted]


class TestACall:
    def test_has_one_outcome_a_message_in_order(self, sender: SimulatorSender, patience: Deadline) -> None:
        wanted = [Simulated.UNKNOWN, Simulated.DELIVERED, Simulated.DEFERRED, Simulated.BOUNCED]

        outcomes = sender.send([to(Channel.SMS, magic(Channel.SMS, one)) for one in wanted], patience)

        assert [type(outcome) for outcome in outcomes] == [OUTCOMES[one] for one in wanted]

    def test_without_messages_has_no_outcomes(self, sender: SimulatorSender, patience: Deadline) -> None:
        assert list(sender.send([], patience)) == []

    def test_starts_nothing_after_the_deadline(self, sender: SimulatorSender, receipts: Receipts) -> None:
        late = Deadline.after(0, SystemClock())

        outcomes = sender.send([to(Channel.EMAIL, "simulate-delivered@example.com")], late)

        assert [type(outcome) for outcome in outcomes] == [NotStarted]
        assert receipts.calls == 0
