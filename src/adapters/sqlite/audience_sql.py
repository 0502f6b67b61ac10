"""Audiences as SQL: who belongs to a campaign, decided in the store and as the domain decides it."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final, assert_never

from attrs import frozen

from adapters.sqlite.rows import Parameters, to_json
from adapters.sqlite.suppressed_sql import Told, has_usable_address
from domain.audience import OWN_FIELDS, Audience, Comparison, Condition, Everybody, Listed, Matching
from domain.channel import Channel
from domain.recipient import TEST_PREFIX

ADDRESSES: Final = {
    Channel.EMAIL: "r.email",
    Channel.SMS: "r.phone",
    Channel.PUSH: "r.push_tokens",
    Channel.WEB_PUSH: "r.web_push",
    Channel.IN_APP: "r.id",
}
"""The column of the address of a channel; it is NULL where there is none."""

_PLAIN_NAME = re.compile(r'[^"\\\x00-\x1f\x7f]+\Z')


@frozen
class AudienceSql:
    """An audience as a condition on the table ``r`` of recipients, with its parameters."""

    condition: str
    parameters: Parameters


_IS_REAL: Final = f"r.id NOT GLOB '{TEST_PREFIX}?*'"  # as domain.recipient.is_for_tests


def compile_audience(audience: Audience, *, test: bool) -> AudienceSql:
    """Return *audience* as SQL; it holds exactly where :meth:`domain.audience.Condition.matches` says so.

    Unless it is that of a *test*, those who are there for tests are passed over, if it does not list them.
    """
    everybody = "TRUE" if test else _IS_REAL
    match audience:
        case Everybody():
            return AudienceSql(everybody, {})
        case Listed(ids):
            return AudienceSql("r.id IN (SELECT value FROM json_each(:listed_ids))", {"listed_ids": to_json(ids)})
        case Matching(_, conditions):
            parts = [_condition(condition, number) for number, condition in enumerate(conditions)]
            text = " AND ".join([everybody, *(part.condition for part in parts)])
            return AudienceSql(text, {name: value for part in parts for name, value in part.parameters.items()})
        case _:
            assert_never(audience)


def audience_to_json(audience: Audience) -> str:
    """Return *audience* as the store keeps it; the ids of a list are kept apart, as members."""
    match audience:
        case Everybody():
            return to_json({"kind": "everybody"})
        case Listed():
            return to_json({"kind": "listed"})
        case Matching(source, conditions):
            kept = [{"field": one.field, "comparison": one.comparison, "values": one.values} for one in conditions]
            return to_json({"kind": "matching", "source": source, "conditions": kept})
        case _:
            assert_never(audience)


def audience_from_json(text: str) -> Audience:
    """Return the audience that the store keeps as *text*; a list comes without its ids."""
    kept: dict[str, Any] = json.loads(text)
    match kept["kind"]:
        case "everybody":
            return Everybody()
        case "listed":
            return Listed(())
        case _:
            conditions = tuple(
                Condition(one["field"], Comparison(one["comparison"]), tuple(one["values"]))
                for one in kept["conditions"]
            )
            return Matching(kept["source"], conditions)


def _condition(condition: Condition, number: int) -> AudienceSql:
    """Return one comparison. NULL is no text: it is in no list, so it matches ``!=`` and not ``=``."""
    text, parameters = _text(condition.field, number)
    sign = "IS" if condition.comparison is Comparison.IS else "IS NOT"
    parameters[f"values_{number}"] = to_json(condition.values)
    values = f"(SELECT value FROM json_each(:values_{number}))"  # noqa: S608  (a number of ours)
    return AudienceSql(f"({text} IN {values}) {sign} TRUE", parameters)


def _text(field: str, number: int) -> tuple[str, Parameters]:
    """Return a field as text, as :func:`domain.audience.as_text` does: what JSON spells, not what SQLite makes of it.

    ``->`` gives a number or a truth value as it is spelled. A path can hold no quotes and no backslashes, so attributes
    with such names are looked for by Python.
    """
    if field in OWN_FIELDS:
        return f"r.{field}", {}
    name = f"name_{number}"
    if _PLAIN_NAME.match(field):
        return _BY_PATH.format(name=name), {name: f'$."{field}"'}
    return _BY_KEY.format(name=name), {name: field}


_BY_PATH: Final = """CASE json_type(r.attributes, :{name})
         WHEN 'text' THEN r.attributes ->> :{name}
         WHEN 'integer' THEN r.attributes -> :{name}
         WHEN 'real' THEN r.attributes -> :{name}
         WHEN 'true' THEN 'true'
         WHEN 'false' THEN 'false'
       END"""
_BY_KEY: Final = "attribute_text(r.attributes, :{name})"  # see functions.py


def address_counts(channels: Sequence[Channel]) -> str:
    """Return the columns that count who has an address, a channel each."""
    return ", ".join(f"count({ADDRESSES[channel]})" for channel in channels)


def reach_counts(channels: Sequence[Channel]) -> str:
    """Return the columns that count who has an address and who may be told, a channel each.

    The reasons that count on a channel are the parameter :func:`stopped_by` names.
    """
    return ", ".join(
        f"count({ADDRESSES[channel]}), count(*) FILTER (WHERE {has_usable_address(channel, _told(channel))})"
        for channel in channels
    )


def _told(channel: Channel) -> Told:
    return Told(stopped_by=f":{stopped_by(channel)}")


def stopped_by(channel: Channel) -> str:
    """Return the name of the parameter with the reasons that count on *channel*."""
    return f"stopped_by_{channel}"
