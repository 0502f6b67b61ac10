"""Where settings come from: one TOML file, and the environment, which wins."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from attrs import frozen

from domain.channel import Channel
from domain.errors import Misconfigured

KeyPath: TypeAlias = tuple[str, ...]
Values: TypeAlias = dict[str, Any]

FILE_NAME = "tocsin.toml"
PREFIX = "TOCSIN_"
CONFIG_VARIABLE = "TOCSIN_CONFIG"
NO_SETTINGS = (CONFIG_VARIABLE, "TOCSIN_DEBUG")
"""Variables of ours that are read elsewhere."""

SINGLE_VALUES = ("store", "public_url", "inbox_origins", "timezone")
TABLES = ("gateways", "routes", "retry", "dispatch", "links", "bulk", "types", "topics")

_ROUTE_OF_CHANNEL = "routes_"
_LISTED = f"{PREFIX}PREFERENCES__"
_SUGGESTED = (
    *NO_SETTINGS,
    *(f"{PREFIX}{name.upper()}" for name in SINGLE_VALUES),
    *(f"{PREFIX}ROUTES_{channel.upper()}" for channel in Channel),
    *(f"{PREFIX}{key}" for key in ("DISPATCH__LEASE", "DISPATCH__BATCH", "LINKS__LIFETIME", "BULK__CONFIRM_OVER")),
    *(f"{PREFIX}RETRY__{key}" for key in ("BASE", "FACTOR", "CAP", "ATTEMPTS")),
)
_EXPLAINED = (
    f"known are {CONFIG_VARIABLE}, TOCSIN_STORE, TOCSIN_PUBLIC_URL, TOCSIN_ROUTES_EMAIL and its like, and any other "
    "key with two underscores a step: TOCSIN_GATEWAYS__MAIL__HOST"
)
# Kubernetes tells containers where a service called tocsin is, in variables of these names
# (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
_OF_THE_PLATFORM = re.compile(r"TOCSIN_(?:SERVICE_(?:HOST|PORT)(?:_.*)?|PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_.*)?)?)\Z")


@frozen(kw_only=True)
class Source:
    """What was found, unchecked; ``variables`` says which variable gave a key its value."""

    values: Mapping[str, Any]
    file: Path | None
    variables: Mapping[KeyPath, str]
    problems: tuple[str, ...]


def read_source(config: Path | None, environ: Mapping[str, str], folder: Path) -> Source:
    """Return what the file and the environment say.

    The file is *config*, or what TOCSIN_CONFIG names, or else ``tocsin.toml`` of *folder* if there is one.

    :raises Misconfigured: the file cannot be read, or it is not TOML.
    """
    file, values = _read(config, environ, folder)
    referenced = set(_references(values))
    variables: dict[KeyPath, str] = {}
    problems = []
    for variable in sorted(environ):
        name = variable.upper()
        if not name.startswith(PREFIX) or name in NO_SETTINGS:
            continue
        path = _path(name.removeprefix(PREFIX).lower())
        if path is not None:
            variables[_put(values, path, environ[variable])] = variable
        elif variable not in referenced and not _OF_THE_PLATFORM.match(name):
            problems.append(_unknown(variable))
    return Source(values=values, file=file, variables=variables, problems=tuple(problems))


def same_name(name: str) -> str:
    """Return *name* as the environment, which knows neither case nor hyphens, spells it."""
    return name.lower().replace("-", "_")


def _read(config: Path | None, environ: Mapping[str, str], folder: Path) -> tuple[Path | None, Values]:
    named = config or environ.get(CONFIG_VARIABLE)
    file = folder / (named or FILE_NAME)
    try:
        return file, tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        if not named and isinstance(error, FileNotFoundError):
            return None, {}
        remedy = f"name another with --config or {CONFIG_VARIABLE}"
        raise Misconfigured([f"the configuration {file} cannot be read ({error.strerror}); {remedy}"]) from error
    except UnicodeDecodeError as error:
        raise Misconfigured([f"the configuration {file} is not UTF-8 text; save it as UTF-8"]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Misconfigured([f"the configuration {file} is not TOML: {error}"]) from error


def _references(value: object) -> Iterator[str]:
    """Yield the variables that secrets are read from, however they are called."""
    match value:
        case {"env": str(variable), **rest} if not rest:
            yield variable
        case dict():
            for one in value.values():
                yield from _references(one)
        case list():
            for one in value:
                yield from _references(one)


def _path(name: str) -> KeyPath | None:
    """Return the key that a variable names, or None where it names none."""
    if name.startswith(_ROUTE_OF_CHANNEL) and not name.startswith(f"{_ROUTE_OF_CHANNEL}_"):
        return ("routes", name.removeprefix(_ROUTE_OF_CHANNEL))
    path = tuple(name.split("__"))
    is_known = path[0] in TABLES if len(path) > 1 else path[0] in SINGLE_VALUES
    return path if is_known and all(path) else None


def _put(values: Values, path: KeyPath, value: str) -> KeyPath:
    """Set a key and return it as the file spells it."""
    spelled: list[str] = []
    table = values
    for position, step in enumerate(path):
        key = next((known for known in table if same_name(known) == same_name(step)), step)
        spelled.append(key)
        if position == len(path) - 1:
            if set(table) <= {"env", "file"} and key in ("env", "file"):
                table.clear()  # where a secret comes from is one thing or the other
            table[key] = value
        else:
            if not isinstance(table.get(key), dict):
                table[key] = {}
            table = table[key]
    return tuple(spelled)


def _unknown(variable: str) -> str:
    if variable.upper().startswith(_LISTED):
        return f"{variable}: is not a setting; preferences.defaults is a list of tables, which only the file can have"
    near = get_close_matches(variable.upper(), _SUGGESTED, n=1)
    return f"{variable}: is not a setting; {f'did you mean {near[0]}? ' if near else ''}{_EXPLAINED}"
