"""Suppressions as SQL: whether, and which, addresses of the recipient ``r`` must not be used.

An address is looked for once, however many reasons it may have. The reasons that count are a parameter, a JSON array;
they and the scopes are looked at only where an address is listed.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from adapters.sqlite.rows import to_json
from domain.channel import Channel
from domain.suppression_reason import SuppressionReason

STOPPED_BY: Final = ":stopped_by"
"""The parameter with the reasons that count, where a statement is about one channel or needs no more than one."""


def _mail_key(address: str) -> str:
    """Return the expression of a mail address as the list has it.

    Of plain ASCII SQLite makes the same lower case as Python, without calling it.
    """
    return f"""CASE WHEN length({address}) = length(CAST({address} AS BLOB))
                    THEN lower({address})
                    ELSE mail_key({address})
               END"""


def address_key(channel: str, address: str) -> str:
    """Return the expression of an address as the list has it, where the channel is known only to the store."""
    return f"CASE WHEN {channel} = 'email' THEN {_mail_key(address)} ELSE {address} END"


_ONE_ADDRESS: Final[Mapping[Channel, tuple[str, str]]] = MappingProxyType(
    {
        Channel.EMAIL: ("r.email", _mail_key("r.email")),
        Channel.SMS: ("r.phone", "r.phone"),
        Channel.IN_APP: ("r.id", "r.id"),
    }
)
_DEVICES: Final[Mapping[Channel, tuple[str, str]]] = MappingProxyType(
    {
        Channel.PUSH: ("r.push_tokens", "device.value"),
        Channel.WEB_PUSH: ("r.web_push", "device.value ->> 'endpoint'"),
    }
)


@frozen(kw_only=True)
class Told:
    """What somebody is to be told, in SQL: its type, its topic, and the reasons that count for it on its channel."""

    type: str = ":type"
    topic: str = ":topic"
    stopped_by: str = STOPPED_BY


def suppressed_addresses(channel: Channel, told: Told) -> str:
    """Return the column that has the suppressed addresses of ``r`` with the reasons as JSON, or NULL for none."""
    if channel in _ONE_ADDRESS:
        address, key = _ONE_ADDRESS[channel]
        return f"CASE WHEN {_is_listed(channel, key, told)} THEN json_object({address}, {_why(channel, key, told)}) END"
    devices, key = _DEVICES[channel]
    found = f"""SELECT json_group_object({key}, {_why(channel, key, told)})
                  FROM json_each({devices}) AS device
                 WHERE {_is_listed(channel, key, told)}"""  # noqa: S608  (constant text)
    return f"json(nullif(({found}), '{{}}'))"


def has_usable_address(channel: Channel, told: Told) -> str:
    """Return the condition that ``r`` has an address that may be used, also of several devices."""
    if channel in _ONE_ADDRESS:
        address, key = _ONE_ADDRESS[channel]
        return f"{address} IS NOT NULL AND NOT {_is_listed(channel, key, told)}"
    devices, key = _DEVICES[channel]
    is_listed = _is_listed(channel, key, told)
    return f"EXISTS (SELECT 1 FROM json_each({devices}) AS device WHERE NOT {is_listed})"  # noqa: S608  (constant text)


def reasons_json(reasons: Collection[SuppressionReason]) -> str:
    """Return *reasons* as the value of such a parameter."""
    return to_json(sorted(reasons))


def _is_listed(channel: Channel, key: str, told: Told) -> str:
    return f"EXISTS (SELECT 1 {_listed_on(channel, key, told)})"


def _why(channel: Channel, key: str, told: Told) -> str:
    return f"json((SELECT json_group_array(DISTINCT reason) {_listed_on(channel, key, told)}))"


def _listed_on(channel: Channel, key: str, told: Told) -> str:
    return listed(f"'{channel}'", key, told)


def listed(channel: str, key: str, told: Told) -> str:
    """Return the rest of a SELECT of the suppressions that stand against the address *key* of *channel*."""
    return f"""
           FROM suppressions
          WHERE channel = {channel} AND address = {key}
            AND +reason IN (SELECT value FROM json_each({told.stopped_by}))  -- the sign keeps it out of the search
            AND scope IN ('all', 'type:' || {told.type}, 'topic:' || {told.topic})
       """  # noqa: S608  (constant text)
