"""A Jinja that can do no harm: it reads a recipient, and has no way to a method, a file or a long computation."""

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from attrs import frozen
from jinja2 import pass_context
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.nodes import Const, Getattr, Getitem, Node
from jinja2.nodes import Template as Tree
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from adapters.templates.budget import budget_of, size_of
from adapters.templates.filters import FILTERS, OWN_FILTERS, TESTS
from adapters.templates.guard import Guard
from adapters.templates.printing import Missing, printed
from application.ports.template_renderer import TemplateFault

NUMBER_MAX = 10**15
TOKENS_MAX = 5_000
_OF_LOOP = frozenset(
    {"cycle", "first", "index", "index0", "last", "length", "nextitem", "previtem", "revindex", "revindex0"}
)


@frozen
class Person:
    """A recipient as a template sees it: fields of its own, and attributes."""

    fields: Mapping[str, str | None]
    attributes: "Attributes"


class Attributes(dict[str, Any]):
    """The attributes of a recipient; a class of its own so that a missing one is told as such."""


class _WrittenNames(NodeTransformer):
    """Makes ``a.b`` of ``a["b"]``: what the template itself writes may be named where it is missing."""

    def visit_Getitem(self, node: Getitem) -> Node:  # noqa: N802  (the name that Jinja looks for)
        self.generic_visit(node)
        if isinstance(node.arg, Const) and isinstance(node.arg.value, str):
            return Getattr(node.node, node.arg.value, node.ctx, lineno=node.lineno)
        return node


class Sandbox(ImmutableSandboxedEnvironment):
    """One environment for plain text, one for HTML, where what a template prints is escaped."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, *, escapes: bool) -> None:
        super().__init__(
            autoescape=escapes, undefined=Missing, finalize=printed, keep_trailing_newline=True, cache_size=0
        )
        self.globals = {"range": _bounded_range}
        self.filters = {**FILTERS, **OWN_FILTERS}
        self.tests = dict(TESTS)

    def read(self, source: str, variables: Collection[str] = ()) -> Tree:
        """Return the checked syntax tree of *source*, which may name *variables* beside the recipient.

        :raises TemplateFault: it says what a template may not say, or too much.
        :raises TemplateSyntaxError: it is no template.
        """
        if next(islice(self.lex(source), TOKENS_MAX, None), None) is not None:
            raise TemplateFault(f"has more than {TOKENS_MAX} words and signs in its tags; make it shorter")
        tree = self.parse(source)
        Guard(tree, variables).visit(tree)
        _WrittenNames().visit(tree)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what ``obj.attribute`` means in a template; never a method."""
        return self._find(obj, attribute, named=repr(attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return what ``obj[argument]`` means in a template; never a method."""
        return self._find(obj, argument, named=None)  # it may be made of what is personal

    def _find(self, obj: Any, key: Any, named: str | None) -> Any:
        match obj:
            case Person():
                return self._of_person(obj, key, named)
            case Attributes():
                return self._present(obj.get(key), f"the recipient has no attribute {named or 'of that name'}")
            case Mapping():
                return self._present(obj.get(key), f"there is no {named or 'such name'} in this value")
            case LoopContext() if key in _OF_LOOP:
                return getattr(obj, key)
            case str() | list() | tuple() | range() if isinstance(key, int):
                return obj[key] if -len(obj) <= key < len(obj) else self.undefined("there is no item of that number")
            case Undefined():
                return obj
            case _:
                return self.undefined(f"there is no {named or 'such name'} in this value")

    def _of_person(self, person: Person, key: Any, named: str | None) -> Any:
        if key == "attributes":
            return person.attributes
        if key in person.fields:
            return self._present(person.fields[key], f"the recipient has no {key}")
        return self._present(person.attributes.get(key), f"the recipient has no attribute {named or 'of that name'}")

    def _present(self, value: Any, otherwise: str) -> Any:
        return self.undefined(otherwise) if value is None else value

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Calculate with numbers of a sensible size, and join texts with a plus.

        :raises TemplateFault: it is anything else.
        """
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            budget_of(context).allow_text(len(left) + len(right))
            return super().call_binop(context, operator, left, right)
        for operand in (left, right):
            if isinstance(operand, Undefined):
                str(operand)  # raises, and names what is missing
            if not isinstance(operand, int | float):
                raise TemplateFault(f"{operator} works on numbers; write ~ to join texts")
            if abs(operand) > NUMBER_MAX or (operator == "**" and abs(operand) > 100):  # noqa: PLR2004  (100**100 is harmless)
                raise TemplateFault(f"calculates {operator} with a number that is too large")
        return super().call_binop(context, operator, left, right)


@pass_context
def _bounded_range(context: Context, *bounds: int) -> range:
    found = range(*bounds)
    budget_of(context).spend(size_of(found))
    return found


def plain_sentence(error: Exception) -> str:
    """Return what Jinja or Python says of a template as a sentence for the person who wrote it."""
    match error:
        case TemplateSyntaxError():
            message = (error.message or "cannot be read").rstrip(".")
            return f"line {error.lineno}: {message}"
        case UndefinedError():
            return error.message or "something is missing"
        case RecursionError() | MemoryError() | SyntaxError():  # the last one is Python's own, of what Jinja made
            return "is nested too deeply; make it simpler"
        case UnicodeError():
            return "contains half of a surrogate pair, which is not text; remove it"
        case ValueError() if "digits" in str(error):
            return "contains a number that is too long"
        case _:
            return f"cannot be filled in: {error}"
