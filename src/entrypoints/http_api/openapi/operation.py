"""What a route says of itself: read by the guard, which wants the scope, and by the description of the API."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from attrs import field, frozen
from litestar.handlers import BaseRouteHandler

from domain.api_key import Scope

JsonSchema: TypeAlias = Mapping[str, Any]
_OPT = "operation"


@frozen(kw_only=True)
class Parameter:
    """One parameter of a query or a header, or one part of a path."""

    name: str
    place: str
    description: str
    schema: JsonSchema
    required: bool = False


@frozen(kw_only=True)
class Body:
    """What a request carries: a schema by media type, with an example that works in each.

    ``examples`` has those of the media types to which ``example`` does not belong.
    """

    content: Mapping[str, JsonSchema]
    example: Any
    required: bool = True
    examples: Mapping[str, Any] = field(factory=lambda: MappingProxyType({}), hash=False)

    def example_as(self, media_type: str) -> Any:
        """Return the example as *media_type* writes it: as JSON, or one item a line."""
        if media_type in self.examples:
            return self.examples[media_type]
        if self.content[media_type].get("type") != "string":
            return self.example
        return "".join(f"{json.dumps(item)}\n" for item in self.example)


@frozen(kw_only=True)
class Answer:
    """What one status of an operation brings; without a schema, nothing."""

    description: str
    schema: JsonSchema | None = None
    headers: Mapping[str, JsonSchema] = field(factory=lambda: MappingProxyType({}), hash=False)
    media_type: str = "application/json"


@frozen(kw_only=True)
class Operation:
    """One route for people and tools. ``scope`` is what a key needs for it, None for a route that is open to all.

    One that is not ``for_tests`` changes what real messages go through, so no test key may call it. One that takes an
    ``inbox_token`` may also be called with a token for the inbox of the recipient in its path.
    ``problems`` are the statuses of its own errors; those that every route with a key has need not be named.
    """

    id: str
    summary: str
    tag: str
    scope: Scope | None
    answers: Mapping[int, Answer] = field(hash=False)
    parameters: Sequence[Parameter] = ()
    body: Body | None = None
    problems: Sequence[int] = ()
    for_tests: bool = True
    inbox_token: bool = False

    def as_opt(self) -> dict[str, Any]:
        """Return this operation as a handler carries it."""
        return {_OPT: self}

    def __deepcopy__(self, _: object) -> "Operation":
        """Return this operation itself, which nothing changes; the router copies the handlers that it is given."""
        return self


OPTIONS = Operation(id="options", summary="Say which methods a path has", tag="health", scope=None, answers={})
"""What the router itself answers on every path."""


def operation_of(handler: BaseRouteHandler) -> Operation:
    """Return the operation of *handler*; a route that does not say what it is answers nobody."""
    found = handler.opt.get(_OPT)
    if isinstance(found, Operation):
        return found
    assert getattr(handler, "http_methods", None) == {"OPTIONS"}, f"{handler} is not described"
    return OPTIONS
