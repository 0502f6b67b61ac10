"""Conditions as the store keeps them: JSON objects, one a node of the tree, each with the one key that says which."""

from typing import Any, TypeAlias, assert_never

from domain.conditions import And, Compares, Exists, Expression, IsOneOf, Not, Or, Order

_Kept: TypeAlias = dict[str, Any]


def expression_to_json(expression: Expression) -> _Kept:
    """Return *expression* as JSON can take it."""
    match expression:
        case And(operands):
            return {"and": [expression_to_json(one) for one in operands]}
        case Or(operands):
            return {"or": [expression_to_json(one) for one in operands]}
        case Not(operand):
            return {"not": expression_to_json(operand)}
        case Exists(field):
            return {"exists": field}
        case IsOneOf(field, values):
            return {"field": field, "in": values}
        case Compares(field, order, bound):
            return {"field": field, "order": order, "bound": bound}
        case _:
            assert_never(expression)


def expression_from_json(kept: _Kept) -> Expression:
    """Return the expression that :func:`expression_to_json` made *kept* of."""
    match kept:
        case {"and": operands}:
            return And(tuple(map(expression_from_json, operands)))
        case {"or": operands}:
            return Or(tuple(map(expression_from_json, operands)))
        case {"not": operand}:
            return Not(expression_from_json(operand))
        case {"exists": field}:
            return Exists(field)
        case {"field": field, "in": values}:
            return IsOneOf(field, tuple(values))
        case {"field": field, "order": order, "bound": bound}:
            return Compares(field, Order(order), bound)
        case _:
            raise AssertionError(f"a condition of no known kind: {kept}")


def expression_from_list(kept: list[_Kept]) -> Expression:
    """Return the expression of an audience that was kept when all there was were comparisons joined by ``and``."""
    return And(tuple(map(_comparison, kept)))


def _comparison(kept: _Kept) -> Expression:
    found = IsOneOf(kept["field"], tuple(kept["values"]))
    return found if kept["comparison"] == "=" else Not(found)
