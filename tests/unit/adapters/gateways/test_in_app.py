from collections.abc import Callable, Sequence

import pytest
from attrs import define, evolve, field, frozen

from adapters.gateways.in_app import InAppSender
from adapters.memory.inbox_repository import MemoryInboxRepository
from adapters.memory.state import MemoryState
from adapters.system_clock import SystemClock
from application.ports.clock import Clock, Deadline
from application.ports.inbox_repository import InboxQuery
from application.ports.sender import Sender
from domain.channel import Channel
from domain.content import Content
from domain.errors import StoreUnavailable
from domain.inbox import InboxItem
from domain.outcome import Accepted, GatewayDown, NotStarted
from domain.recipient import Recipient
from entrypoints.testing.sender_contract import SenderContract, outbound, outbounds, sent_again

PEOPLE = [f"person{number}" for number in range(1000)]


@define
class Disk:
    """What the inbox is written to."""

    is_full: bool = False
    transactions: int = 0


@frozen
class Inbox(MemoryInboxRepository):
    """An inbox in memory that can be out of reach."""

    disk: Disk = field(factory=Disk)

    def put(self, items: Sequence[InboxItem]) -> None:
        if self.disk.is_full:
            raise StoreUnavailable("the disk is full")
        self.disk.transactions += 1
        super().put(items)

    def of(self, *names: str) -> list[InboxItem]:
        return [item for name in names for item in self.find(InboxQuery(recipient_id=name))]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(MemoryState(recipients={name: Recipient(id=name) for name in PEOPLE}))


class TestInAppSender(SenderContract):
    channel = Channel.IN_APP

    @pytest.fixture
    def sender(self, inbox: Inbox, clock: Clock) -> Sender:
        return InAppSender(inbox, clock)

    @pytest.fixture
    def arrived(self, inbox: Inbox) -> Callable[[], Sequence[str]]:
        return lambda: [item.recipient_id for item in inbox.of(*PEOPLE)]

    def test_a_message_becomes_an_item(self, sender: Sender, inbox: Inbox, patience: Deadline) -> None:
        content = Content(subject="Your parcel", body="It is here.", data={"parcel": "7"})
        begun = SystemClock().now()

        sender.send([evolve(outbound(Channel.IN_APP, 1), content=content, topic="parcels")], patience)

        (item,) = inbox.of("person1")
        assert (item.notification_id, item.subject, item.body) == (1001, "Your parcel", "It is here.")
        assert (item.topic, item.data) == ("parcels", {"parcel": "7"})
        assert begun <= item.at <= SystemClock().now()
        assert item.seen_at is None

    def test_a_call_is_one_transaction(self, sender: Sender, inbox: Inbox, patience: Deadline) -> None:
        sender.send(outbounds(Channel.IN_APP, 5), patience)

        assert inbox.disk.transactions == 1

    def test_sending_again_shows_once(self, sender: Sender, inbox: Inbox, patience: Deadline) -> None:
        message = outbound(Channel.IN_APP, 1)

        outcomes = [*sender.send([message], patience), *sender.send([sent_again(message)], patience)]

        assert outcomes == [Accepted(), Accepted()]
        assert len(inbox.of("person1")) == 1

    def test_a_store_that_is_out_of_reach_takes_the_gateway_down(
        self, sender: Sender, inbox: Inbox, patience: Deadline
    ) -> None:
        inbox.disk.is_full = True

        outcomes = sender.send(outbounds(Channel.IN_APP, 3), patience)

        assert outcomes[0] == GatewayDown("the inbox cannot be written: the disk is full")
        assert [type(outcome) for outcome in outcomes[1:]] == [NotStarted] * 2
        assert inbox.of(*PEOPLE) == []
