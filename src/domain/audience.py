"""Whom a campaign is for: everybody, a list of ids, or those whose attributes match.

The grammar: ``attribute = value``, ``attribute != value``, ``attribute in (a, b)``, joined by ``and``. A value is a
bare word or a quoted text; ``locale`` and ``timezone`` name the recipient's own fields, anything else an attribute.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TypeAlias

from attrs import frozen

from domain.errors import InvalidInput
from domain.recipient import Recipient

OWN_FIELDS = ("id", "name", "email", "phone", "locale", "timezone")
"""The fields of a recipient that a condition may name; other names are attributes."""

CONDITIONS_MAX = 50
TEXT_MAX = 10_000
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>!=|=|\(|\)|,)|(?P<word>[^\s=!(),"']+))"""
)
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")


class Comparison(StrEnum):
    """How a condition compares."""

    IS = "="
    IS_NOT = "!="


@frozen
class Condition:
    """One comparison: the field is, or is not, one of ``values`` (compared as text).

    A recipient without the field is nothing, so it matches ``!=`` and not ``=``.
    """

    field: str
    comparison: Comparison
    values: tuple[str, ...]

    def matches(self, recipient: Recipient) -> bool:
        """Say whether *recipient* satisfies this condition."""
        found = as_text(
            getattr(recipient, self.field) if self.field in OWN_FIELDS else recipient.attributes.get(self.field)
        )
        return (found in self.values) is (self.comparison is Comparison.IS)


@frozen
class Everybody:
    """Every recipient."""


@frozen
class Listed:
    """The recipients with these ids; each is told once, however often it is named."""

    ids: tuple[str, ...]


@frozen
class Matching:
    """The recipients that satisfy every condition. ``source`` is the text as given."""

    source: str
    conditions: tuple[Condition, ...]


Audience: TypeAlias = Everybody | Listed | Matching


def as_text(value: object) -> str | None:
    """Return an attribute's *value* as conditions compare it: numbers and truth values in their JSON spelling."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return None


def parse_audience(text: str) -> Everybody | Matching:
    """Return the audience that *text* describes: ``all``, or conditions.

    :raises InvalidInput: *text* is not of the grammar; the message says where.
    """
    if text.strip() == "all":
        return Everybody()
    if len(text) > TEXT_MAX:
        raise _wrong(f"is longer than {TEXT_MAX} characters; list the ids in a file")
    if _NOT_TEXT.search(text):
        raise _wrong("contains a NUL character or half of a surrogate pair")
    tokens = list(_tokens(text))
    conditions = []
    while True:
        condition, tokens = _condition(tokens)
        conditions.append(condition)
        if not tokens:
            break
        if tokens[0][1].lower() != "and" or tokens[0][0] != "word":
            raise _wrong(f"expected 'and' before {tokens[0][1][:40]!r}")
        if len(conditions) == CONDITIONS_MAX:
            raise _wrong(f"has more than {CONDITIONS_MAX} conditions")
        tokens = tokens[1:]
    return Matching(text.strip(), tuple(conditions))


_Tokens: TypeAlias = list[tuple[str, str]]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position : position + 20].lstrip()
            raise _wrong(f"cannot read {rest!r}; close the quote, or put the value in quotes")
        kind = match.lastgroup
        assert kind is not None
        value = match[kind]
        yield kind, re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "quoted" else value
        position = match.end()


def _condition(tokens: _Tokens) -> tuple[Condition, _Tokens]:
    match tokens:
        case [("word" | "quoted", name), ("sign", "=" | "!=" as sign), ("word" | "quoted", value), *rest]:
            return Condition(name, Comparison(sign), (value,)), rest
        case [("word" | "quoted", name), ("word", "in" | "IN"), ("sign", "("), *rest]:
            values, rest = _values(rest)
            return Condition(name, Comparison.IS, values), rest
        case []:
            raise _wrong("is empty or ends too early; expected attribute = value")
        case _:
            raise _wrong(f"expected attribute = value at {' '.join(value for _, value in tokens[:3])[:60]!r}")


def _values(tokens: _Tokens) -> tuple[tuple[str, ...], _Tokens]:
    values = []
    while True:
        match tokens:
            case [("word" | "quoted", value), ("sign", "," | ")" as sign), *rest]:
                values.append(value)
                tokens = rest
                if sign == ")":
                    return tuple(values), tokens
            case _:
                raise _wrong("a list of values reads (a, b, c)")


def _wrong(problem: str) -> InvalidInput:
    return InvalidInput.of(
        "audience", f"{problem}; write all, a file of ids, or conditions such as: country = DE and plan in (pro, team)"
    )
