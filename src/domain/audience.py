"""Whom a campaign is for: everybody, a list of ids, or those who satisfy what a small language says.

The grammar, in which words are not case-sensitive and values are::

    audience   = "all" | either
    either     = both ("or" both)*
    both       = one ("and" one)*
    one        = "not" one | "(" either ")" | condition
    condition  = field ("=" | "!=") value
               | field ("<" | "<=" | ">" | ">=") (number | day | moment)
               | field ["not"] "in" "(" value ("," value)* ")"
               | field "exists"

A field or a value is a bare word or a quoted text. What conditions mean is in :mod:`domain.conditions`.
"""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from attrs import define, frozen

from domain.conditions import And, Compares, Condition, Exists, Expression, IsOneOf, Not, Or, Order, is_bound
from domain.errors import InvalidInput

CONDITIONS_MAX = 50
"""The most conditions of one audience; with the depth, a bound on what a statement of a store has to take."""

DEPTH_MAX = 20
"""How many parentheses and ``not`` may be open at once."""

TEXT_MAX = 10_000
"""The most characters."""

EXAMPLE: Final = "country = DE and plan in (pro, team) and not tags = churned"
"""What every error shows."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<sign>[=<>!]=|<>|[=<>(),])|(?P<word>[^\s=!<>(),"']+))""",
    re.DOTALL,
)
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_RESERVED = frozenset({"and", "or", "not", "in", "exists"})
_ORDERS = frozenset(Order)
_SHOWN = 40


@frozen
class Everybody:
    """Every recipient."""


@frozen
class Listed:
    """The recipients with these ids; each is told once, however often it is named."""

    ids: tuple[str, ...]


@frozen
class Matching:
    """The recipients that satisfy ``expression``. ``source`` is the text as given."""

    source: str
    expression: Expression


Audience: TypeAlias = Everybody | Listed | Matching


def parse_audience(text: str) -> Everybody | Matching:
    """Return the audience that *text* describes: ``all``, or conditions.

    :raises InvalidInput: *text* is not of the grammar; the message says where.
    """
    source = text.strip()
    if source.lower() == "all":
        return Everybody()
    if not source:
        raise _wrong("is empty")
    if len(text) > TEXT_MAX:
        raise _wrong(f"is longer than {TEXT_MAX} characters; list the ids in a file")
    if _NOT_TEXT.search(text):
        raise _wrong("contains a NUL character or half of a surrogate pair")
    return Matching(source, _Reader(list(_tokens(text))).expression())


@frozen
class _Token:
    """One word, quoted text or sign, or the end; ``at`` counts characters from 1."""

    kind: str
    text: str
    at: int

    @property
    def keyword(self) -> str | None:
        word = self.text.lower()
        return word if self.kind == "word" and word in _RESERVED else None

    def is_sign(self, sign: str) -> bool:
        return self.kind == "sign" and self.text == sign

    def unexpected(self, expected: str) -> InvalidInput:
        if self.kind == "end":
            return _wrong(f"ends too early; expected {expected}")
        return _wrong(f"at character {self.at}, expected {expected}, but found {self.text[:_SHOWN]!r}")


def _tokens(text: str) -> Iterator[_Token]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            raise _wrong(
                f"at character {len(text) - len(rest) + 1}, cannot read {rest[:_SHOWN]!r}; close the quote, or put the "
                "value in quotes"
            )
        kind = match.lastgroup
        assert kind is not None
        value, at = match[kind], match.start(kind) + 1
        yield _Token(kind, re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if kind == "quoted" else value, at)
        position = match.end()
    yield _Token("end", "", end + 1)


@define
class _Reader:
    """Reads tokens from the left, a method a rule of the grammar; the last token is the end."""

    _tokens: list[_Token]
    _next: int = 0
    _conditions: int = 0
    _depth: int = 0

    def expression(self) -> Expression:
        found = self._either()
        if self._peek().kind != "end":
            raise self._peek().unexpected("'and', 'or' or the end")
        return found

    def _either(self) -> Expression:
        operands = [self._both()]
        while self._took_word("or"):
            operands.append(self._both())
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _both(self) -> Expression:
        operands = [self._one()]
        while self._took_word("and"):
            operands.append(self._one())
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _one(self) -> Expression:
        if self._took_word("not"):
            self._deeper()
            found: Expression = Not(self._one())
        elif self._took_sign("("):
            self._deeper()
            found = self._either()
            if not self._took_sign(")"):
                raise self._peek().unexpected("'and', 'or' or ')'")
        else:
            return self._condition()
        self._depth -= 1
        return found

    def _condition(self) -> Condition | Not:
        field = self._take()
        if field.keyword:
            raise field.unexpected("a field, 'not' or '(' (in quotes, if a field is called so)")
        if field.kind not in {"word", "quoted"}:
            raise field.unexpected("a field, 'not' or '('")
        self._conditions += 1
        if self._conditions > CONDITIONS_MAX:
            raise _wrong(f"has more than {CONDITIONS_MAX} conditions, the next of them at character {field.at}")
        after = self._take()
        match after.kind, after.keyword or after.text:
            case "word", "exists":
                return Exists(field.text)
            case "word", "in":
                return IsOneOf(field.text, self._values())
            case "word", "not" if self._took_word("in"):
                return Not(IsOneOf(field.text, self._values()))
            case "sign", "=":
                return IsOneOf(field.text, (self._value(),))
            case "sign", "!=":
                return Not(IsOneOf(field.text, (self._value(),)))
            case "sign", sign if sign in _ORDERS:
                return Compares(field.text, Order(sign), self._bound())
            case _:
                name = field.text[:_SHOWN]
                raise after.unexpected(f"=, !=, <, <=, >, >=, 'in', 'not in' or 'exists' after the field {name!r}")

    def _values(self) -> tuple[str, ...]:
        if not self._took_sign("("):
            raise self._peek().unexpected("a list such as (a, b)")
        values = [self._value()]
        while self._took_sign(","):
            values.append(self._value())
        if not self._took_sign(")"):
            raise self._peek().unexpected("',' or ')' in the list")
        return tuple(values)

    def _value(self) -> str:
        value = self._take()
        if value.kind not in {"word", "quoted"}:
            raise value.unexpected("a value")
        return value.text

    def _bound(self) -> str:
        value = self._take()
        if value.kind not in {"word", "quoted"} or not is_bound(value.text):
            raise value.unexpected("a number, a day such as 2026-03-01 or a moment such as 2026-03-01T09:00:00+01:00")
        return value.text

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            at = self._tokens[self._next - 1].at
            raise _wrong(f"has more than {DEPTH_MAX} parentheses and 'not' inside each other at character {at}")

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek()
        self._next += token.kind != "end"
        return token

    def _took_word(self, keyword: str) -> bool:
        took = self._peek().keyword == keyword
        self._next += took
        return took

    def _took_sign(self, sign: str) -> bool:
        took = self._peek().is_sign(sign)
        self._next += took
        return took


def _wrong(problem: str) -> InvalidInput:
    return InvalidInput.of("audience", f"{problem}; write all, a file of ids, or conditions such as: {EXAMPLE}")
