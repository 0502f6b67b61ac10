"""Template files."""

import tomllib
from pathlib import Path
from typing import Final

from domain.errors import InvalidInput
from domain.template import TemplateDraft
from entrypoints.template_shape import read_template

SIZE_MAX: Final = 8_000_000


def read_template_file(path: Path) -> TemplateDraft:
    """Return the template that the TOML file at *path* describes.

    :raises InvalidInput: it cannot be read, or a field of it is wrong.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_MAX + 1)
    except OSError as error:
        raise InvalidInput.of("file", f"{path} cannot be read: {error.strerror or error}") from None
    if len(raw) > SIZE_MAX:
        raise InvalidInput.of("file", f"{path} is larger than {SIZE_MAX} bytes; no template is")
    try:
        return read_template(tomllib.loads(raw.decode()))
    except UnicodeDecodeError:
        raise InvalidInput.of("file", f"{path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput.of("file", f"{path} is not TOML: {error}") from None
    except RecursionError:
        raise InvalidInput.of("file", f"{path} is nested too deeply") from None
