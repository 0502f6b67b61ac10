"""The configuration as the container reads it: checked as a whole before anything starts."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from attrs import evolve, field, frozen

from application.ports.sender import SIMULATOR
from domain.channel import Channel
from domain.errors import Misconfigured
from domain.notification_type import TYPE_POLICIES, LostAnswer, NotificationType, TypePolicies, TypePolicy
from domain.preferences import TOPIC_MAX, Defaults, is_topic
from domain.retry_policy import RetryPolicies, RetryPolicy
from entrypoints.configuration.gateway_kinds import KINDS, Options, kind_named, kind_of
from entrypoints.configuration.preference_defaults import preference_defaults
from entrypoints.configuration.source import read_source, same_name
from entrypoints.configuration.table import Reading, Table
from entrypoints.configuration.values import (
    Read,
    duration,
    factor,
    frequency_cap,
    names,
    one_of,
    origins,
    prose,
    quiet_hours,
    rate,
    shown,
    text,
    timezone,
    web_address_like,
    whole,
)

SQLITE = "sqlite:///"
MEMORY = "memory://"
STORE_DEFAULT = "sqlite:///tocsin.db"
LINKS_LIFETIME_DEFAULT = timedelta(days=365)
LEASE_DEFAULT = timedelta(seconds=120)
BATCH_DEFAULT = 500
BATCH_MAX = 10_000
CONFIRM_OVER_DEFAULT = 1000

T = TypeVar("T")

_GATEWAY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
_MILLISECOND = timedelta(milliseconds=1)
_TIMEOUTS = duration(_MILLISECOND, timedelta(hours=1), "from 1ms to 1h")
_LEASES = duration(timedelta(seconds=1), timedelta(days=1), "from 1s to 1d")
_WAITS = duration(_MILLISECOND, timedelta(days=365), "from 1ms to 365d")
_LINK_LIVES = duration(timedelta(days=1), timedelta(days=3650), "from 1d to 3650d")
_LIVES = duration(timedelta(seconds=1), timedelta(days=3650), "from 1s to 3650d")


@frozen(kw_only=True)
class GatewaySettings:
    """One gateway as it is configured; what is None was not said.

    ``options`` are those of its kind, with every secret as a :class:`~entrypoints.configuration.values.Secret`.
    ``rate`` is in messages a second; ``timeout`` is for one message; ``connections`` is how many calls may run at once.
    """

    name: str
    kind: str
    options: Options = field(factory=lambda: MappingProxyType({}), repr=lambda options: f"<{', '.join(options)}>")
    rate: float | None = None
    timeout: timedelta | None = None
    connections: int | None = None


@frozen(kw_only=True)
class TopicSettings:
    """What people read of a topic; ``title`` is its name where none was given."""

    title: str
    description: str | None = None


@frozen(kw_only=True)
class Settings:
    """A whole configuration.

    ``gateways`` has the configured ones and those of the routes that need no table. ``store_path`` is where SQLite's
    file is, None for memory. ``inbox_origins`` are the origins of web pages that may use the inbox. ``folder`` is where
    Tocsin was started, ``source`` the file that was read. ``preference_defaults`` hold for those who say nothing,
    ``timezone`` is the zone of those who have none, None where nobody said.
    """

    store: str
    store_path: Path | None
    public_url: str | None
    inbox_origins: frozenset[str]
    gateways: Mapping[str, GatewaySettings]
    routes: Mapping[Channel, tuple[str, ...]]
    retries: RetryPolicies
    policies: TypePolicies
    preference_defaults: Defaults
    topics: Mapping[str, TopicSettings]
    timezone: str | None
    links_lifetime: timedelta
    lease: timedelta
    batch: int
    bulk_confirm_over: int
    source: Path | None
    folder: Path


def load(config: Path | None, environ: Mapping[str, str], folder: Path) -> Settings:
    """Return the settings of a file, which *environ* overlays; without any they work as they are.

    The file is *config*, else what TOCSIN_CONFIG names, else ``tocsin.toml`` in *folder* if there is one. *folder* is
    the current one, where relative paths start.

    :raises Misconfigured: it names all problems at once.
    """
    folder = folder.absolute()
    source = read_source(config, environ, folder)
    reading = Reading(source=source, environ=environ, folder=folder, problems=list(source.problems))
    top = reading.top
    store = top.read("store", _store) or STORE_DEFAULT
    public_url = top.read("public_url", web_address_like("https://notify.example.com"))
    inbox_origins = top.read("inbox_origins", origins)
    timezone_ = top.read("timezone", timezone)
    gateways = _gateways(top.table("gateways"))
    is_bare = not (top.values.get("gateways") or top.values.get("routes"))
    routes = _routes(top.table("routes"), gateways, is_bare=is_bare)
    retries = _retries(top.table("retry"))
    dispatch = top.table("dispatch")
    lease = dispatch.read("lease", _LEASES) or LEASE_DEFAULT
    batch = dispatch.read("batch", whole(1, BATCH_MAX)) or BATCH_DEFAULT
    dispatch.finish()
    links = top.table("links")
    links_lifetime = links.read("lifetime", _LINK_LIVES) or LINKS_LIFETIME_DEFAULT
    links.finish()
    bulk = top.table("bulk")
    confirm_over = bulk.read("confirm_over", whole(0))
    bulk.finish()
    policies = _policies(top.table("types"))
    defaults = preference_defaults(top.table("preferences"), policies)
    topics = _topics(top.table("topics"))
    top.finish()
    if reading.problems:
        raise Misconfigured(reading.problems)
    return Settings(
        store=store,
        store_path=None if store == MEMORY else folder / store.removeprefix(SQLITE),
        public_url=public_url,
        inbox_origins=frozenset(inbox_origins or ()),
        gateways=MappingProxyType(gateways | _implied(gateways, routes, reading)),
        routes=MappingProxyType(routes),
        retries=MappingProxyType(retries),
        policies=MappingProxyType(policies),
        preference_defaults=defaults,
        topics=MappingProxyType(topics),
        timezone=timezone_,
        links_lifetime=links_lifetime,
        lease=lease,
        batch=batch,
        bulk_confirm_over=CONFIRM_OVER_DEFAULT if confirm_over is None else confirm_over,
        source=source.file,
        folder=folder,
    )


def _store(value: object) -> str:
    url = text(value)
    if url.startswith(("postgresql:", "postgres:")):
        raise ValueError("this version stores in SQLite or memory: sqlite:///tocsin.db or memory://")
    path = url.removeprefix(SQLITE)
    if url == MEMORY or (url.startswith(SQLITE) and path.strip("/") and not path.startswith(":")):
        return url
    raise ValueError("must be sqlite:///relative.db, sqlite:////absolute/path.db or memory://")


def _gateways(tables: Table) -> dict[str, GatewaySettings]:
    """Return the configured gateways; one with a problem is among them, so that routes may name it."""
    found: dict[str, GatewaySettings] = {}
    spelled: dict[str, str] = {}
    for name, table in tables.tables():
        if not _GATEWAY_NAME.match(name):
            tables.report(name, "must be a name of at most 63 letters, digits, - and _")
        if name == SIMULATOR:
            tables.report(name, "is the gateway of test keys; give this one another name")
        if other := spelled.get(same_name(name)):
            tables.report(name, f"is called like gateways.{other}; the environment cannot tell them apart")
        spelled[same_name(name)] = name
        found[name] = _gateway(name, table)
    return found


def _gateway(name: str, table: Table) -> GatewaySettings:
    has_own_kind = name in KINDS and not KINDS[name].needs_table
    given = table.read("kind", kind_named) if has_own_kind else table.required("kind", kind_named)
    if has_own_kind and given not in (None, name):
        table.report(
            "kind", f"the name {name} is kept for the kind {name}; give this gateway another name", shown(given)
        )
    kind = given or (name if has_own_kind else None)
    if kind is None:  # what else it may have depends on the kind
        return GatewaySettings(name=name, kind="")
    rate_, timeout = table.read("rate", rate), table.read("timeout", _TIMEOUTS)
    connections = table.read("connections", whole(1, 1000))
    options = {key: value for key, value in kind_of(kind).options(table).items() if value is not None}
    table.finish()
    return GatewaySettings(
        name=name, kind=kind, options=MappingProxyType(options), rate=rate_, timeout=timeout, connections=connections
    )


def _implied(
    gateways: Mapping[str, GatewaySettings], routes: Mapping[Channel, tuple[str, ...]], reading: Reading
) -> dict[str, GatewaySettings]:
    """Return the gateways that routes name and that need no table."""
    missing = dict.fromkeys(name for route in routes.values() for name in route if name not in gateways)
    return {name: _gateway(name, Table(reading=reading, path=("gateways", name), values={})) for name in missing}


def _routes(table: Table, gateways: Mapping[str, GatewaySettings], *, is_bare: bool) -> dict[Channel, tuple[str, ...]]:
    """Return the routes; with a *bare* configuration messages go to the outbox."""
    default = dict.fromkeys(KINDS["outbox"].channels, ("outbox",)) if is_bare else {}
    found = {}
    for channel in Channel:
        route = table.read(channel.value, names)
        if route is not None:
            for problem in _route_problems(channel, route, gateways):
                table.report(channel.value, problem, shown(list(route)))
        elif channel is Channel.IN_APP:
            route = ("in_app",)
        else:
            route = default.get(channel)
        if route is not None:
            found[channel] = route
    table.finish()
    return found


def _route_problems(channel: Channel, route: tuple[str, ...], gateways: Mapping[str, GatewaySettings]) -> Iterator[str]:
    free = [name for name, kind in KINDS.items() if not kind.needs_table]
    for name in route:
        if name in gateways:
            kind = gateways[name].kind
        elif name in free:
            kind = name
        else:
            kinds = {one: gateways[one].kind for one in gateways} | {one: one for one in free if one not in gateways}
            able = ", ".join(one for one, kind in kinds.items() if channel in kind_of(kind).channels)
            yield f"there is no gateway {name}; allowed for {channel}: {able}, or add [gateways.{name}]"
            continue
        channels = kind_of(kind).channels
        if channel not in channels:
            served = ", ".join(one for one in Channel if one in channels)
            yield f"{name} is of kind {kind}, which serves {served} and not {channel}"


def _retries(table: Table) -> dict[Channel, RetryPolicy]:
    default = evolve(RetryPolicy(), **_retry_changes(table))
    found = {}
    for channel in Channel:
        own = table.table(channel.value)
        found[channel] = evolve(default, **_retry_changes(own))
        own.finish()
    table.finish()
    return found


def _retry_changes(table: Table) -> dict[str, Any]:
    return _given(
        base=table.read("base", _WAITS),
        factor=table.read("factor", factor),
        cap=table.read("cap", _WAITS),
        attempts_max=table.read("attempts", whole(1, 1000)),
    )


def _policies(tables: Table) -> dict[NotificationType, TypePolicy]:
    found = {}
    for type_ in NotificationType:
        table, policy = tables.table(type_.value), TYPE_POLICIES[type_]
        lost_answer = table.read("lost_answer", one_of([word.value for word in LostAnswer]))
        changes = _given(
            priority=table.read("priority", whole(0, 9)),
            lost_answer=LostAnswer(lost_answer) if lost_answer else None,
            time_to_live=table.read("time_to_live", _LIVES),
            quiet_hours=_heeded(table, "quiet_hours", quiet_hours, heeds=policy.respects_quiet_hours),
            frequency_cap=_heeded(table, "frequency_cap", frequency_cap, heeds=policy.is_capped),
        )
        table.finish()
        found[type_] = evolve(policy, **changes)
    tables.finish()
    return found


def _heeded(table: Table, key: str, read: Read[T | None], *, heeds: bool) -> T | None:
    """Return the value of *key*; a type that does not heed it must not have one."""
    value = table.read(key, read)
    if value is None or heeds:
        return value
    table.report(key, f"{table.path[-1]} notifications do not heed it; leave it out", shown(table.values[key]))
    return None


def _topics(tables: Table) -> dict[str, TopicSettings]:
    found = {}
    for name, table in tables.tables():
        if not is_topic(name):
            tables.report(name, f"must be a topic of at most {TOPIC_MAX} printable characters")
        title, description = table.read("title", prose), table.read("description", prose)
        table.finish()
        found[name] = TopicSettings(title=title or name, description=description)
    return found


def _given(**values: object) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
