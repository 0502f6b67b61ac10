"""The texts of a mail as MIME parts (RFC 2045): 7-bit, lines ended by CRLF, none too long."""

import base64
import binascii
import hashlib

from adapters.gateways.mime_headers import LINE_MAX

_QUOTED_PRINTABLE_UP_TO = 6  # with more than one byte in six outside ASCII, base64 is shorter and no less readable
_FOREIGN = bytes(range(0x7F, 0x100))  # beyond the last printable ASCII character


def part(subtype: str, text: str) -> bytes:
    """Return one text with its headers, its lines ended by CRLF and the last one too."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    octets = text.encode()
    if not octets.endswith(b"\n"):
        octets += b"\n"
    encoding, encoded = _transfer_encoded(octets)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + encoded.replace(b"\n", b"\r\n")


def alternatives(*parts: bytes) -> bytes:
    """Return *parts* that say the same as one body, the best one last (RFC 2046 5.1.4)."""
    # Made of the parts themselves, so that no part can contain it.
    boundary = b"=_" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:32].encode()
    head = b'Content-Type: multipart/alternative; boundary="%b"\r\n\r\n' % boundary
    # The line break before a boundary belongs to the boundary (RFC 2046 5.1.1).
    return head + b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def _transfer_encoded(octets: bytes) -> tuple[str, bytes]:
    """Return the cheapest encoding that every server carries, and *octets* in it; lines end in LF."""
    if octets.isascii() and b"\0" not in octets and not _has_long_lines(octets):
        return "7bit", octets
    foreign = len(octets) - len(octets.translate(None, _FOREIGN))
    if foreign * _QUOTED_PRINTABLE_UP_TO <= len(octets):
        return "quoted-printable", binascii.b2a_qp(octets, istext=True)
    return "base64", base64.encodebytes(octets.replace(b"\n", b"\r\n"))


def _has_long_lines(octets: bytes) -> bool:
    return len(octets) > LINE_MAX and max(map(len, octets.split(b"\n"))) > LINE_MAX
