"""What a template may print: text and numbers, and nothing that is missing."""

from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context, StrictUndefined, Undefined
from markupsafe import soft_str

from application.ports.template_renderer import TemplateFault


class Missing(StrictUndefined):
    """What a recipient does not have: it cannot be printed or compared, but ``or``, ``if`` and ``default`` know it."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # the strict one raises
        return False


def as_printed(value: Any) -> str:
    """Return *value* as it stands in the text.

    :raises TemplateFault: it is nothing, a list or an object.
    """
    match value:
        case str() | Undefined():
            return soft_str(value)  # of what is missing: an UndefinedError that names it
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case None:
            raise TemplateFault("prints none; write default('…') after it to say what stands there instead")
        case _:
            raise TemplateFault("prints a list or an object; choose one of its values, or go through it with for")


@pass_context
def printed(_: Context, value: Any) -> str:
    """Return *value* as it stands in the text; the context keeps Jinja from evaluating it when it compiles."""
    return value if type(value) is str else as_printed(value)
