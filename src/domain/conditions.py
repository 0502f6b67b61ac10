"""What is asked of a recipient to belong to an audience: a tree of conditions, each of which holds or does not.

A field has any number of values: a list has those in it, anything else one, and what is missing or null has none. They
are compared as they are spelled in JSON, so a condition never depends on how a store keeps a number. What has no value
satisfies no comparison; ``not`` is the exact opposite, so there is no third answer.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from attrs import frozen

from domain.recipient import Recipient

OWN_FIELDS: Final = ("id", "name", "email", "phone", "locale", "timezone")
"""The fields of a recipient that a condition may name; other names are attributes."""


class Order(StrEnum):
    """How a value may stand to a bound."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


@frozen
class IsOneOf:
    """The field has one of ``values``, compared as text."""

    field: str
    values: tuple[str, ...]

    def matches(self, recipient: Recipient) -> bool:
        """Say whether *recipient* satisfies this."""
        return any(found in self.values for found in texts_of(field_of(recipient, self.field)))


@frozen
class Compares:
    """The field has a value that stands so to ``bound``: a number, a day, or a moment with its offset from UTC."""

    field: str
    order: Order
    bound: str

    def matches(self, recipient: Recipient) -> bool:
        """Say whether *recipient* satisfies this."""
        return any(stands(found, self.order, self.bound) for found in texts_of(field_of(recipient, self.field)))


@frozen
class Exists:
    """The field is there and is not null."""

    field: str

    def matches(self, recipient: Recipient) -> bool:
        """Say whether *recipient* satisfies this."""
        return field_of(recipient, self.field) is not None


@frozen
class Not:
    """The opposite of ``operand``."""

    operand: "Expression"

    def matches(self, recipient: Recipient) -> bool:
        """Say whether *recipient* satisfies this."""
        return not self.operand.matches(recipient)


@frozen
class And:
    """All of ``operands``."""

    operands: tuple["Expression", ...]

    def matches(self, recipient: Recipient) -> bool:
        """Say whether *recipient* satisfies this."""
        return all(one.matches(recipient) for one in self.operands)


@frozen
class Or:
    """One of ``operands`` or several."""

    operands: tuple["Expression", ...]

    def matches(self, recipient: Recipient) -> bool:
        """Say whether *recipient* satisfies this."""
        return any(one.matches(recipient) for one in self.operands)


Condition: TypeAlias = IsOneOf | Compares | Exists
Expression: TypeAlias = Condition | Not | And | Or


def field_of(recipient: Recipient, name: str) -> object:
    """Return what a condition on *name* looks at, None where it is missing."""
    return getattr(recipient, name) if name in OWN_FIELDS else recipient.attributes.get(name)


def texts_of(value: object) -> Iterator[str]:
    """Yield the values of a field as conditions compare them; objects and lists in a list have none."""
    for one in value if isinstance(value, list | tuple) else (value,):
        text = as_text(one)
        if text is not None:
            yield text


def as_text(value: object) -> str | None:
    """Return one *value* as conditions compare it: numbers and truth values in their JSON spelling."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return None


Rank: TypeAlias = Decimal | date | datetime
"""What has an order: a number, a day, or a moment with its offset from UTC."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,6})?")  # RFC 8259, 6, with an end to exponents
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?")


def rank_of(text: str) -> Rank | None:
    """Return what *text* spells that has an order: a JSON number, an ISO 8601 day or moment; None for anything else.

    A time of day without an offset from UTC is no moment; what is left is the day.
    """
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    if not _DAY.match(text):
        return None
    time = _TIME.fullmatch(text, 10)
    try:
        if time is None:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:  # no such day or time
        return None
    return moment if time["offset"] else moment.date()


def is_bound(text: str) -> bool:
    """Say whether *text* can be compared with: it spells all of a number, a day, or a moment with its offset."""
    rank = rank_of(text)
    return rank is not None and (type(rank) is not date or _DAY.fullmatch(text) is not None)


def stands(text: str, order: Order, bound: str) -> bool:
    """Say whether *text* stands so to *bound*; what is of another kind never does.

    Numbers are compared exactly, whatever their size. A moment is compared with a day by the day that it spells.
    """
    limit, found = _rank_of_bound(bound), rank_of(text)
    match limit, found:
        case (Decimal(), Decimal()) | (datetime(), datetime()):
            return _HOLDS[order](found, limit)
        case (datetime(), _):
            return False
        case (date(), datetime()):
            return _HOLDS[order](found.date(), limit)
        case (date(), date()):
            return _HOLDS[order](found, limit)
        case _:
            return False


_rank_of_bound = lru_cache(maxsize=64)(rank_of)  # it is the same for a million recipients
_HOLDS: Mapping[Order, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        Order.BELOW: operator.lt,
        Order.AT_MOST: operator.le,
        Order.ABOVE: operator.gt,
        Order.AT_LEAST: operator.ge,
    }
)
