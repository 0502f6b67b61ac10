"""The services behind one gateway, each with slots, calls and health of its own."""

from collections import defaultdict
from collections.abc import Sequence

from attrs import define, field

from application.ports.sender import Gateway
from application.sending.ready import Item


@define(eq=False)
class Scopes:
    """The parts of the gateways that have scopes; each is known once an address of it was met."""

    _parts: dict[str, dict[str, Gateway]] = field(factory=lambda: defaultdict(dict), init=False)

    def of(self, gateway: Gateway) -> Sequence[Gateway]:
        """Return the known parts of *gateway*; itself where there are none."""
        if gateway.scope_of is None:
            return (gateway,)
        return tuple(self._parts[gateway.name].values()) or (gateway,)

    def split(self, gateway: Gateway, items: Sequence[Item]) -> list[tuple[Gateway, list[Item]]]:
        """Return each part of *gateway* with those of *items* that go through it."""
        assert gateway.scope_of is not None
        parts = self._parts[gateway.name]
        by_scope: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            by_scope[gateway.scope_of(item[1].address)].append(item)
        for scope in by_scope.keys() - parts.keys():
            parts[scope] = gateway.scoped(scope)
        return [(parts[scope], theirs) for scope, theirs in by_scope.items()]
