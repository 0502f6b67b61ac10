"""How much work one rendering may do, counted in steps rather than in seconds so that it is the same everywhere."""

from collections.abc import Mapping
from typing import Any

from attrs import define
from jinja2.runtime import Context, Undefined

from application.ports.template_renderer import TemplateFault

BUDGET = "tocsin budget"
"""The name of the budget in a template's context: no template can write a name with a space."""

TEXT_A_STEP = 16
"""How many characters of a text are compared in one step."""


@define
class Budget:
    """What is left of one rendering: ``steps`` of work, and texts of at most ``text_max`` characters."""

    steps: int
    text_max: int

    def spend(self, steps: int) -> None:
        """Count *steps*, each about a character read or a small expression.

        :raises TemplateFault: there are none left.
        """
        self.steps -= abs(steps)
        if self.steps < 0:
            raise TemplateFault("takes too much work; loop over less and use fewer filters")

    def allow_text(self, characters: int) -> None:
        """Count the making of a text.

        :raises TemplateFault: it would be longer than a rendering may be.
        """
        if characters > self.text_max:
            raise TemplateFault(f"makes a text of more than {self.text_max} characters")
        self.spend(characters)


def budget_of(context: Context) -> Budget:
    """Return the budget of the rendering that *context* belongs to."""
    budget = context[BUDGET]
    assert isinstance(budget, Budget)
    return budget


def size_of(value: Any) -> int:
    """Return how many steps it takes to go through *value* once."""
    if isinstance(value, Undefined) or not hasattr(value, "__len__"):
        return 1
    return 1 + len(value)


def weight_of(value: Any) -> int:
    """Return how many steps it takes to compare *value*, or to look for something in it: all that is in it counts."""
    match value:
        case str():
            return 1 + len(value) // TEXT_A_STEP
        case list() | tuple():
            return 1 + sum(map(weight_of, value))
        case Mapping():
            return 1 + sum(weight_of(one) for pair in value.items() for one in pair)
        case _:
            return 1
