"""Which state was read, and which may be written over: ETag and If-Match (RFC 9110 sections 8.8.3 and 13.1.1)."""

import re
from typing import Final

from domain.errors import InvalidInput
from entrypoints.http_api.authentication import ApiRequest

ETAG: Final = "ETag"
IF_MATCH: Final = "If-Match"

_TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
_TAGS = re.compile(rf"[ \t]*{_TAG}(?:[ \t]*,[ \t]*{_TAG})*[ \t]*")
_OURS = re.compile(r'(?<!W/)"(0|[1-9][0-9]{0,17})"')


def etag(revision: int) -> str:
    """Return the tag of a *revision*."""
    return f'"{revision}"'


def revisions_to_match(request: ApiRequest) -> frozenset[int] | None:
    """Return which revisions *request* may write over; None where any will do.

    A weak tag matches nothing, and one that this API never gave matches nothing either.

    :raises InvalidInput: the header cannot be read; taken for absent, it would let through what it is to keep out.
    """
    given = ", ".join(request.headers.getall(IF_MATCH, []))
    if IF_MATCH not in request.headers or given.strip() == "*":
        return None
    if not _TAGS.fullmatch(given):
        raise InvalidInput.of(IF_MATCH, 'must be the ETag of an answer with its quotes, such as "7", or *')
    return frozenset(int(number) for number in _OURS.findall(given))
