"""Conditions as SQL: true or false for a recipient ``r``, exactly as :mod:`domain.conditions` decides it.

Every comparison ends in ``IS TRUE``, so NULL is never an answer and ``NOT`` is the exact opposite. Values, names and
paths are parameters.
"""

import re
from collections.abc import Callable
from typing import Final, TypeAlias, assert_never

from adapters.sqlite.rows import Parameters, to_json
from domain.conditions import OWN_FIELDS, And, Compares, Exists, Expression, IsOneOf, Not, Or

_Test: TypeAlias = Callable[[str], str]
"""Gives the condition that a text, as SQL, has to satisfy."""

_PLAIN_NAME: Final = re.compile(r'[^"\\\x00-\x1f\x7f]+\Z')

# The value of an attribute as text: what JSON spells, which -> gives, not what SQLite makes of it. Of a list it is the
# first that satisfies the test, so that one is enough.
_BY_PATH: Final = """CASE json_type(r.attributes, {path})
         WHEN 'text' THEN r.attributes ->> {path}
         WHEN 'integer' THEN r.attributes -> {path}
         WHEN 'real' THEN r.attributes -> {path}
         WHEN 'true' THEN 'true'
         WHEN 'false' THEN 'false'
         WHEN 'array' THEN (
           SELECT text
             FROM (SELECT CASE one.type
                            WHEN 'text' THEN one.value
                            WHEN 'integer' THEN r.attributes -> {path} -> one.key
                            WHEN 'real' THEN r.attributes -> {path} -> one.key
                            WHEN 'true' THEN 'true'
                            WHEN 'false' THEN 'false'
                          END AS text
                     FROM json_each(r.attributes, {path}) AS one)
            WHERE {test}
            LIMIT 1)
       END"""

# A path can hold no quotes and no backslashes, so attributes with such names are looked for by Python.
_BY_NAME: Final = "(SELECT value FROM json_each(attribute_texts(r.attributes, {name})) WHERE {test} LIMIT 1)"


def compile_expression(expression: Expression, parameters: Parameters) -> str:
    """Return *expression* as SQL, and add what it needs to *parameters*."""
    match expression:
        case And(operands):
            return f"({' AND '.join(compile_expression(one, parameters) for one in operands)})"
        case Or(operands):
            return f"({' OR '.join(compile_expression(one, parameters) for one in operands)})"
        case Not(operand):
            return f"(NOT {compile_expression(operand, parameters)})"
        case Exists(field):
            return f"({_is_there(field, parameters)})"
        case IsOneOf(field, values):
            texts = _bound(to_json(values), parameters)
            return _has(field, lambda text: f"{text} IN (SELECT value FROM json_each({texts}))", parameters)  # noqa: S608  (a name of ours)
        case Compares(field, order, bound):
            limit, sign = _bound(bound, parameters), _bound(order, parameters)
            return _has(field, lambda text: f"stands({text}, {sign}, {limit})", parameters)
        case _:
            assert_never(expression)


def _has(field: str, test: _Test, parameters: Parameters) -> str:
    """Return the condition that a field has a value that satisfies *test*."""
    if field in OWN_FIELDS:
        text = f"r.{field}"
    elif _PLAIN_NAME.match(field):
        text = _BY_PATH.format(path=_bound(_path(field), parameters), test=test("text"))
    else:
        text = _BY_NAME.format(name=_bound(field, parameters), test=test("value"))
    return f"({test(text)} IS TRUE)"


def _is_there(field: str, parameters: Parameters) -> str:
    """Return the condition that a field is neither missing nor null."""
    if field in OWN_FIELDS:
        return f"r.{field} IS NOT NULL"
    if _PLAIN_NAME.match(field):
        return f"json_type(r.attributes, {_bound(_path(field), parameters)}) <> 'null' IS TRUE"
    return f"attribute_texts(r.attributes, {_bound(field, parameters)}) IS NOT NULL"


def _path(name: str) -> str:
    return f'$."{name}"'


def _bound(value: str, parameters: Parameters) -> str:
    """Add *value* to *parameters*, and return how the statement names it."""
    name = f"asked_{len(parameters)}"
    parameters[name] = value
    return f":{name}"
