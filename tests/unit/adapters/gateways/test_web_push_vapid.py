"""The keys and tokens of VAPID, checked by another library; and the encryption, checked by the RFC's own example."""

import base64
from datetime import UTC, datetime, timedelta

import http_ece  # type: ignore[import-untyped]  # it has no types
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.gateways.web_push_vapid import LIFETIME, REUSE, VapidKey, VapidTokens
from domain.errors import Misconfigured
from tests.servers.web_push_server import PRIVATE_OF_PUSH_KEY, octets, text_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = VapidKey.generate()
CONTACT = "mailto:ops@example.com"


def pem_of(private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_the_example_of_rfc_8291_comes_out_of_the_library() -> None:
    sender = ec.derive_private_key(
        int.from_bytes(octets("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    body = http_ece.encrypt(
        b"When I grow up, I want to be a watermelon",
        salt=octets("DGv6ra1nlYgDCS1FRnbzlw"),
        private_key=sender,
        dh=octets("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        auth_secret=octets("BTBZMqHH6r4Tts7J_aSIgg"),
        version="aes128gcm",
    )
    assert text_of(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
        "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


class TestAKey:
    def test_is_read_from_its_pem(self) -> None:
        assert VapidKey.parse(KEY.pem).public == KEY.public

    def test_is_read_from_the_octets_that_other_tools_give(self) -> None:
        assert VapidKey.parse(f"{PRIVATE_OF_PUSH_KEY}\n").public == (
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        )

    def test_is_read_from_the_older_pem_of_openssl(self) -> None:
        older = KEY.private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        assert VapidKey.parse(older).public == KEY.public

    def test_has_a_public_half_that_browsers_take(self) -> None:
        point = octets(KEY.public)
        assert (len(point), point[0]) == (65, 4)
        assert "=" not in KEY.public

    @pytest.mark.parametrize(
        "text",
        [
            pem_of(ec.generate_private_key(ec.SECP384R1())),
            pem_of(ed25519.Ed25519PrivateKey.generate()),
        ],
    )
    def test_is_one_of_the_right_curve(self, text: str) -> None:
        with pytest.raises(Misconfigured, match=r"^private_key: is not a key of the curve P-256; make one"):
            VapidKey.parse(text)

    @pytest.mark.parametrize("text", ["", "AAAA", base64.urlsafe_b64encode(bytes(32)).decode(), "ключ"])
    def test_is_no_other_text(self, text: str) -> None:
        with pytest.raises(Misconfigured, match=r"^private_key: is no VAPID key in PEM; make one with"):
            VapidKey.parse(text)


class TestATokenForAnOrigin:
    def claims(self, header: str, origin: str) -> dict[str, object]:
        token = header.removeprefix("vapid t=").partition(",")[0]
        options = {"verify_exp": False}
        found: dict[str, object] = jwt.decode(
            token,
            KEY.private.public_key(),
            algorithms=["ES256"],
            audience=origin,
            options=options,  # type: ignore[arg-type]  # a plain dict
        )
        return found

    def test_is_used_again_for_an_hour_and_never_for_another_origin(self) -> None:
        tokens = VapidTokens.of(KEY, CONTACT, NOW)
        first = tokens.header("https://a.example", NOW)
        other = tokens.header("https://b.example", NOW)

        assert tokens.header("https://a.example", NOW + REUSE - timedelta(seconds=1)) == first
        later = tokens.header("https://a.example", NOW + REUSE)

        assert self.claims(first, "https://a.example")["exp"] == int((NOW + LIFETIME).timestamp())
        assert self.claims(other, "https://b.example")["aud"] == "https://b.example"
        assert self.claims(later, "https://a.example")["exp"] == int((NOW + REUSE + LIFETIME).timestamp())

    def test_is_signed_anew_when_the_clock_was_set_back(self) -> None:
        tokens = VapidTokens.of(KEY, CONTACT, NOW)
        tokens.header("https://a.example", NOW)
        before = NOW - timedelta(days=2)

        header = tokens.header("https://a.example", before)

        assert self.claims(header, "https://a.example")["exp"] == int((before + LIFETIME).timestamp())

    def test_does_not_pile_up(self) -> None:
        tokens = VapidTokens.of(KEY, CONTACT, NOW)
        for number in range(1005):
            tokens.header(f"https://h{number}.example", NOW)
        assert len(tokens._known) <= 1000
