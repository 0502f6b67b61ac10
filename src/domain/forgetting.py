"""Taking the names of people who are erased out of what is about several: audiences of campaigns, and kept answers."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, assert_never

from attrs import evolve, frozen

from domain.audience import Matching
from domain.conditions import And, Compares, Exists, Expression, IsOneOf, Not, Or
from domain.recipient import Recipient

NOBODY: Final = "erased"
"""What stands in the place of a name."""


@frozen
class Names:
    """What names some people: an id where ids stand, a name where names stand, an address anywhere."""

    ids: frozenset[str]
    names: frozenset[str]
    addresses: frozenset[str]

    @classmethod
    def of(cls, recipients: Collection[Recipient], addresses: Collection[str]) -> "Names":
        """Return the names of *recipients*, who are or were reached at *addresses*."""
        ids = frozenset(one.id for one in recipients)
        return cls(
            ids,
            frozenset(one.name for one in recipients if one.name),
            frozenset(address.lower() for address in addresses) - ids,
        )

    def has(self, field: str, value: str) -> bool:
        """Say whether *value* of *field* names one of them."""
        return (
            (field == "id" and value in self.ids)
            or (field == "name" and value in self.names)
            or value.lower() in self.addresses
        )


def audience_without(audience: Matching, names: Names) -> Matching:
    """Return *audience* without *names*; whom else it is for does not change."""
    found: set[str] = set()
    expression = _without(audience.expression, names, found)
    return Matching(_unnamed(audience.source, found), expression) if found else audience


def _without(expression: Expression, names: Names, found: set[str]) -> Expression:
    match expression:
        case And(operands) | Or(operands):
            return evolve(expression, operands=tuple(_without(one, names, found) for one in operands))
        case Not(operand):
            return Not(_without(operand, names, found))
        case IsOneOf(field, values):
            named = {one for one in values if names.has(field, one)}
            found |= named
            return IsOneOf(field, tuple(NOBODY if one in named else one for one in values)) if named else expression
        case Exists() | Compares():
            return expression
        case _:
            assert_never(expression)


def _unnamed(source: str, found: Collection[str]) -> str:
    """Return the text of an audience without the values *found*; one that spells them otherwise goes whole."""
    for one in found:
        if one not in source:
            return NOBODY
        source = source.replace(one, NOBODY)
    return source


def answer_without(answer: Mapping[str, Any], ids: Collection[str]) -> Mapping[str, Any]:
    """Return the answer of a request for several, ``{"results": […]}``, without the *ids* of recipients in it."""
    results = answer.get("results")
    if not isinstance(results, list):
        return answer
    return {**answer, "results": [_result_without(one, ids) for one in results]}


def _result_without(result: Any, ids: Collection[str]) -> Any:
    if not isinstance(result, dict):
        return result
    if isinstance(result.get("id"), str):
        return {**result, "id": NOBODY} if result["id"] in ids else result
    return _told_without(result, ids) if "error" in result else result


def _told_without(value: Any, ids: Collection[str]) -> Any:
    """Return what was wrong with an item, without the ids that its sentences name."""
    if isinstance(value, dict):
        return {name: _told_without(one, ids) for name, one in value.items()}
    if isinstance(value, list):
        return [_told_without(one, ids) for one in value]
    if isinstance(value, str):
        for one in ids:
            if one in value:
                value = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", NOBODY, value)
    return value
