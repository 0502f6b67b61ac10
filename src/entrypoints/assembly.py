"""How what is more than one class is put together, as the settings say.

Whatever is not needed is not imported: a command pays only for what it uses.
"""

from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from attrs import frozen

from application.ports.clock import Clock
from application.ports.randomness import Randomness
from application.ports.sender import SIMULATOR, Gateway, RouteNames, Routes
from domain.channel import Channel
from domain.errors import Misconfigured
from entrypoints.configuration.gateway_kinds import CALLED_BACK
from entrypoints.settings import Settings


@frozen
class Later:
    """A class that is imported when the first object of it is made."""

    module: str
    name: str

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new object of the class."""
        return getattr(import_module(self.module), self.name)(*args, **kwargs)


def zones(settings: Settings) -> Any:
    """Return the time zones, with that of those who have none."""
    from application.zones import Zones

    return Zones(fallback=settings.timezone or "UTC")


def closing() -> ExitStack:
    """Return what is closed at the end, the last opened first."""
    return ExitStack()


def sqlite_store(settings: Settings, randomness: Randomness, closing: ExitStack) -> Any:
    """Return the store in the file that the settings name."""
    from adapters.sqlite.store import SqliteStore

    assert settings.store_path is not None
    store = SqliteStore.open(settings.store_path, new_id=randomness.secret)
    closing.callback(store.close)
    return store


def memory_store(randomness: Randomness, closing: ExitStack) -> Any:
    """Return a store that ends with the process."""
    from adapters.memory.store import MemoryStore

    store = MemoryStore(new_id=randomness.secret)
    closing.callback(store.close)
    return store


def store_kind(settings: Settings) -> str:
    """Return which of them the settings ask for."""
    return "memory" if settings.store_path is None else "sqlite"


def gateway_shelf(
    settings: Settings, clock: Clock, inbox: Callable[[], Any], secret: Callable[[], str], closing: ExitStack
) -> Any:
    """Return the gateways by name, each made when it is first asked for."""
    from entrypoints.gateways.factory import GatewayFactory
    from entrypoints.gateways.shelf import GatewayShelf

    beside = settings.source.parent if settings.source else settings.folder
    make = GatewayFactory(
        lease=settings.lease,
        beside=beside,
        clock=clock,
        inbox=inbox,
        public_url=settings.public_url,
        secret=secret,
    )
    return GatewayShelf(settings.gateways, make, closing)


def email_finisher(clock: Clock, closing: ExitStack) -> Any:
    """Return what finishes mails in a process of its own."""
    from adapters.templates.email_finisher import WorkshopEmailFinisher
    from adapters.templates.html_workshop import HtmlWorkshop

    workshop = HtmlWorkshop(clock)
    closing.callback(workshop.close)
    return WorkshopEmailFinisher(workshop)


def routes(settings: Settings, gateway: Callable[[str], Gateway]) -> Routes:
    """Return the gateways of each channel, in order.

    :raises Misconfigured: some cannot be made; every problem is named.
    """
    problems: list[str] = []
    routes: dict[Channel, list[Gateway]] = {channel: [] for channel in settings.routes}
    for channel, route in settings.routes.items():
        for name in route:
            try:
                routes[channel].append(gateway(name))
            except Misconfigured as error:
                problems += error.problems
    if problems:
        raise Misconfigured(dict.fromkeys(problems))
    return {channel: tuple(route) for channel, route in routes.items()}


def gateway_of_bounces(settings: Settings) -> str:
    """Return the gateway whose mails come back, for the counters; any of kind smtp where none says so."""
    named = [one for one in settings.gateways.values() if one.kind == "smtp"]
    with_return_path = [one.name for one in named if "return_path" in one.options]
    return next(iter([*with_return_path, *(one.name for one in named)]), "smtp")


def simulator(receipts: Any, clock: Clock) -> Gateway:
    """Return the gateway of test lanes."""
    from adapters.gateways.simulator import SimulatorSender

    return Gateway(name=SIMULATOR, kind=SIMULATOR, sender=SimulatorSender(receipts, clock), has_health=False)


def webhook_kinds(settings: Settings) -> dict[str, str]:
    """Return the kinds of the gateways whose providers call back, by name."""
    return {one.name: one.kind for one in settings.gateways.values() if one.kind in CALLED_BACK}


def route_names(settings: Settings) -> RouteNames:
    """Return the names of the gateways of each channel."""
    return settings.routes


def message_files(settings: Settings) -> Any:
    """Return the files that outboxes of the settings made of messages."""
    from adapters.gateways.outbox_files import OutboxFiles

    folders = (one.options["folder"] for one in settings.gateways.values() if one.kind == "outbox")
    return OutboxFiles([one for one in folders if isinstance(one, Path)])


def gateway_facts(settings: Settings) -> list[Any]:
    """Return what is configured of each gateway, for those who look."""
    from application.insight.inspect_gateways import GatewayFacts
    from entrypoints.gateways.vapid import public_key_of

    return [
        GatewayFacts(name=one.name, kind=one.kind, rate=one.rate, public_key=public_key_of(one))
        for one in settings.gateways.values()
    ]


def rates(settings: Settings) -> dict[str, float | None]:
    """Return the pace of each gateway, None where it has none."""
    return {one.name: one.rate for one in settings.gateways.values()}


def push_hosts(settings: Settings) -> tuple[str, ...]:
    """Return the hosts where a web-push subscription may be, those of every gateway among them."""
    from domain.web_push import PUSH_HOSTS

    named: dict[str, None] = {}
    for one in settings.gateways.values():
        hosts = one.options.get("hosts") if one.kind == "web_push" else None
        named |= dict.fromkeys(hosts if isinstance(hosts, tuple) else ())
    return (*PUSH_HOSTS, *named)
