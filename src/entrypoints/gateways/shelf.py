"""The gateways of one configuration, each made when it is asked for first."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from dependency_injector import providers

from application.ports.sender import Gateway
from domain.errors import NotFound
from entrypoints.settings import GatewaySettings


class GatewayShelf:
    """Gives the gateway of a name, always the same one. Called from several threads at once.

    Each is a provider of its own: they share one lock with the rest of the container, and a lock beside that one could
    be taken in another order by another thread.
    """

    def __init__(
        self, settings: Mapping[str, GatewaySettings], make: Callable[[GatewaySettings], Gateway], closing: ExitStack
    ) -> None:
        def made(one: GatewaySettings) -> Gateway:
            gateway = make(one)
            closing.callback(gateway.close)
            return gateway

        self._providers = {name: providers.ThreadSafeSingleton(made, one) for name, one in settings.items()}

    def __call__(self, name: str) -> Gateway:
        """Return the gateway called *name*.

        :raises NotFound: none of this name is configured.
        :raises Misconfigured: it cannot be made.
        """
        if name not in self._providers:
            raise NotFound("gateway", name, self._providers)
        return self._providers[name]()
