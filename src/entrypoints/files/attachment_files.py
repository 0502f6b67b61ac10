"""Files that a person names, as attachments."""

import mimetypes
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.content import ATTACHMENTS_MAX_BYTES, Attachment
from domain.errors import FieldError, InvalidInput

UNKNOWN = "application/octet-stream"  # RFC 2046 4.5.1: what says nothing about itself
STANDARD_INPUT = "-"

_NUMBERED = re.compile(r"attachments\[([0-9]+)\]\.(filename|media_type)\Z")
_COMPOSITE = ("message/", "multipart/")  # what only parts of a mail can be


def read_attachments(paths: Sequence[str]) -> tuple[Attachment, ...]:
    """Return the files at *paths* in order; the type of each goes by its name.

    :raises InvalidInput: a file cannot be read, or is larger than any message carries.
    """
    return tuple(_read(path) for path in paths)


@contextmanager
def named_as(paths: Sequence[str]) -> Iterator[None]:
    """Name the files by their *paths* where what the block says of attachments only numbers them."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput([_named(one, paths) for one in error.errors]) from None


def _named(error: FieldError, paths: Sequence[str]) -> FieldError:
    found = _NUMBERED.match(error.field)
    if found is None or int(found[1]) >= len(paths):
        return error
    what = "its name" if found[2] == "filename" else "its type"
    return FieldError(f"--attach {paths[int(found[1])]}", f"{what} {error.message}")


def _read(named: str) -> Attachment:
    if not named:
        raise InvalidInput.of("attach", "is empty; name a file")
    if named == STANDARD_INPUT:
        raise InvalidInput.of("attach", "standard input is not read for files; name a file")
    path = Path(named)
    try:
        if (problem := _problem(path)) is not None:
            raise InvalidInput.of("attach", problem)
        with path.open("rb") as file:
            data = file.read(ATTACHMENTS_MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput.of("attach", f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > ATTACHMENTS_MAX_BYTES:
        raise InvalidInput.of("attach", f"{path} is larger than {ATTACHMENTS_MAX_BYTES} bytes, more than can be sent")
    return Attachment(filename=path.name, media_type=_media_type(path.name), data=data)


def _problem(path: Path) -> str | None:
    """Return why *path* is no file, None if it is one."""
    if path.is_file():
        return None
    if not path.exists():
        return f"there is no file {path}"
    if path.is_dir():
        return f"{path} is a folder; name a file"
    what = "a pipe" if path.is_fifo() else "a socket" if path.is_socket() else "a device"
    return f"{path} is {what}; name a file"


def _media_type(name: str) -> str:
    """Return the type that *name* stands for; a packed file is only known as packed, a mail as a file like any."""
    found, encoding = mimetypes.guess_type(name)
    return UNKNOWN if found is None or encoding is not None or found.startswith(_COMPOSITE) else found
