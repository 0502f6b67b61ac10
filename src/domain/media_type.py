"""What kind of file something is (RFC 2045 5.1, RFC 6838 4.2): ``text/calendar; method=REQUEST``."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen

PARAMETERS_MAX = 5
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]"
_VALUE = r"[A-Za-z0-9!#$&'*+.^_`{|}~%-]{1,128}"
_QUOTED = r'"(?:(?!=\?)[ !#-\[\]-~]|\\["\\]){0,128}"'  # what looks encoded (RFC 2047) some readers would decode
_ESSENCE = re.compile(rf"({_NAME}{{0,126}}/{_NAME}{{0,126}})(.*)\Z", re.DOTALL)
_PARAMETER = re.compile(rf" {{0,4}}; {{0,4}}({_NAME}{{0,59}})=({_VALUE}|{_QUOTED})")
_COMPOSITE = ("message/", "multipart/")
_OF_OTHERS = ("name", "boundary")


@frozen
class MediaType:
    """A type and its parameters by name in lower case; the values are as they were written, perhaps in quotes."""

    essence: str
    parameters: Mapping[str, str] = field(factory=lambda: MappingProxyType({}), hash=False)

    @classmethod
    def parse(cls, text: str) -> "MediaType":
        """Return the type that *text* names; nothing in it can begin another header.

        :raises ValueError: it names none that a file can have; the message says what to do.
        """
        found = _ESSENCE.match(text)
        if found is None:
            raise ValueError("must be a type such as application/pdf")
        essence, rest = found.groups()
        if essence.lower().startswith(_COMPOSITE):
            # RFC 2046 5.1 and 5.2.1 forbid to encode these, and without that a file could change on its way.
            raise ValueError(f"{essence} is for parts of a mail and not for files; send it as application/octet-stream")
        return cls(essence, MappingProxyType(_parameters(rest)))


def _parameters(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    place = 0
    while place < len(rest):
        one = _PARAMETER.match(rest, place)
        if one is None:
            raise ValueError(
                "must have parameters such as ; charset=utf-8, with values in ASCII and in quotes if need be"
            )
        name = one[1].lower()
        if name in _OF_OTHERS:
            raise ValueError(f"must not have the parameter {name}; a file's name is its filename")
        if name in found:
            raise ValueError(f"has the parameter {name} twice")
        found[name] = one[2]
        place = one.end()
    if len(found) > PARAMETERS_MAX:
        raise ValueError(f"has {len(found)} parameters; at most {PARAMETERS_MAX} are taken")
    return found
