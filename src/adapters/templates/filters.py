"""The filters and tests that a template may use; every one is counted, and none can make a small text huge."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, cast

from jinja2 import filters as builtin
from jinja2 import pass_context
from jinja2.runtime import Context, markup_join, str_join
from jinja2.tests import TESTS as BUILTIN_TESTS
from markupsafe import escape

from adapters.templates.budget import budget_of, size_of, weight_of
from adapters.templates.printing import as_printed
from application.ports.template_renderer import TemplateFault

COUNTED = "tocsin counted"
CONCATENATED = "tocsin concatenated"
COMPARED = "tocsin compared"
"""Names that no template can write; the guard puts these filters into loops, comparisons and the place of ``~``."""

WIDTH_MAX = 1000
PRECISION_MAX = 15
_FORMAT_SPEC = re.compile(r"%(?:%|(?:\(\w+\))?[-+ 0#]*\d{0,2}(?:\.\d{1,2})?[sdifeg])")

Filter = Callable[..., Any]


def _metered(function: Filter, *given: str, of_text: bool = False) -> Filter:
    """Return *function* with its work counted; *given* names what it takes of the context before the value.

    One *of_text* takes what can be printed, as text.
    """

    @pass_context
    def run(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        budget = budget_of(context)
        if of_text:
            value = as_printed(value)
        budget.spend(size_of(value))
        about = {"context": context, "environment": context.environment, "eval_ctx": context.eval_ctx}
        result = function(*(about[name] for name in given), value, *args, **kwargs)
        if isinstance(result, Iterator):
            result = list(result)
        if isinstance(result, str):
            budget.allow_text(len(result))
        else:
            budget.spend(size_of(result))
        return result

    return run


@pass_context
def _counted(context: Context, values: Iterable[Any], steps: int) -> Iterator[Any]:
    """Go through *values*, counting *steps* for each round of a loop."""
    budget = budget_of(context)
    for value in values:
        budget.spend(steps)
        yield value


@pass_context
def _concatenated(context: Context, parts: Iterable[Any]) -> str:
    texts = [as_printed(part) for part in parts]
    budget_of(context).allow_text(sum(len(text) for text in texts))
    return markup_join(texts) if context.eval_ctx.autoescape else str_join(texts)


@pass_context
def _compared(context: Context, value: Any) -> Any:
    """Return *value*, counted as whole: comparing goes through all of it."""
    budget_of(context).spend(weight_of(value))
    return value


def _metered_test(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the test *function* with what it compares counted."""

    @pass_context
    def run(context: Context, *values: Any) -> Any:
        budget_of(context).spend(sum(map(weight_of, values)))
        return function(*values)

    return run


def _sort(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
    budget_of(context).spend(weight_of(value))
    return builtin.do_sort(context.environment, value, *args, **kwargs)


def _replace(context: Context, value: Any, old: str, new: str, count: int | None = None) -> str:
    text = as_printed(value)
    grown = text.count(old) * max(0, len(new) - len(old))
    budget_of(context).allow_text(len(text) + grown)
    return builtin.do_replace(context.eval_ctx, text, old, new, count)


def _join(context: Context, values: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    parts = list(builtin.sync_do_map(context, values, attribute=attribute) if attribute is not None else values)
    texts = [as_printed(part) for part in parts]
    budget_of(context).allow_text(sum(len(text) for text in texts) + len(d) * len(texts))
    return builtin.sync_do_join(context.eval_ctx, texts, d)


def _center(value: Any, width: int = 80) -> str:
    return builtin.do_center(as_printed(value), _within(width, WIDTH_MAX, "center"))


def _indent(context: Context, value: Any, width: int = 4, first: bool = False, blank: bool = False) -> str:
    text = as_printed(value)
    budget_of(context).allow_text(len(text) + len(text.splitlines()) * _within(width, WIDTH_MAX, "indent"))
    return builtin.do_indent(text, width, first, blank)


def _round(value: Any, precision: int = 0, method: Any = "common") -> float:
    return builtin.do_round(value, _within(precision, PRECISION_MAX, "round"), method)


def _format(context: Context, value: Any, *args: Any, **kwargs: Any) -> str:
    text = as_printed(value)
    rest, fields = _FORMAT_SPEC.subn("", text)
    if "%" in rest:
        raise TemplateFault("format knows %s, %d and %f with a width and a precision of at most two digits")
    longest = max((size_of(part) for part in (*args, *kwargs.values())), default=0)
    budget_of(context).allow_text(len(text) + fields * (longest + 400))  # a number takes up to 309 digits
    return builtin.do_format(
        text, *map(_fit_to_format, args), **{name: _fit_to_format(kwargs[name]) for name in kwargs}
    )


def _fit_to_format(value: Any) -> Any:
    return value if isinstance(value, int | float) else as_printed(value)


def _within(number: Any, limit: int, name: str) -> int:
    if not isinstance(number, int) or abs(number) > limit:
        raise TemplateFault(f"{name} takes a whole number of at most {limit}")
    return number


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "abs": _metered(abs),
        "capitalize": _metered(builtin.do_capitalize, of_text=True),
        "center": _metered(_center),
        "count": _metered(len),
        "d": _metered(builtin.do_default),
        "default": _metered(builtin.do_default),
        "e": _metered(escape, of_text=True),
        "escape": _metered(escape, of_text=True),
        "first": _metered(builtin.sync_do_first, "environment"),
        "float": _metered(builtin.do_float),
        "format": _metered(_format, "context"),
        "indent": _metered(_indent, "context"),
        "int": _metered(builtin.do_int),
        "items": _metered(builtin.do_items),
        "join": _metered(_join, "context"),
        "last": _metered(builtin.do_last, "environment"),
        "length": _metered(len),
        "list": _metered(builtin.sync_do_list),
        "lower": _metered(builtin.do_lower, of_text=True),
        "map": _metered(builtin.sync_do_map, "context"),
        "reject": _metered(builtin.sync_do_reject, "context"),
        "rejectattr": _metered(builtin.sync_do_rejectattr, "context"),
        "replace": _metered(_replace, "context"),
        "reverse": _metered(builtin.do_reverse),
        "round": _metered(_round),
        "select": _metered(builtin.sync_do_select, "context"),
        "selectattr": _metered(builtin.sync_do_selectattr, "context"),
        "sort": _metered(_sort, "context"),
        "title": _metered(builtin.do_title, of_text=True),
        "trim": _metered(builtin.do_trim, of_text=True),
        "truncate": _metered(builtin.do_truncate, "environment", of_text=True),
        "unique": _metered(builtin.do_unique, "environment"),
        "upper": _metered(builtin.do_upper, of_text=True),
        "urlencode": _metered(builtin.do_urlencode, of_text=True),
        "wordcount": _metered(builtin.do_wordcount, of_text=True),
    }
)
"""Every filter that a template may name."""

OWN_FILTERS: Mapping[str, Filter] = MappingProxyType(
    {COUNTED: _counted, CONCATENATED: _concatenated, COMPARED: _compared}
)

TESTS = MappingProxyType(
    {
        name: _metered_test(cast("Callable[..., Any]", BUILTIN_TESTS[name]))
        for name in (
            *("boolean", "defined", "divisibleby", "even", "false", "float", "in", "integer", "iterable", "lower"),
            *("mapping", "none", "number", "odd", "sequence", "string", "true", "undefined", "upper"),
            *(
                "eq",
                "equalto",
                "==",
                "ne",
                "!=",
                "lt",
                "lessthan",
                "<",
                "le",
                "<=",
                "gt",
                "greaterthan",
                ">",
                "ge",
                ">=",
            ),
        )
    }
)
"""Every test that a template may name after ``is``."""
