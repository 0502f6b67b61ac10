"""A Tocsin over a store in memory, spoken to as over HTTP."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal
from attrs import field, frozen
from dependency_injector import providers

from adapters.memory.store import MemoryStore
from domain.api_key import Scope
from domain.recipient import Recipient
from entrypoints.container import Container, build, close
from entrypoints.http_api.app import create_app
from entrypoints.settings import load
from tests.unit.application.sending.desk import ManualClock
from tests.unit.entrypoints.http_api.asgi_client import AsgiClient, Received

EMAIL: Mapping[str, Any] = {
    "to": "ada",
    "channel": "email",
    "type": "transactional",
    "subject": "Your order",
    "body": "It is on its way.",
}


@frozen
class Api:
    """The API with a key of every scope; Ada is known."""

    container: Container
    clock: ManualClock
    client: AsgiClient
    secrets: Mapping[Scope, str] = field(repr=False)

    @property
    def store(self) -> MemoryStore:
        store = self.container.store()
        assert isinstance(store, MemoryStore)
        return store

    def __call__(
        self,
        method: str,
        target: str,
        content: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        scope: Scope | None = Scope.MANAGE,
    ) -> Received:
        """Send *content* as JSON, or bytes as they are, with a key of *scope*."""
        sent = {} if scope is None else {"authorization": f"Bearer {self.secrets[scope]}"}
        if content is not None:
            sent["content-type"] = "application/json"
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        return self.client(method, target, [body], list({**sent, **(headers or {})}.items()))

    def send(self, headers: Mapping[str, str] | None = None, **fields: Any) -> Received:
        """Send an email to Ada, changed by *fields*."""
        return self("POST", "/v1/notifications", {**EMAIL, **fields}, headers=headers)

    def send_lines(self, *lines: bytes, headers: Mapping[str, str] | None = None) -> Received:
        """Send a batch as NDJSON."""
        types = {"content-type": "application/x-ndjson", **(headers or {})}
        return self("POST", "/v1/notifications/batch", b"\n".join(lines), headers=types)

    def revoke_keys(self) -> None:
        for key in self.container.list_keys()():
            self.container.revoke_key()(key.id)


@contextmanager
def an_api(
    portal: BlockingPortal,
    folder: Path,
    dispatcher_lives: Sequence[bool] = (True,),
    environ: Mapping[str, str] | None = None,
) -> Iterator[Api]:
    """Yield the API over a new store; *dispatcher_lives* says whether the dispatcher does, *environ* sets more."""
    clock = ManualClock()
    container = build(load(None, {"TOCSIN_STORE": "memory://", **(environ or {})}, folder))
    container.clock.override(providers.Object(clock))
    try:
        secrets = {scope: container.create_key()(frozenset({scope})).secret for scope in Scope}
        app = create_app(container, lambda: all(dispatcher_lives))
        api = Api(container, clock, AsgiClient(app, portal), secrets)
        api.store.recipients.put([Recipient(id="ada", email="ada@example.com", phone="+14155550100")])
        yield api
    finally:
        close(container)
