"""Gateways of one's own: ``module:factory``, found on the import path or beside the configuration file."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from application.ports.sender import Sender
from domain.errors import Misconfigured
from entrypoints.configuration.values import MASK, Secret

Factory = Callable[[Mapping[str, object]], Any]


def own_sender(kind: str, options: Mapping[str, object], beside: Path) -> Sender:
    """Return the sender that the factory of *kind* makes of *options*; secrets reach it as plain text.

    *beside* is the folder where its module may be.

    :raises Misconfigured: it cannot be imported or called, or what it gave is no sender.
    """
    module_name, _, factory_name = kind.partition(":")
    module = _import(module_name, beside)
    factory = getattr(module, factory_name, None)
    if not callable(factory):
        raise Misconfigured([f"{module.__file__ or module_name} has no function {factory_name}"])
    try:
        sender = factory(_revealed(options))
    except Exception as error:  # the factory is not ours, so it may raise anything
        raise Misconfigured([f"{kind} failed: {_cause(error, options)}"]) from error
    if lacking := list(_lacking(sender)):
        raise Misconfigured([f"{kind} gave {type(sender).__name__}, which lacks {' and '.join(lacking)}"])
    return sender  # type: ignore[no-any-return]  # what a sender needs was looked at just now


def _import(name: str, beside: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _not_imported(name, error) from error  # a module that this one needs is missing
    except Exception as error:  # a module of somebody else may raise anything
        raise _not_imported(name, error) from error
    if str(beside) not in sys.path:
        sys.path.append(str(beside))  # behind all others, so that it hides none of them
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise _not_imported(name, error, f"; it was looked for on the import path and in {beside}") from error


def _not_imported(name: str, error: Exception, hint: str = "") -> Misconfigured:
    return Misconfigured([f"the module {name} cannot be imported: {type(error).__name__}: {error}{hint}"])


def _lacking(sender: object) -> Iterator[str]:
    batch_size = getattr(sender, "batch_size", None)
    if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
        yield "batch_size, a whole number of 1 or more"
    if not callable(getattr(sender, "send", None)):
        yield "send(messages, deadline)"


def _revealed(value: Any) -> Any:
    match value:
        case Secret():
            return value.reveal()
        case Mapping():
            return {key: _revealed(one) for key, one in value.items()}
        case list():
            return [_revealed(one) for one in value]
        case _:
            return value


def _secrets(value: object) -> Iterator[str]:
    match value:
        case Secret():
            yield value.reveal()
        case Mapping():
            for one in value.values():
                yield from _secrets(one)
        case list():
            for one in value:
                yield from _secrets(one)


def _cause(error: Exception, options: Mapping[str, object]) -> str:
    said = f"{type(error).__name__}: {error}"
    for secret in _secrets(options):
        said = said.replace(secret, MASK)
    return said
