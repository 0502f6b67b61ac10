"""What options and arguments may be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import click

from domain.errors import InvalidInput, NotFound
from domain.local_time import LocalTime
from domain.template import TemplateUse
from entrypoints.cli.command import PlainOption
from entrypoints.configuration.values import parse_rate
from entrypoints.when import parse_when

ID_MAX = 2**63 - 1  # what SQLite and PostgreSQL can number

E = TypeVar("E", bound=Enum)


class Word(click.Choice[E]):
    """One of the words of an enumeration, spelled as everywhere outside."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        """Return the word for *choice*, which is a member or what was typed."""
        del ctx
        return str(choice.value) if isinstance(choice, Enum) else str(choice)


class Number(click.ParamType[int]):
    """The number of something that the store has numbered; one that it cannot have given is not found."""

    name = "id"

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number that was typed."""
        text = str(value)
        if not (text.isascii() and text.isdigit()):
            self.fail(f"{text!r} is not the id of a {self.kind}, which is a number", param, ctx)
        if len(text) > len(str(ID_MAX)) or not 0 < int(text) <= ID_MAX:
            raise NotFound(self.kind, text)
        return int(text)


class Filled(click.ParamType[str]):
    """A text to choose by; an empty one would choose everything, as where a script's variable is not set."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        if not str(value).strip():
            remedy = "name one" if isinstance(param, click.Argument) else "leave the option out to choose all"
            self.fail(f"is empty; {remedy}", param, ctx)
        return str(value)


class Pair(click.ParamType[tuple[str, str]]):
    """A name and its value, such as ``plan=pro``."""

    name = "k=v"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Return the name and the value."""
        name, sign, text = str(value).partition("=")
        if not sign or not name.strip():
            self.fail(f"{value!r} is not of the form name=value", param, ctx)
        return name.strip(), text


class Rate(click.ParamType[float]):
    """A pace, such as ``100/s``; the value is in pieces a second."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return how many a second."""
        try:
            return parse_rate(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Whole(click.IntRange):
    """A whole number of a range."""

    name = "whole number"


limit_option = click.option(
    "--limit",
    cls=PlainOption,
    type=Whole(min=0),
    default=50,
    show_default=True,
    metavar="N",
    help="At most so many; 0 means all.",
)


def template_use(options: Mapping[str, Any]) -> TemplateUse | None:
    """Return what the options ``--template`` and ``--var`` ask for, None where they are not given.

    :raises InvalidInput: there are variables and no template, or one of them twice.
    """
    given: tuple[tuple[str, str], ...] = options["var"]
    if options["template"] is None:
        if given:
            raise InvalidInput.of("var", "is for a template; name one with --template")
        return None
    return TemplateUse(options["template"], variables_of(given))


def variables_of(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return what several ``--var name=value`` say.

    :raises InvalidInput: one name is there twice.
    """
    names = [name for name, _ in given]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidInput.of("var", f"gives {twice!a:.60} twice")
    return dict(given)


def moment(text: str | None, now: datetime, field: str) -> datetime | None:
    """Return the moment that *text* names, None for None.

    :raises InvalidInput: it names none, or a time of the recipient's day where only a moment will do.
    """
    found = None if text is None else parse_when(text, now, field)
    if isinstance(found, LocalTime):
        raise InvalidInput.of(field, "must be the same moment for all; write a time with offset, or +2h")
    return found
