"""Audiences as SQL: who belongs to a campaign, decided in the store and as the domain decides it."""

import json
from collections.abc import Sequence
from typing import Final, assert_never

from attrs import frozen

from adapters.sqlite.condition_json import expression_from_json, expression_from_list, expression_to_json
from adapters.sqlite.condition_sql import compile_expression
from adapters.sqlite.rows import Parameters, to_json
from domain.audience import Audience, Everybody, Listed, Matching
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


@frozen
class AudienceSql:
    """An audience as a condition on the table ``r`` of recipients, with its parameters."""

    condition: str
    parameters: Parameters


_IS_SOMEBODY: Final = "r.erased_at_ms IS NULL"
_IS_REAL: Final = f"r.id NOT GLOB '{TEST_PREFIX}?*'"  # as domain.recipient.is_for_tests
_IS_LISTED: Final = "r.id IN (SELECT value FROM json_each(:listed_ids))"


def compile_audience(audience: Audience, *, test: bool) -> AudienceSql:
    """Return *audience* as SQL; it holds exactly where the domain says that somebody matches.

    Unless it is that of a *test*, those who are there for tests are passed over, if it does not list them. Who was
    erased belongs to none.
    """
    everybody = _IS_SOMEBODY if test else f"{_IS_SOMEBODY} AND {_IS_REAL}"
    match audience:
        case Everybody():
            return AudienceSql(everybody, {})
        case Listed(ids):
            return AudienceSql(f"{_IS_SOMEBODY} AND {_IS_LISTED}", {"listed_ids": to_json(ids)})
        case Matching(_, expression):
            parameters: Parameters = {}
            return AudienceSql(f"{everybody} AND {compile_expression(expression, parameters)}", parameters)
        case _:
            assert_never(audience)


def audience_to_json(audience: Audience) -> str:
    """Return *audience* as the store keeps it; the ids of a list are kept apart, as members."""
    match audience:
        case Everybody():
            return to_json({"kind": "everybody"})
        case Listed():
            return to_json({"kind": "listed"})
        case Matching(source, expression):
            return to_json({"kind": "matching", "source": source, "expression": expression_to_json(expression)})
        case _:
            assert_never(audience)


def audience_from_json(text: str) -> Audience:
    """Return the audience that the store keeps as *text*; a list comes without its ids."""
    match json.loads(text):
        case {"kind": "everybody"}:
            return Everybody()
        case {"kind": "listed"}:
            return Listed(())
        case {"expression": expression, "source": source}:
            return Matching(source, expression_from_json(expression))
        case {"conditions": conditions, "source": source}:  # before there were expressions
            return Matching(source, expression_from_list(conditions))
        case kept:
            raise AssertionError(f"an audience of no known kind: {kept}")


def address_counts(channels: Sequence[Channel]) -> str:
    """Return the columns that count who has an address, a channel each."""
    return ", ".join(f"count({ADDRESSES[channel]})" for channel in channels)
