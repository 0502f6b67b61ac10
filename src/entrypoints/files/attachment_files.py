"""Files that a person names, as attachments."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from domain.content import ATTACHMENTS_MAX_BYTES, Attachment
from domain.errors import InvalidInput

UNKNOWN = "application/octet-stream"  # RFC 2046 4.5.1: what says nothing about itself


def read_attachments(paths: Sequence[str]) -> tuple[Attachment, ...]:
    """Return the files at *paths* in order; the type of each goes by its name.

    :raises InvalidInput: a file cannot be read, or is larger than any message carries.
    """
    return tuple(_read(Path(path)) for path in paths)


def _read(path: Path) -> Attachment:
    try:
        if not path.is_file():
            raise InvalidInput.of("attach", f"there is no file {path}")
        with path.open("rb") as file:
            data = file.read(ATTACHMENTS_MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput.of("attach", f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > ATTACHMENTS_MAX_BYTES:
        raise InvalidInput.of("attach", f"{path} is larger than {ATTACHMENTS_MAX_BYTES} bytes, more than can be sent")
    return Attachment(filename=path.name, media_type=_media_type(path.name), data=data)


def _media_type(name: str) -> str:
    """Return the type that *name* stands for; a packed file is only known as packed."""
    found, encoding = mimetypes.guess_type(name)
    return UNKNOWN if found is None or encoding is not None else found
