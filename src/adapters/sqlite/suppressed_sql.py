"""Suppressions as SQL: whether, and which, addresses of the recipient ``r`` must not be used.

An address is looked for once, however many reasons it may have. The reasons that count are a parameter, a JSON array;
they are looked at only where an address is listed.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from adapters.sqlite.rows import to_json
from domain.channel import Channel
from domain.suppression import SuppressionReason

STOPPED_BY: Final = ":stopped_by"
"""The parameter with the reasons that count, where a statement is about one channel or needs no more than one."""

# Of plain ASCII SQLite makes the same lower case as Python, without calling it a recipient.
_MAIL_KEY: Final = """CASE WHEN length(r.email) = length(CAST(r.email AS BLOB))
                               THEN lower(r.email)
                               ELSE mail_key(r.email)
                          END"""


_ONE_ADDRESS: Final[Mapping[Channel, tuple[str, str]]] = MappingProxyType(
    {Channel.EMAIL: ("r.email", _MAIL_KEY), Channel.SMS: ("r.phone", "r.phone"), Channel.IN_APP: ("r.id", "r.id")}
)
_DEVICES: Final[Mapping[Channel, tuple[str, str]]] = MappingProxyType(
    {
        Channel.PUSH: ("r.push_tokens", "device.value"),
        Channel.WEB_PUSH: ("r.web_push", "device.value ->> 'endpoint'"),
    }
)


def suppressed_addresses(channel: Channel) -> str:
    """Return the column that has the suppressed addresses of ``r`` as JSON, or NULL where there are none."""
    if channel in _ONE_ADDRESS:
        address, key = _ONE_ADDRESS[channel]
        return f"CASE WHEN {_is_listed(channel, key, STOPPED_BY)} THEN json_array({address}) END"
    devices, key = _DEVICES[channel]
    listed = _is_listed(channel, key, STOPPED_BY)
    found = f"SELECT json_group_array({key}) FROM json_each({devices}) AS device WHERE {listed}"  # noqa: S608  (constant text)
    return f"json(nullif(({found}), '[]'))"


def has_usable_address(channel: Channel, stopped_by: str = STOPPED_BY) -> str:
    """Return the condition that ``r`` has an address that may be used, also of several devices.

    *stopped_by* is the parameter with the reasons that count.
    """
    if channel in _ONE_ADDRESS:
        address, key = _ONE_ADDRESS[channel]
        return f"{address} IS NOT NULL AND NOT {_is_listed(channel, key, stopped_by)}"
    devices, key = _DEVICES[channel]
    listed = _is_listed(channel, key, stopped_by)
    return f"EXISTS (SELECT 1 FROM json_each({devices}) AS device WHERE NOT {listed})"  # noqa: S608  (constant text)


def reasons_json(reasons: Collection[SuppressionReason]) -> str:
    """Return *reasons* as the value of such a parameter."""
    return to_json(sorted(reasons))


def _is_listed(channel: Channel, key: str, stopped_by: str) -> str:
    return f"""EXISTS (
         SELECT 1
           FROM suppressions
          WHERE channel = '{channel}' AND address = {key}
            AND +reason IN (SELECT value FROM json_each({stopped_by}))  -- the sign keeps it out of the search
       )"""  # noqa: S608  (constant text)
