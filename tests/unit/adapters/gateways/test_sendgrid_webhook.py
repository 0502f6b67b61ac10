import base64
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateways.sendgrid_webhook import SIGNATURE, TIMESTAMP, SendGridWebhook
from application.ports.webhook import WebhookRequest
from domain.channel import Channel
from domain.errors import Forged, Misconfigured, Unreadable
from domain.receipt import HARD, RAW_MAX, SOFT, Receipt, ReceiptKind
from domain.reference import Reference

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SENT = NOW - timedelta(minutes=3)
ECHO = str(Reference(7, 2, "store0"))
EVENT = {
    "email": "Jo@Example.com",
    "timestamp": int(SENT.timestamp()),
    "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
    "event": "delivered",
    "sg_event_id": "ZGVsaXZlcmVkLTA",
    "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    "response": "250 OK",
    "tocsin": ECHO,
}


def public(key: PublicKeyTypes) -> str:
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


WEBHOOK = SendGridWebhook("mail", public(KEY.public_key()))


def signed(body: bytes, key: EllipticCurvePrivateKey = KEY, timestamp: str = "1795348800") -> WebhookRequest:
    """Return *body* as SendGrid would bring it."""
    signature = base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    headers = {SIGNATURE: signature, TIMESTAMP: timestamp, "content-type": "application/json"}
    return WebhookRequest(url="https://notify.example.com/webhooks/sendgrid/mail", headers=headers, body=body, at=NOW)


def told(*events: object) -> Sequence[Receipt]:
    return WEBHOOK(signed(json.dumps(events).encode()))


def told_of(**changes: object) -> Receipt:
    (receipt,) = told({**EVENT, **changes})
    return receipt


class TestTheSignature:
    def test_of_the_provider_is_believed(self) -> None:
        assert len(told(EVENT)) == 1

    def test_is_over_the_octets_as_they_came(self) -> None:
        body = b'[ {"event" : "delivered",  "tocsin":"7.2.store0", "sg_event_id":"a"}\r\n]'
        assert len(WEBHOOK(signed(body))) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {SIGNATURE: ""},
            {SIGNATURE: "not base64"},
            {SIGNATURE: "é"},
            {SIGNATURE: base64.b64encode(b"not DER").decode()},
            {TIMESTAMP: ""},
            {TIMESTAMP: "1795348801"},
            {TIMESTAMP: "é"},
        ],
    )
    def test_that_is_wrong_is_a_forgery(self, changes: Mapping[str, str]) -> None:
        request = signed(json.dumps([EVENT]).encode())
        forged = WebhookRequest(
            url=request.url, headers={**request.headers, **changes}, body=request.body, at=request.at
        )
        with pytest.raises(Forged, match=r"^gateway mail: the signature does not fit; compare webhook_public_key$"):
            WEBHOOK(forged)

    def test_that_is_missing_is_a_forgery(self) -> None:
        with pytest.raises(Forged):
            WEBHOOK(WebhookRequest(url="https://x.example/", headers={}, body=b"[]", at=NOW))

    def test_of_another_key_is_a_forgery(self) -> None:
        with pytest.raises(Forged):
            WEBHOOK(signed(b"[]", key=ec.generate_private_key(ec.SECP256R1())))

    @given(st.data())
    def test_does_not_fit_a_body_that_was_altered(self, data: st.DataObject) -> None:
        body = json.dumps([EVENT]).encode()
        place = data.draw(st.integers(0, len(body) - 1))
        other = data.draw(st.integers(1, 255))
        altered = body[:place] + bytes([body[place] ^ other]) + body[place + 1 :]
        with pytest.raises(Forged):
            WEBHOOK(WebhookRequest(url="https://x.example/", headers=signed(body).headers, body=altered, at=NOW))

    def test_cannot_be_looked_at_without_a_key(self) -> None:
        with pytest.raises(Forged, match=r"^gateway mail: set webhook_public_key; "):
            SendGridWebhook("mail", None)(signed(b"[]"))


class TestThePublicKey:
    def test_may_be_broken_into_lines(self) -> None:
        text = public(KEY.public_key())
        assert SendGridWebhook("mail", f"{text[:64]}\n{text[64:]}\n")(signed(b"[]")) == []

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "é",
            "not base64",
            base64.b64encode(b"not DER").decode(),
            public(KEY.public_key())[:-8],
            public(ec.generate_private_key(ec.SECP384R1()).public_key()),
            public(rsa.generate_private_key(65537, 2048).public_key()),
        ],
    )
    def test_that_is_none_stops_the_start(self, text: str) -> None:
        with pytest.raises(Misconfigured, match=r"^webhook_public_key: is not a key of SendGrid's event webhook; copy"):
            SendGridWebhook("mail", text)


class TestAnEvent:
    def test_is_a_receipt_of_our_hand_over(self) -> None:
        assert told_of() == Receipt(
            gateway="mail",
            event_id="ZGVsaXZlcmVkLTA",
            kind=ReceiptKind.DELIVERED,
            channel=Channel.EMAIL,
            at=SENT,
            echo=ECHO,
            address="jo@example.com",
            provider_id="14c5d75ce93.dfd.64b469",
            raw=json.dumps(EVENT, separators=(",", ":"), sort_keys=True),
        )

    @pytest.mark.parametrize(
        ("event", "kind"),
        [
            ("processed", ReceiptKind.ACCEPTED),
            ("deferred", ReceiptKind.DEFERRED),
            ("delivered", ReceiptKind.DELIVERED),
            ("bounce", ReceiptKind.BOUNCED),
            ("dropped", ReceiptKind.BOUNCED),
            ("open", ReceiptKind.OPENED),
            ("click", ReceiptKind.CLICKED),
            ("spamreport", ReceiptKind.COMPLAINED),
            ("unsubscribe", ReceiptKind.UNSUBSCRIBED),
            ("group_unsubscribe", ReceiptKind.UNSUBSCRIBED),
            ("group_resubscribe", ReceiptKind.RESUBSCRIBED),
        ],
    )
    def test_has_its_kind(self, event: str, kind: ReceiptKind) -> None:
        assert told_of(event=event).kind is kind

    @pytest.mark.parametrize(
        ("changes", "strikes"),
        [
            ({"event": "bounce", "type": "bounce", "status": "5.1.1"}, HARD),
            ({"event": "bounce", "type": "bounce", "status": "5.7.1"}, None),
            ({"event": "bounce", "type": "bounce", "status": "5.7.606"}, None),
            ({"event": "bounce", "type": "bounce", "status": "5.1.1", "bounce_classification": "Reputation"}, None),
            ({"event": "bounce", "type": "bounce", "bounce_classification": "Content"}, None),
            ({"event": "bounce", "type": "bounce", "bounce_classification": "Invalid Address"}, HARD),
            ({"event": "bounce", "type": "blocked", "status": "5.2.2"}, SOFT),
            ({"event": "bounce", "type": "blocked"}, SOFT),
            ({"event": "bounce", "type": "blocked", "status": "5.7.1"}, None),
            ({"event": "bounce", "type": "blocked", "bounce_classification": "Reputation"}, None),
            ({"event": "bounce"}, SOFT),
            ({"event": "dropped", "reason": "Bounced Address"}, HARD),
            ({"event": "dropped", "reason": "Invalid"}, HARD),
            ({"event": "dropped", "reason": "Invalid SMTPAPI header"}, None),
            ({"event": "dropped", "reason": "Spam Content"}, None),
            ({"event": "dropped", "reason": "Recipient List over Package Quota"}, None),
            ({"event": "dropped"}, None),
            ({"event": "deferred", "type": "bounce"}, None),
        ],
    )
    def test_counts_against_the_address_where_that_is_to_blame(
        self, changes: Mapping[str, str], strikes: int | None
    ) -> None:
        assert told_of(**changes).strikes == strikes

    @pytest.mark.parametrize(
        ("reason", "wish"),
        [
            ("Unsubscribed Address", ReceiptKind.UNSUBSCRIBED),
            ("Spam Reporting Address", ReceiptKind.COMPLAINED),
        ],
    )
    def test_that_was_dropped_for_a_wish_says_that_it_bounced_and_of_the_address_the_wish(
        self, reason: str, wish: ReceiptKind
    ) -> None:
        bounced, wished = told({**EVENT, "event": "dropped", "reason": reason})

        assert (bounced.kind, bounced.strikes, bounced.echo, bounced.event_id) == (
            ReceiptKind.BOUNCED,
            None,
            ECHO,
            "ZGVsaXZlcmVkLTA",
        )
        # About the address alone: a complaint over this message would say that it had arrived.
        assert (wished.kind, wished.strikes, wished.address) == (wish, None, "jo@example.com")
        assert (bounced.of_address, wished.of_address) == (False, True)
        assert wished.event_id == f"ZGVsaXZlcmVkLTA:{wish}"

    def test_that_a_machine_made_is_marked(self) -> None:
        assert told_of(event="open", sg_machine_open=True).by_machine
        assert not told_of(event="open", sg_machine_open=False).by_machine
        assert not told_of(event="open", sg_machine_open="yes").by_machine
        assert not told_of(event="open").by_machine

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"event": "bounce", "reason": "550 5.1.1 <jo@example.com> unknown", "status": "5.1.1"}, "550 5.1.1 <***>"),
            ({"event": "bounce", "reason": "unknown user", "status": "5.1.1"}, "5.1.1 unknown user"),
            ({"event": "deferred", "response": "452 try again later"}, "452 try again later"),
            ({"event": "dropped", "reason": "Bounced Address"}, "Bounced Address"),
        ],
    )
    def test_has_the_servers_words_without_the_address(self, changes: Mapping[str, str], reason: str) -> None:
        found = told_of(**changes).reason
        assert found is not None
        assert found.startswith(reason)
        assert "jo@" not in found

    @pytest.mark.parametrize(
        "timestamp",
        [None, "1795348800", True, 0, -1, 10**30, 1e300, float("nan"), int((NOW + timedelta(days=2)).timestamp())],
    )
    def test_without_a_credible_time_happened_when_it_came(self, timestamp: object) -> None:
        assert told_of(timestamp=timestamp).at == NOW

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("GYRA5Zx1SpG-_w.recvd-69574f8cb4-2nmbb-1-6356A5D5-8.0", "GYRA5Zx1SpG-_w"),
            ("4OtA7w9QS2aPJx0m.filterdrecv-5645d9c87f-abc", "4OtA7w9QS2aPJx0m"),
            ("4OtA7w9QS2aPJx0m", "4OtA7w9QS2aPJx0m"),
            ("4OtA7w9QS2aPJx0m.1.2", "4OtA7w9QS2aPJx0m"),
            ("", None),
            (7, None),
        ],
    )
    def test_names_the_message_as_the_answer_to_the_send_did(self, given: object, expected: str | None) -> None:
        assert told_of(sg_message_id=given).provider_id == expected

    @pytest.mark.parametrize("given", [None, "", "two words", "x" * 500, 7, "\ud800"])
    def test_without_an_id_is_told_from_others_by_what_it_says(self, given: object) -> None:
        event = {**EVENT, "sg_event_id": given}
        first, again, other = told(event, dict(reversed(event.items())), {**event, "event": "open"})

        assert first.event_id == again.event_id
        assert first.event_id.startswith("sha256:")
        assert other.event_id != first.event_id

    @pytest.mark.parametrize("email", [None, 7, "", "nobody", "a@b.example, c@d.example", "a@\ud800.example"])
    def test_without_an_address_has_none(self, email: object) -> None:
        assert told_of(email=email).address is None

    def test_that_is_long_is_kept_in_part(self) -> None:
        assert len(told_of(response="x" * 2 * RAW_MAX).raw) == RAW_MAX

    def test_can_be_stored_whatever_it_has(self) -> None:
        receipt = told_of(event="bounce", reason="half of a pair: \ud83d, a nul: \0", useragent="\ud800")
        for text in (receipt.raw, receipt.reason, receipt.event_id):
            assert "\0" not in (text or "")
            assert (text or "").encode()


class TestSeveralEvents:
    @pytest.mark.parametrize(
        "odd",
        [
            7,
            None,
            [],
            {},
            {"event": "delivered", "email": "someone@example.com"},
            {**EVENT, "tocsin": "of another program"},
            {**EVENT, "tocsin": 7},
            {**EVENT, "event": "something_new"},
            {**EVENT, "event": ["delivered"]},
        ],
    )
    def test_lose_one_that_means_nothing_here_alone(self, odd: object) -> None:
        receipts = told({**EVENT, "sg_event_id": "a"}, odd, {**EVENT, "sg_event_id": "b"})
        assert [receipt.event_id for receipt in receipts] == ["a", "b"]

    def test_lose_one_that_is_nested_too_deeply_alone_or_cannot_be_read(self) -> None:
        found = set()
        for depth in range(1, sys.getrecursionlimit() + 10):
            deep = f'{json.dumps(EVENT)[:-1]}, "more": {"[" * depth}{"]" * depth}}}'
            try:
                found.add(len(WEBHOOK(signed(f"[{json.dumps(EVENT)}, {deep}]".encode()))))
            except Unreadable:
                found.add(0)
        assert {0, 2} <= found <= {0, 1, 2}

    def test_keep_their_order(self) -> None:
        events = [{**EVENT, "event": kind, "sg_event_id": kind} for kind in ("processed", "delivered", "open")]
        for shuffled in permutations(events):
            assert [receipt.event_id for receipt in told(*shuffled)] == [event["event"] for event in shuffled]

    def test_that_come_again_have_the_ids_of_before_also_when_signed_anew(self) -> None:
        body = json.dumps([EVENT, {**EVENT, "event": "open", "sg_event_id": None}]).encode()
        first, again = (WEBHOOK(signed(body, timestamp=timestamp)) for timestamp in ("1795348800", "1795352400"))
        assert first == again

    def test_may_be_none(self) -> None:
        assert told() == []

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b'"x"',
            b"null",
            b"7",
            b"[7]",
            b"[[]]",
            b"[{]",
            b"\xff\xfe",
            b"[" * 100_000,
            b"[" + b"9" * 5000 + b"]",
        ],
    )
    def test_that_are_no_array_of_objects_cannot_be_read(self, body: bytes) -> None:
        with pytest.raises(Unreadable):
            WEBHOOK(signed(body))

    def test_that_are_too_many_cannot_be_read(self) -> None:
        with pytest.raises(Unreadable, match=r"^the events are 16000002 bytes; at most 16000000 are read$"):
            WEBHOOK(signed(b"[" + b" " * 16_000_000 + b"]"))

    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from([*EVENT, "reason", "status", "type", "sg_machine_open"]),
                st.recursive(
                    st.none()
                    | st.booleans()
                    | st.integers()
                    | st.floats()
                    | st.text()
                    | st.sampled_from([ECHO, "bounce", "dropped", "open", "Bounced Address"]),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                    max_leaves=5,
                ),
            ),
            min_size=1,
        )
    )
    def test_of_any_shape_are_read_without_an_error(self, events: list[dict[str, Any]]) -> None:
        for receipt in told(*({**EVENT, **event} for event in events)):
            assert receipt.event_id
            assert len(receipt.raw) <= RAW_MAX
            assert receipt.echo is None or Reference.parse(receipt.echo)
            assert abs(receipt.at - NOW) <= timedelta(days=30)
            assert (receipt.reason or "").encode() is not None
