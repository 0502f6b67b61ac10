"""Reading one table of the configuration key by key, and collecting everything that is wrong with it."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field

from entrypoints.configuration.source import KeyPath, Source
from entrypoints.configuration.values import MASK, Read, Secret, shown

T = TypeVar("T")

SECRET_MAX_BYTES = 65_536


@define(eq=False, kw_only=True)
class Reading:
    """What all tables of one configuration share: where values come from, and the problems found so far."""

    source: Source
    environ: Mapping[str, str]
    folder: Path
    problems: list[str] = field(factory=list)

    @property
    def top(self) -> "Table":
        """The table that holds all others."""
        return Table(reading=self, path=(), values=self.source.values)

    def report(self, path: KeyPath, problem: str, value: str | None = None) -> None:
        """Keep a problem of the key *path*; *value* is what stands there, as it may be shown."""
        variable = self.source.variables.get(path)
        key = ".".join(path) + (f" ({variable})" if variable else "")
        self.problems.append(f"{key}: {problem}" if value is None else f"{key} = {value}: {problem}")

    def file(self, value: object) -> Path:
        """Return an existing file: of the current folder, or else beside the configuration file.

        :raises ValueError: there is none.
        """
        named = value.get("file") if isinstance(value, dict) and len(value) == 1 else value
        if not isinstance(named, str) or not named:
            raise ValueError('must be a path, or { file = "path" }')
        folders = [self.folder, *([self.source.file.parent] if self.source.file else [])]
        places = list(dict.fromkeys(folder / named for folder in folders))
        for place in places:
            try:
                place.stat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise ValueError(f"the file {place} cannot be read ({error.strerror})") from error
            if place.is_dir():
                raise ValueError(f"{place} is a folder; name a file")
            return place
        raise ValueError(f"there is no file {' or '.join(str(place) for place in places)}")

    def secret(self, value: object) -> Secret:
        """Return a secret: the text itself, or where ``{ env = … }`` or ``{ file = … }`` say.

        :raises ValueError: there is none; the message does not repeat it.
        """
        match value:
            case str() if value:
                return Secret(value)
            case {"env": str(variable), **rest} if variable and not rest:
                return self._of_environment(variable)
            case {"file": str(), **rest} if not rest:
                return self._of_file(self.file(value))
            case _:
                raise ValueError('must be text, { env = "NAME" } or { file = "path" }')

    def _of_environment(self, variable: str) -> Secret:
        found = self.environ.get(variable)
        if not found:
            raise ValueError(f"the environment variable {variable} is {'empty' if found == '' else 'not set'}; set it")
        return Secret(found)

    def _of_file(self, file: Path) -> Secret:
        try:
            with file.open("rb") as opened:
                octets = opened.read(SECRET_MAX_BYTES + 1)
            found = octets.decode("utf-8-sig").rstrip("\r\n")
        except OSError as error:
            raise ValueError(f"the file {file} cannot be read ({error.strerror})") from error
        except UnicodeDecodeError:
            raise ValueError(f"the file {file} is not UTF-8 text") from None
        if not found or len(octets) > SECRET_MAX_BYTES:
            raise ValueError(f"the file {file} is {'too long for a secret' if found else 'empty'}")
        return Secret(found)


@define(eq=False, kw_only=True)
class Table:
    """One table. What is never asked for is unknown, and ``finish`` says so."""

    reading: Reading
    path: KeyPath
    values: Mapping[str, Any]
    _asked: list[str] = field(factory=list, init=False)

    def read(self, key: str, read: Read[T]) -> T | None:
        """Return the value of *key*, or None where there is none or a wrong one."""
        self._asked.append(key)
        if key not in self.values:
            return None
        value = self.values[key]
        try:
            return read(value)
        except ValueError as error:
            self.reading.report((*self.path, key), str(error), shown(value))
            return None

    def required(self, key: str, read: Read[T]) -> T | None:
        """Return the value of *key*; that it is missing is a problem."""
        if key not in self.values:
            self.report(key, f"is missing{self._named_by()}; {_allowed(read)}")
        return self.read(key, read)

    def _named_by(self) -> str:
        """Return which variables are all that there is of this table; nothing if the file has any of it."""
        found = [self.reading.source.variables.get((*self.path, key)) for key in self.values]
        variables = [variable for variable in found if variable]
        return f", and only {', '.join(variables)} is set" if variables and len(variables) == len(found) else ""

    def secret(self, key: str, advice: str | None = None) -> Secret | None:
        """Return the secret under *key*; no problem shows it, and each ends with the *advice* on how to get one."""
        self._asked.append(key)
        if key not in self.values:
            return None
        try:
            return self.reading.secret(self.values[key])
        except ValueError as error:
            self.report(key, str(error) if advice is None else f"{error}; {advice}", MASK)
            return None

    def table(self, key: str) -> "Table":
        """Return the table under *key*; an empty one where there is none."""
        self._asked.append(key)
        found = self.values.get(key, {})
        if not isinstance(found, dict):
            self.report(key, f"must be a table: [{'.'.join((*self.path, key))}]")
            found = {}
        return Table(reading=self.reading, path=(*self.path, key), values=found)

    def tables(self) -> Iterator[tuple[str, "Table"]]:
        """Yield the tables here, whose names are free; what is none is a problem."""
        for key, value in self.values.items():
            table = self.table(key)
            if isinstance(value, dict):
                yield key, table

    def list_of_tables(self, key: str) -> Iterator[tuple[int, "Table"]]:
        """Yield the tables of the list under *key*, with their places; what is none is a problem."""
        self._asked.append(key)
        found = self.values.get(key, [])
        path = (*self.path, key)
        if not isinstance(found, list):
            self.report(key, f"must be tables, each under a line [[{'.'.join(path)}]]")
            return
        for place, values in enumerate(found):
            if isinstance(values, dict):
                yield place, Table(reading=self.reading, path=(*path, str(place)), values=values)
            else:
                self.report(f"{key}.{place}", f"must be a table: [[{'.'.join(path)}]]", shown(values))

    def rest(self) -> dict[str, object]:
        """Return what was not asked for, as it stands but with its secrets; all of it counts as known."""
        keys = [key for key in self.values if key not in self._asked]
        self._asked += keys
        found = {}
        for key in keys:
            try:
                found[key] = _with_secrets(self.values[key], self.reading)
            except ValueError as error:
                self.report(key, str(error), MASK)
        return found

    def report(self, key: str, problem: str, value: str | None = None) -> None:
        """Keep a problem of one key of this table."""
        self.reading.report((*self.path, key), problem, value)

    def finish(self) -> None:
        """Keep a problem for each key that is not known here; its value is not shown, it might be a secret."""
        for key in self.values:
            if key not in self._asked:
                near = get_close_matches(key, self._asked, n=1)
                hint = f"did you mean {near[0]}? " if near else ""
                self.report(key, f"is not known here; {hint}allowed: {', '.join(self._asked) or 'nothing'}")


def _with_secrets(value: object, reading: Reading) -> object:
    match value:
        case {"env": str(), **rest} | {"file": str(), **rest} if not rest:
            return reading.secret(value)
        case dict():
            return {key: _with_secrets(one, reading) for key, one in value.items()}
        case list():
            return [_with_secrets(one, reading) for one in value]
        case _:
            return value


def _allowed(read: Read[Any]) -> str:
    """Return what *read* asks for, in its own words."""
    try:
        read(None)
    except ValueError as error:
        return str(error)
    return "give it"
