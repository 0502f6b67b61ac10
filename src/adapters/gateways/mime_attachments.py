"""Files that go with a mail (RFC 2045, RFC 2183): base64, after the texts, in one multipart/mixed."""

import base64
import hashlib
import re
from urllib.parse import quote

from attrs import frozen

from domain.content import Attachment
from domain.media_type import MediaType

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.,()+@~-]+(?: [A-Za-z0-9_.,()+@~-]+)*\Z")  # every reader has the same idea of it
_NAME_SAFE = "!#$&+-.^_`|~"  # beside letters and digits what RFC 5987 3.2.1 lets stand


@frozen
class Attached:
    """The files of a mail as they end it; ``boundary`` is what separates them from one another and from the texts."""

    boundary: bytes
    octets: bytes

    @classmethod
    def of(cls, files: tuple[Attachment, ...], texts: bytes = b"") -> "Attached":
        """Return *files* as the end of a mail; give the *texts* if those contain the usual boundary."""
        parts = [_part(one) for one in files]
        boundary = b"=_" + hashlib.sha256(b"\0".join((texts, *parts))).hexdigest()[:32].encode()
        separated = b"".join(b"--%b\r\n%b" % (boundary, part) for part in parts)
        return cls(boundary, b"%b--%b--\r\n" % (separated, boundary))

    def opening(self, texts: bytes) -> bytes:
        """Return what comes before the files: the header of the whole and *texts*, a part with headers of its own."""
        head = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n' % self.boundary
        # The line break before a boundary belongs to the boundary (RFC 2046 5.1.1).
        return b"%b--%b\r\n%b\r\n" % (head, self.boundary, texts)


def _part(file: Attachment) -> bytes:
    media_type = MediaType.parse(file.media_type)
    parameters = "".join(f";\r\n {name}={value}" for name, value in media_type.parameters.items())
    head = (
        f"Content-Type: {media_type.essence}{parameters}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_name(file.filename)}\r\n\r\n"
    )
    return head.encode() + base64.encodebytes(file.data).replace(b"\n", b"\r\n") + b"\r\n"


def _name(filename: str) -> str:
    """Return the parameter that names a file: as it is, or in UTF-8 (RFC 2231 4); with 200 bytes it fits one line."""
    if _PLAIN_NAME.match(filename):
        return f'filename="{filename}"'
    return f"filename*=utf-8''{quote(filename, safe=_NAME_SAFE)}"
