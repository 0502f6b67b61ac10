"""How a route names what the container made for it."""

from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

T = TypeVar("T")

Given: TypeAlias = NamedDependency[SkipValidation[T]]
"""A use case or a port, by the name of the parameter; a protocol cannot be checked at run time, and need not."""
