"""What providers say later is recorded for the messages of this store, and nothing else."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from attrs import evolve, frozen

from adapters.memory.memory_sender import MemorySender
from adapters.memory.store import MemoryStore
from application.ports.receipt_repository import Reception
from application.ports.sender import Gateway
from application.ports.webhook import WebhookReader, WebhookRequest
from application.receiving.recording import AT_ONCE_MAX, Recording, Taken
from application.receiving.take_bounce import TakeBounce
from application.receiving.take_webhook import TakeWebhook
from domain.channel import Channel
from domain.errors import Forged, NotFound, Unreadable
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
def record(store: MemoryStore) -> Recording:
    return Recording(receipts=store.receipts, store_id=store.identity, clock=ManualClock())


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


def became(taken: Sequence[Taken]) -> list[Reception]:
    return [one.recorded.reception for one in taken]


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
    def test_a_receipt_moves_its_notification(self, store: MemoryStore, record: Recording) -> None:
        sent(store)

        assert became(record([receipt()])) == [KEPT]
        assert store.notifications.get(1).status is Status.DELIVERED

    def test_what_is_said_twice_counts_once(self, store: MemoryStore, record: Recording) -> None:
        sent(store)

        assert became(record([receipt(), receipt()])) == [KEPT, REPEATED]
        assert became(record([receipt()])) == [REPEATED]

    @pytest.mark.parametrize("echo", [None, "", "1", "1.1", "1.1.other", "x.1.store-1", "0.1.store-1", "1.1.store-1 "])
    def test_what_is_not_of_this_store_is_dropped(
        self, store: MemoryStore, record: Recording, echo: str | None
    ) -> None:
        sent(store)

        assert became(record([evolve(receipt(kind=ReceiptKind.OPENED), echo=echo)])) == [DROPPED]
        assert store.notifications.get(1).status is Status.SENT

    def test_of_another_store_not_even_a_complaint_counts(self, store: MemoryStore, record: Recording) -> None:
        assert became(record([receipt(kind=ReceiptKind.COMPLAINED, store_id="other")])) == [DROPPED]
        assert store.suppressions.find(Channel.EMAIL, ["ada@example.com"]) == {}

    def test_what_a_person_says_of_an_address_needs_no_message(self, store: MemoryStore, record: Recording) -> None:
        stop = Receipt(
            gateway="texts",
            event_id="SM1:STOP",
            kind=ReceiptKind.UNSUBSCRIBED,
            channel=Channel.SMS,
            at=NOW,
            address="+14155550100",
        )

        assert became(record([stop])) == [KEPT]
        assert list(store.suppressions.find(Channel.SMS, ["+14155550100"])) == ["+14155550100"]
        assert became(record([evolve(stop, event_id="SM2:STOP", address=None)])) == [DROPPED]

    def test_what_tells_of_the_address_alone_moves_no_message(self, store: MemoryStore, record: Recording) -> None:
        sent(store)

        assert became(record([evolve(receipt(kind=ReceiptKind.COMPLAINED), of_address=True)])) == [KEPT]
        assert store.notifications.get(1).status is Status.SENT
        assert list(store.suppressions.find(Channel.EMAIL, ["ada@example.com"])) == ["ada@example.com"]

    @pytest.mark.parametrize("kind", [ReceiptKind.COMPLAINED, ReceiptKind.UNSUBSCRIBED])
    def test_what_a_person_decided_counts_also_where_its_message_is_gone(
        self, store: MemoryStore, record: Recording, kind: ReceiptKind
    ) -> None:
        sent(store)
        gone = receipt(777, kind)

        taken = record([receipt(777), gone, receipt()])

        assert became(taken) == [DROPPED, KEPT, KEPT]
        assert list(store.suppressions.find(Channel.EMAIL, ["ada@example.com"])) == ["ada@example.com"]
        assert became(record([gone])) == [REPEATED]

    def test_many_are_recorded_bit_by_bit(self, store: MemoryStore, record: Recording) -> None:
        number = 2 * AT_ONCE_MAX + 1
        sent(store, number)

        assert became(record([receipt(one) for one in range(1, number + 1)])) == [KEPT] * number


class TestAWebhook:
    def take(self, record: Recording, reader: WebhookReader | None, kind: str = "sendgrid") -> TakeWebhook:
        gateway = Gateway(name="mail", kind=kind, sender=MemorySender(), read_webhook=reader)
        return TakeWebhook(kinds={"mail": "sendgrid"}, gateway={"mail": gateway}.__getitem__, record=record)

    def request(self, at: datetime = NOW) -> WebhookRequest:
        return WebhookRequest(url="https://example.com/webhooks/sendgrid/mail", headers={}, body=b"[]", at=at)

    def test_is_read_and_recorded(self, store: MemoryStore, record: Recording) -> None:
        sent(store)

        assert became(self.take(record, Reader([receipt()]))("sendgrid", "mail", self.request())) == [KEPT]
        assert store.notifications.get(1).status is Status.DELIVERED

    def test_of_another_kind_or_of_a_gateway_that_nobody_calls_is_not_found(self, record: Recording) -> None:
        with pytest.raises(NotFound):
            self.take(record, Reader())("twilio", "mail", self.request())
        with pytest.raises(NotFound):
            self.take(record, None)("sendgrid", "mail", self.request())

    def test_that_somebody_guesses_makes_no_gateway(self, record: Recording) -> None:
        made: list[str] = []
        take = TakeWebhook(kinds={"mail": "sendgrid"}, gateway=made.append, record=record)  # type: ignore[arg-type]  # it is not called

        for kind, name in (("sendgrid", "other"), ("twilio", "mail"), ("", "")):
            with pytest.raises(NotFound):
                take(kind, name, self.request())
        assert made == []

    def test_that_is_forged_records_nothing(self, record: Recording) -> None:
        with pytest.raises(Forged):
            self.take(record, Reader(error=Forged("the signature is wrong")))("sendgrid", "mail", self.request())


class TestABounce:
    def take(self, record: Recording, reader: Reader) -> TakeBounce:
        return TakeBounce(read=reader.of_mail, record=record, clock=ManualClock())

    def test_is_read_and_recorded(self, store: MemoryStore, record: Recording) -> None:
        add_one(store)
        answer(store, claims(store)[0], Accepted("mail-1"))
        bounced = evolve(receipt(kind=ReceiptKind.BOUNCED), strikes=1, address=None)

        assert became(self.take(record, Reader([bounced]))(b"a report")) == [KEPT]
        assert store.notifications.get(1).status is Status.FAILED
        assert list(store.suppressions.find(Channel.EMAIL, ["ada@example.com"])) == ["ada@example.com"]

    def test_that_cannot_be_read_records_nothing(self, record: Recording) -> None:
        with pytest.raises(Unreadable):
            self.take(record, Reader(error=Unreadable("it is no report")))(b"Dear Tocsin")
