"""Suppressions as SQL: whether, and which, addresses of the recipient ``r`` must not be used."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.channel import Channel

# Of plain ASCII SQLite makes the same lower case as Python, without calling it a recipient.
_MAIL_KEY: Final = """CASE WHEN length(r.email) = length(CAST(r.email AS BLOB))
                               THEN lower(r.email)
                               ELSE mail_key(r.email)
                          END"""


def _is_listed(channel: Channel, key: str) -> str:
    return f"""EXISTS (
         SELECT 1 FROM suppressions WHERE channel = '{channel}' AND address = {key}
       )"""  # noqa: S608  (constant text)


_ONE_ADDRESS: Final[Mapping[Channel, tuple[str, str]]] = MappingProxyType(
    {
        Channel.EMAIL: ("r.email", _is_listed(Channel.EMAIL, _MAIL_KEY)),
        Channel.SMS: ("r.phone", _is_listed(Channel.SMS, "r.phone")),
        Channel.IN_APP: ("r.id", _is_listed(Channel.IN_APP, "r.id")),
    }
)
_DEVICES: Final[Mapping[Channel, tuple[str, str]]] = MappingProxyType(
    {
        Channel.PUSH: ("r.push_tokens", "device.value"),
        Channel.WEB_PUSH: ("r.web_push", "device.value ->> 'endpoint'"),
    }
)


def is_suppressed(channel: Channel) -> str:
    """Return the condition that the one address of ``r`` is suppressed; a dead device has left its recipient."""
    return _ONE_ADDRESS[channel][1] if channel in _ONE_ADDRESS else "FALSE"


def suppressed_addresses(channel: Channel) -> str:
    """Return the column that has the suppressed addresses of ``r`` as JSON, or NULL where there are none."""
    if channel in _ONE_ADDRESS:
        address, condition = _ONE_ADDRESS[channel]
        return f"CASE WHEN {condition} THEN json_array({address}) END"
    devices, key = _DEVICES[channel]
    listed = f"SELECT json_group_array({key}) FROM json_each({devices}) AS device WHERE {_is_listed(channel, key)}"  # noqa: S608  (constant text)
    return f"json(nullif(({listed}), '[]'))"


def has_usable_address(channel: Channel) -> str:
    """Return the condition that ``r`` has an address that is not suppressed, also of several devices."""
    if channel in _ONE_ADDRESS:
        address, condition = _ONE_ADDRESS[channel]
        return f"{address} IS NOT NULL AND NOT {condition}"
    devices, key = _DEVICES[channel]
    return f"EXISTS (SELECT 1 FROM json_each({devices}) AS device WHERE NOT {_is_listed(channel, key)})"  # noqa: S608  (constant text)
