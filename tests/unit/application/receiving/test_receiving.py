"""What providers say later is recorded for the messages of this store, and nothing else."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from attrs import evolve, frozen

from adapters.memory.memory_sender import MemorySender
from adapters.memory.store import MemoryStore
from application.ports.receipt_repository import Reception
from application.ports.sender import Gateway
from application.ports.webhook import Forged, Unreadable, WebhookReader, WebhookRequest
from application.receiving.record_receipts import AT_ONCE_MAX, RecordReceipts
from application.receiving.take_bounce import TakeBounce
from application.receiving.take_webhook import TakeWebhook
from domain.channel import Channel
from domain.errors import NotFound
from domain.lifecycle import Status
from domain.outcome import Accepted
from domain.receipt import Receipt, ReceiptKind
from domain.reference import Reference
from tests.contracts.given import NOW, SECOND, a_message, add, add_one, answer, claims
from tests.unit.application.sending.desk import ManualClock

KEPT, REPEATED, DROPPED = Reception.KEPT, Reception.REPEATED, Reception.DROPPED


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(new_id=lambda: "store-1")


@pytest.fixture
def record(store: MemoryStore) -> RecordReceipts:
    return RecordReceipts(receipts=store.receipts, store_id=store.identity, clock=ManualClock())


def sent(store: MemoryStore, count: int = 1) -> None:
    """Send *count* mails, numbered from 1, each in its first claim."""
    add(store, *[a_message()] * count)
    for one in claims(store, limit=count):
        answer(store, one, Accepted(f"mail-{one.notification_id}"))


def receipt(number: int = 1, kind: ReceiptKind = ReceiptKind.DELIVERED, store_id: str = "store-1") -> Receipt:
    return Receipt(
        gateway="mail",
        event_id=f"{number}:{kind}",
        kind=kind,
        channel=Channel.EMAIL,
        at=NOW + SECOND,
        echo=str(Reference(number, 1, store_id)),
        address="ada@example.com",
    )


@frozen
class Reader:
    """Reads what it was told to."""

    receipts: Sequence[Receipt] = ()
    error: Exception | None = None

    def __call__(self, request: WebhookRequest) -> Sequence[Receipt]:
        return self.read()

    def of_mail(self, message: bytes, at: datetime) -> Sequence[Receipt]:
        return self.read()

    def read(self) -> Sequence[Receipt]:
        if self.error is not None:
            raise self.error
        return self.receipts


class TestRecording:
    def test_a_receipt_moves_its_notification(self, store: MemoryStore, record: RecordReceipts) -> None:
        sent(store)

        assert record([receipt()]) == {KEPT: 1, REPEATED: 0, DROPPED: 0}
        assert store.notifications.get(1).status is Status.DELIVERED

    def test_what_is_said_twice_counts_once(self, store: MemoryStore, record: RecordReceipts) -> None:
        sent(store)

        assert record([receipt(), receipt()]) == {KEPT: 1, REPEATED: 1, DROPPED: 0}
        assert record([receipt()]) == {KEPT: 0, REPEATED: 1, DROPPED: 0}

    @pytest.mark.parametrize("echo", [None, "", "1", "1.1", "1.1.other", "x.1.store-1", "0.1.store-1", "1.1.store-1 "])
    def test_what_is_not_of_this_store_is_dropped(
        self, store: MemoryStore, record: RecordReceipts, echo: str | None
    ) -> None:
        sent(store)

        assert record([evolve(receipt(kind=ReceiptKind.OPENED), echo=echo)]) == {KEPT: 0, REPEATED: 0, DROPPED: 1}
        assert store.notifications.get(1).status is Status.SENT

    def test_of_another_store_not_even_a_complaint_counts(self, store: MemoryStore, record: RecordReceipts) -> None:
        assert record([receipt(kind=ReceiptKind.COMPLAINED, store_id="other")])[DROPPED] == 1
        assert store.suppressions.find(Channel.EMAIL, ["ada@example.com"]) == {}

    def test_what_a_person_says_of_an_address_needs_no_message(
        self, store: MemoryStore, record: RecordReceipts
    ) -> None:
        stop = Receipt(
            gateway="texts",
            event_id="SM1:STOP",
            kind=ReceiptKind.UNSUBSCRIBED,
            channel=Channel.SMS,
            at=NOW,
            address="+14155550100",
        )

        assert record([stop])[KEPT] == 1
        assert list(store.suppressions.find(Channel.SMS, ["+14155550100"])) == ["+14155550100"]
        assert record([evolve(stop, event_id="SM2:STOP", address=None)])[DROPPED] == 1

    def test_many_are_recorded_bit_by_bit(self, store: MemoryStore, record: RecordReceipts) -> None:
        number = 2 * AT_ONCE_MAX + 1
        sent(store, number)

        assert record([receipt(one) for one in range(1, number + 1)])[KEPT] == number


class TestAWebhook:
    def take(self, record: RecordReceipts, reader: WebhookReader | None, kind: str = "sendgrid") -> TakeWebhook:
        gateway = Gateway(name="mail", kind=kind, sender=MemorySender(), read_webhook=reader)
        return TakeWebhook(gateway={"mail": gateway}.__getitem__, record=record)

    def request(self, at: datetime = NOW) -> WebhookRequest:
        return WebhookRequest(url="https://example.com/webhooks/sendgrid/mail", headers={}, body=b"[]", at=at)

    def test_is_read_and_recorded(self, store: MemoryStore, record: RecordReceipts) -> None:
        sent(store)

        assert self.take(record, Reader([receipt()]))("sendgrid", "mail", self.request())[KEPT] == 1
        assert store.notifications.get(1).status is Status.DELIVERED

    def test_of_another_kind_or_of_a_gateway_that_nobody_calls_is_not_found(self, record: RecordReceipts) -> None:
        with pytest.raises(NotFound):
            self.take(record, Reader())("twilio", "mail", self.request())
        with pytest.raises(NotFound):
            self.take(record, None)("sendgrid", "mail", self.request())

    def test_that_is_forged_records_nothing(self, record: RecordReceipts) -> None:
        with pytest.raises(Forged):
            self.take(record, Reader(error=Forged("the signature is wrong")))("sendgrid", "mail", self.request())


class TestABounce:
    def take(self, record: RecordReceipts, reader: Reader) -> TakeBounce:
        return TakeBounce(read=reader.of_mail, record=record, clock=ManualClock())

    def test_is_read_and_recorded(self, store: MemoryStore, record: RecordReceipts) -> None:
        add_one(store)
        answer(store, claims(store)[0], Accepted("mail-1"))
        bounced = evolve(receipt(kind=ReceiptKind.BOUNCED), strikes=1, address=None)

        assert self.take(record, Reader([bounced]))(b"a report")[KEPT] == 1
        assert store.notifications.get(1).status is Status.FAILED
        assert list(store.suppressions.find(Channel.EMAIL, ["ada@example.com"])) == ["ada@example.com"]

    def test_that_cannot_be_read_records_nothing(self, record: RecordReceipts) -> None:
        with pytest.raises(Unreadable):
            self.take(record, Reader(error=Unreadable("it is no report")))(b"Dear Tocsin")
