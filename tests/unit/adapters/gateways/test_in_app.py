from collections.abc import Callable, Sequence
from threading import Lock

import pytest
from attrs import evolve

from adapters.gateways.in_app import InAppSender
from adapters.system_clock import SystemClock
from application.ports.clock import Clock, Deadline
from application.ports.sender import Sender
from domain.channel import Channel
from domain.content import Content
from domain.errors import StoreUnavailable
from domain.inbox import InboxItem
from domain.outcome import Accepted, GatewayDown, NotStarted
from tests.contracts.sender import SenderContract, outbound, outbounds, sent_again


class Inbox:
    """An inbox in memory, which can be out of reach."""

    def __init__(self) -> None:
        self.items: dict[int, InboxItem] = {}
        self.is_reachable = True
        self.transactions = 0
        self._lock = Lock()

    def put(self, items: Sequence[InboxItem]) -> None:
        if not self.is_reachable:
            raise StoreUnavailable("the disk is full")
        with self._lock:
            self.transactions += 1
            for item in items:
                self.items.setdefault(item.notification_id, item)

    def find(self, recipient_id: str, limit: int, after: int | None = None) -> Sequence[InboxItem]:
        found = [
            item
            for item in reversed(self.items.values())
            if item.recipient_id == recipient_id and (after is None or item.notification_id < after)
        ]
        return found[:limit] if limit else found


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


class TestInAppSender(SenderContract):
    channel = Channel.IN_APP

    @pytest.fixture
    def sender(self, inbox: Inbox, clock: Clock) -> Sender:
        return InAppSender(inbox, clock)

    @pytest.fixture
    def arrived(self, inbox: Inbox) -> Callable[[], Sequence[str]]:
        return lambda: [item.recipient_id for item in inbox.items.values()]

    def test_a_message_becomes_an_item(self, sender: Sender, inbox: Inbox, patience: Deadline) -> None:
        content = Content(subject="Your parcel", body="It is here.", data={"parcel": "7"})
        begun = SystemClock().now()

        sender.send([evolve(outbound(Channel.IN_APP, 1), content=content, topic="parcels")], patience)

        (item,) = inbox.find("person1", 0)
        assert (item.notification_id, item.subject, item.body) == (1001, "Your parcel", "It is here.")
        assert (item.topic, item.data) == ("parcels", {"parcel": "7"})
        assert begun <= item.at <= SystemClock().now()
        assert item.seen_at is None

    def test_a_call_is_one_transaction(self, sender: Sender, inbox: Inbox, patience: Deadline) -> None:
        sender.send(outbounds(Channel.IN_APP, 5), patience)

        assert inbox.transactions == 1

    def test_sending_again_shows_once(self, sender: Sender, inbox: Inbox, patience: Deadline) -> None:
        message = outbound(Channel.IN_APP, 1)

        outcomes = [*sender.send([message], patience), *sender.send([sent_again(message)], patience)]

        assert outcomes == [Accepted(), Accepted()]
        assert len(inbox.find("person1", 0)) == 1

    def test_a_store_that_is_out_of_reach_takes_the_gateway_down(
        self, sender: Sender, inbox: Inbox, patience: Deadline
    ) -> None:
        inbox.is_reachable = False

        outcomes = sender.send(outbounds(Channel.IN_APP, 3), patience)

        assert outcomes[0] == GatewayDown("the inbox cannot be written: the disk is full")
        assert [type(outcome) for outcome in outcomes[1:]] == [NotStarted] * 2
        assert inbox.items == {}
