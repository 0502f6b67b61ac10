"""Streams that go on: woken by what happens, bounded, and gone when they are over."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal
from attrs import define, field

from adapters.memory.store import MemoryStore
from application.inbox.follow_inbox import FollowInbox, WatchInboxes
from domain.errors import StoreUnavailable
from domain.inbox import InboxItem, Mark
from domain.notification_type import NotificationType
from domain.recipient import Recipient
from entrypoints.http_api.event_stream import EventStream
from entrypoints.http_api.front import Message
from entrypoints.http_api.inbox_streams import InboxStreams, StreamLimits
from tests.contracts.given import NOW

PATIENCE_S = 10.0
A_WHILE_S = 3600.0


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore(new_id=lambda: "home")
    made.recipients.put([Recipient(id="ada"), Recipient(id="bob")])
    return made


def put(store: MemoryStore, number: int, to: str = "ada") -> None:
    item = InboxItem(notification_id=number, recipient_id=to, type=NotificationType.TRANSACTIONAL, at=NOW, body="Hi")
    store.inbox.put([item])


def streams_of(store: MemoryStore, limits: StreamLimits | None = None) -> InboxStreams:
    return InboxStreams(WatchInboxes(inbox=store.inbox), limits)


@define(eq=False)
class Client:
    """Somebody who follows an inbox in this loop."""

    store: MemoryStore
    streams: InboxStreams
    name: str = "ada"
    heartbeat_s: float = A_WHILE_S
    lifetime_s: float = A_WHILE_S
    heard: list[bytes] = field(factory=list)
    ended: bool = False
    status: int | None = None
    has_left: asyncio.Event = field(factory=asyncio.Event)
    reads: asyncio.Event = field(factory=asyncio.Event)
    something: asyncio.Condition = field(factory=asyncio.Condition)

    async def follow(self) -> None:
        follow = FollowInbox(recipients=self.store.recipients, inbox=self.store.inbox)
        stream = EventStream(
            recipient_id=self.name,
            first=follow(self.name, None),
            is_new=True,
            lifetime_s=self.lifetime_s,
            follow=follow,
            streams=self.streams,
            heartbeat_s=self.heartbeat_s,
        )
        await stream({}, self._receive, self._send)

    async def hears(self, word: bytes) -> None:
        async with asyncio.timeout(PATIENCE_S), self.something:
            await self.something.wait_for(lambda: any(word in part for part in self.heard))

    async def _receive(self) -> Message:
        await self.has_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        async with self.something:
            self.status = message.get("status", self.status)
            self.heard.append(message.get("body", b""))
            self.ended = not message.get("more_body", True)
            self.something.notify_all()


async def in_time(task: Awaitable[Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await task


def run(portal: BlockingPortal, scene: Callable[[], Awaitable[None]]) -> None:
    portal.call(scene)


def test_what_happens_is_told_to_those_whom_it_concerns(portal: BlockingPortal, store: MemoryStore) -> None:
    async def scene() -> None:
        streams = streams_of(store)
        ada, other, bob = Client(store, streams), Client(store, streams), Client(store, streams, "bob")
        tasks = [asyncio.create_task(one.follow()) for one in (ada, other, bob)]
        for one in (ada, other, bob):
            await one.hears(b"event: counts")

        await asyncio.to_thread(put, store, 1)
        for one in (ada, other):
            await one.hears(b'event: new\ndata: {"id":1,')
        await asyncio.to_thread(store.inbox.mark, "ada", [1], Mark.READ, NOW)
        await ada.hears(b'event: read\ndata: {"id":1,"counts":{"total":1,"unseen":0,"unread":0}}')

        assert len(bob.heard) == 2  # the head and the counts
        streams.end()
        await in_time(asyncio.gather(*tasks))
        assert all(one.ended for one in (ada, other, bob))
        assert streams.open == 0

    run(portal, scene)


def test_what_another_process_did_is_found_by_looking(portal: BlockingPortal, store: MemoryStore) -> None:
    async def scene() -> None:
        streams = streams_of(store)
        ada = Client(store, streams)
        task = asyncio.create_task(ada.follow())
        await ada.hears(b"event: counts")
        store._state.inbox_listeners.clear()  # nobody here hears of it

        put(store, 1)

        await ada.hears(b"event: new")
        ada.has_left.set()
        await in_time(task)

    run(portal, scene)


def test_a_client_that_goes_away_leaves_nothing_behind(portal: BlockingPortal, store: MemoryStore) -> None:
    async def scene() -> None:
        before = asyncio.all_tasks()
        streams = streams_of(store)
        ada = Client(store, streams)
        task = asyncio.create_task(ada.follow())
        await ada.hears(b"event: counts")
        assert streams.open == 1

        ada.has_left.set()
        await in_time(task)
        left = asyncio.all_tasks() - before
        await in_time(asyncio.gather(*left, return_exceptions=True))

        assert streams.open == 0
        assert store._state.inbox_listeners == []

    run(portal, scene)


def test_silence_is_broken_by_a_heartbeat(portal: BlockingPortal, store: MemoryStore) -> None:
    async def scene() -> None:
        streams = streams_of(store)
        ada = Client(store, streams, heartbeat_s=0.01)
        task = asyncio.create_task(ada.follow())

        await ada.hears(b":\nid: 0\n\n")

        ada.has_left.set()
        await in_time(task)

    run(portal, scene)


def test_a_stream_ends_with_its_time(portal: BlockingPortal, store: MemoryStore) -> None:
    async def scene() -> None:
        ada = Client(store, streams_of(store), lifetime_s=0.05)

        await in_time(ada.follow())

        assert ada.ended

    run(portal, scene)


def test_whoever_finds_no_place_is_told_and_comes_again_later(portal: BlockingPortal, store: MemoryStore) -> None:
    async def scene() -> None:
        streams = streams_of(store, StreamLimits(in_all=3, of_one=2))
        clients = [Client(store, streams), Client(store, streams), Client(store, streams, "bob")]
        tasks = []
        for one in clients[:2]:
            tasks.append(asyncio.create_task(one.follow()))
            await one.hears(b"event: counts")
        await told_and_ended(Client(store, streams))
        tasks.append(asyncio.create_task(clients[2].follow()))
        await clients[2].hears(b"event: counts")
        await told_and_ended(Client(store, streams, "bob"))

        clients[0].has_left.set()
        await in_time(tasks[0])
        again = Client(store, streams)
        tasks.append(asyncio.create_task(again.follow()))
        await again.hears(b"event: counts")

        streams.end()
        await in_time(asyncio.gather(*tasks))
        await told_and_ended(Client(store, streams))

    async def told_and_ended(client: Client) -> None:
        places = client.streams.open
        await in_time(client.follow())
        assert client.ended
        assert client.status == 200
        assert client.heard[1].startswith(b"retry: 30000\n\nid: 0\nevent: counts\n")
        assert client.streams.open == places

    run(portal, scene)


def test_a_store_that_cannot_be_read_for_a_moment_ends_no_stream(portal: BlockingPortal, store: MemoryStore) -> None:
    class Watch:
        looks = 0

        def __call__(self, names: Any) -> Any:
            self.looks += 1
            if self.looks <= 2:
                raise StoreUnavailable("it is locked")
            return store.inbox.last_events(names)

        def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
            return store.inbox.listen(heard)

    async def scene() -> None:
        watch: Any = Watch()
        ada = Client(store, InboxStreams(watch))
        task = asyncio.create_task(ada.follow())
        await ada.hears(b"event: counts")

        put(store, 1)

        await ada.hears(b"event: new")
        assert watch.looks > 2
        ada.has_left.set()
        await in_time(task)

    run(portal, scene)


def test_a_fault_of_ours_ends_the_streams_and_those_that_come_again_are_looked_after(
    portal: BlockingPortal, store: MemoryStore
) -> None:
    class Watch:
        is_broken = True

        def __call__(self, names: Any) -> Any:
            if self.is_broken:
                raise ZeroDivisionError
            return store.inbox.last_events(names)

        def listen(self, heard: Callable[[], None]) -> Callable[[], None]:
            return store.inbox.listen(heard)

    async def scene() -> None:
        watch: Any = Watch()
        streams = InboxStreams(watch)
        first = Client(store, streams)
        await in_time(first.follow())
        assert first.ended

        watch.is_broken = False
        second = Client(store, streams)
        task = asyncio.create_task(second.follow())
        await second.hears(b"event: counts")
        put(store, 1)
        await second.hears(b"event: new")
        second.has_left.set()
        await in_time(task)

    run(portal, scene)
