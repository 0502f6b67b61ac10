"""What Twilio calls us with, signed by Twilio's own SDK."""

import json
import logging
import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

import pytest
from attrs import evolve

from adapters.gateways.twilio_delivery_codes import FAILURES, failure_of
from adapters.gateways.twilio_signature import BODY_MAX_BYTES, FIELDS_MAX
from adapters.gateways.twilio_webhook import KEYWORDS, STATUSES, TwilioWebhook
from application.ports.webhook import WebhookRequest
from domain.channel import Channel
from domain.errors import Forged, Unreadable
from domain.receipt import HARD, RAW_MAX, SOFT, Receipt, ReceiptKind
from tests.servers.twilio_caller import AT, SID, TO, URL, TwilioCaller
from tests.servers.twilio_server import AUTH_TOKEN, FROM

TWILIO = TwilioCaller()


@pytest.fixture
def read() -> TwilioWebhook:
    return TwilioWebhook("sms", AUTH_TOKEN)


def only(receipts: Sequence[Receipt]) -> Receipt:
    (receipt,) = receipts
    return receipt


class TestAStatus:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            ("accepted", ReceiptKind.ACCEPTED),
            ("scheduled", ReceiptKind.ACCEPTED),
            ("queued", ReceiptKind.ACCEPTED),
            ("sending", ReceiptKind.ACCEPTED),
            ("sent", ReceiptKind.ACCEPTED),
            ("delivered", ReceiptKind.DELIVERED),
            ("read", ReceiptKind.OPENED),
            ("undelivered", ReceiptKind.BOUNCED),
            ("failed", ReceiptKind.BOUNCED),
            ("canceled", ReceiptKind.BOUNCED),
        ],
    )
    def test_becomes_its_receipt(self, status: str, kind: ReceiptKind, read: TwilioWebhook) -> None:
        request = TWILIO.status(status, RawDlrDoneDate="2611221000")

        receipt = only(read(request))

        assert (receipt.kind, receipt.gateway, receipt.channel) == (kind, "sms", Channel.SMS)
        assert receipt.event_id == f"{SID}:{status}"
        assert (receipt.provider_id, receipt.address, receipt.at) == (SID, TO, AT)
        assert receipt.echo == "1001.3.0f1e2d3c4b5a"
        assert receipt.strikes is None
        assert json.loads(receipt.raw)["RawDlrDoneDate"] == "2611221000"
        assert (receipt.reason is None) == (kind is not ReceiptKind.BOUNCED)

    @pytest.mark.parametrize("status", ["partially_delivered", "receiving", "a-status-of-tomorrow", ""])
    def test_that_is_not_known_tells_nothing(self, status: str, read: TwilioWebhook) -> None:
        assert status not in STATUSES
        assert list(read(TWILIO.status(status))) == []

    def test_that_is_reported_again_has_the_same_event_id(self, read: TwilioWebhook) -> None:
        request = TWILIO.status("delivered")

        first, again = only(read(request)), only(read(evolve(request, at=AT.replace(hour=11))))

        assert first.event_id == again.event_id

    def test_that_differs_has_another_event_id(self, read: TwilioWebhook) -> None:
        ids = [only(read(TWILIO.status(status))).event_id for status in STATUSES]

        assert len(set(ids)) == len(STATUSES)

    def test_without_an_echo_is_known_by_its_sid(self, read: TwilioWebhook) -> None:
        receipt = only(read(TWILIO.status("delivered", query="")))

        assert (receipt.echo, receipt.provider_id) == (None, SID)

    @pytest.mark.parametrize("to", ["", "Example", "whatsapp:+14155550001", "4155550001", "+1415555\x000001"])
    def test_of_an_address_that_is_no_number_has_none(self, to: str, read: TwilioWebhook) -> None:
        assert only(read(TWILIO.status("delivered", To=to))).address is None

    def test_keeps_no_more_of_what_came_than_there_is_room_for(self, read: TwilioWebhook) -> None:
        receipt = only(read(TWILIO.status("delivered", Novelty="x" * RAW_MAX)))

        assert len(receipt.raw) == RAW_MAX


class TestAFailure:
    @pytest.mark.parametrize(
        ("code", "strikes", "said"),
        [
            ("30003", SOFT, "Twilio 30003: unreachable destination handset"),
            ("30005", 2, "Twilio 30005: unknown destination handset"),
            ("30006", HARD, "Twilio 30006: landline or unreachable carrier"),
            ("30017", SOFT, "Twilio 30017: carrier network congestion"),
            ("30410", SOFT, "Twilio 30410: provider timeout"),
            ("30001", None, "Twilio 30001: queue overflow"),
            ("30002", None, "Twilio 30002: account suspended"),
            ("30004", None, "Twilio 30004: message blocked"),
            ("30007", None, "Twilio 30007: message filtered"),
            ("30008", None, "Twilio 30008: unknown error"),
            ("30022", None, "Twilio 30022: US A2P 10DLC"),
            ("30023", None, "Twilio 30023: US A2P 10DLC"),
            ("30027", None, "Twilio 30027: US A2P 10DLC"),
            ("30450", None, "Twilio 30450: message delivery blocked"),
            ("21408", None, "Twilio 21408: sending to this region is not enabled"),
            ("21614", HARD, "Twilio 21614: the 'To' number is not a valid mobile number"),
            ("39999", None, "Twilio 39999: a code that is not known here"),
            ("", None, "Twilio undelivered: no reason was given"),
            ("thirty", None, "Twilio undelivered: no reason was given"),
            ("٣٠٠٠٦", None, "Twilio undelivered: no reason was given"),
            ("9" * 5000, None, "Twilio undelivered: no reason was given"),
        ],
    )
    def test_blames_the_address_where_the_code_does(
        self, code: str, strikes: int | None, said: str, read: TwilioWebhook
    ) -> None:
        receipt = only(read(TWILIO.status("undelivered", ErrorCode=code)))

        assert receipt.kind is ReceiptKind.BOUNCED
        assert receipt.strikes == strikes
        assert receipt.reason is not None
        assert receipt.reason.startswith(said)

    def test_has_twilios_words_without_the_address(self, read: TwilioWebhook) -> None:
        words = f"The number {TO} ({TO[1:]})\r\nis off"

        receipt = only(read(TWILIO.status("failed", ErrorCode="30003", ErrorMessage=words)))

        assert receipt.reason == "Twilio 30003: unreachable destination handset (The number *** (***) is off)"

    def test_without_a_code_says_what_there_is(self, read: TwilioWebhook) -> None:
        assert only(read(TWILIO.status("failed"))).reason == "Twilio failed: no reason was given"

    def test_by_our_own_cancellation_blames_nobody(self, read: TwilioWebhook) -> None:
        receipt = only(read(TWILIO.status("canceled", ErrorCode="30006")))

        assert receipt.strikes is None
        assert receipt.reason == "canceled at Twilio before it was sent"

    def test_as_the_recipient_had_replied_stop_shows_the_stop(self, read: TwilioWebhook) -> None:
        bounced, stopped = read(TWILIO.status("failed", ErrorCode="21610"))

        assert (bounced.kind, bounced.strikes) == (ReceiptKind.BOUNCED, None)
        assert (stopped.kind, stopped.strikes) == (ReceiptKind.UNSUBSCRIBED, None)
        assert stopped.address == TO
        assert stopped.event_id == f"{SID}:STOP"

    def test_of_each_code_has_words_and_only_the_number_itself_is_dead_at_once(self) -> None:
        assert all(failure.meaning for failure in FAILURES.values())
        assert failure_of(None).strikes is failure_of(12_345).strikes is None
        hard = {code for code, failure in FAILURES.items() if failure.strikes == HARD}
        assert hard == {14101, 21211, 21217, 21265, 21401, 21604, 21614, 21635, 30006}


class TestAMessageFromAPerson:
    @pytest.mark.parametrize(
        ("type_", "kind"), [("STOP", ReceiptKind.UNSUBSCRIBED), ("START", ReceiptKind.RESUBSCRIBED)]
    )
    def test_is_what_advanced_opt_out_takes_it_for(self, type_: str, kind: ReceiptKind, read: TwilioWebhook) -> None:
        receipt = only(read(TWILIO.message("aufhören", OptOutType=type_)))

        assert (receipt.kind, receipt.address, receipt.channel) == (kind, TO, Channel.SMS)
        assert (receipt.event_id, receipt.provider_id) == (f"{SID}:{type_}", SID)
        assert (receipt.echo, receipt.strikes, receipt.at) == (None, None, AT)
        assert json.loads(receipt.raw)["Body"] == "aufhören"

    @pytest.mark.parametrize("word", KEYWORDS)
    @pytest.mark.parametrize("spelled", [str.upper, str.lower, str.title, " {} \r\n".format])
    def test_counts_by_its_word_where_there_is_no_advanced_opt_out(
        self, word: str, spelled: Callable[[str], str], read: TwilioWebhook
    ) -> None:
        receipt = only(read(TWILIO.message(spelled(word))))

        wish = KEYWORDS[word]
        assert receipt.kind is (ReceiptKind.UNSUBSCRIBED if wish == "STOP" else ReceiptKind.RESUBSCRIBED)
        assert receipt.event_id == f"{SID}:{wish}"

    @pytest.mark.parametrize(
        "body", ["", "please stop", "STOP IT", "stop.", "nonstop", "HELP", "INFO", "hello", "STOP\x00"]
    )
    def test_of_other_words_tells_nothing(self, body: str, read: TwilioWebhook) -> None:
        assert list(read(TWILIO.message(body))) == []

    def test_that_asks_for_help_tells_nothing_whatever_its_word(self, read: TwilioWebhook) -> None:
        assert list(read(TWILIO.message("STOP", OptOutType="HELP"))) == []

    @pytest.mark.parametrize("sender", ["", "12345", "Example", "whatsapp:+14155550001"])
    def test_of_somebody_without_a_number_tells_nothing(self, sender: str, read: TwilioWebhook) -> None:
        assert list(read(TWILIO.message("STOP", From=sender))) == []


class TestASignature:
    def refused(self, read: TwilioWebhook, request: WebhookRequest) -> str:
        with pytest.raises(Forged) as caught:
            read(request)
        assert AUTH_TOKEN not in str(caught.value)
        return str(caught.value)

    def test_that_is_missing_is_refused(self, read: TwilioWebhook) -> None:
        request = TWILIO.status("delivered")

        said = self.refused(read, evolve(request, headers={"content-type": request.headers["content-type"]}))

        assert "X-Twilio-Signature is missing" in said

    @pytest.mark.parametrize("given", ["", "=", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "ü" * 28, "x" * 100_000])
    def test_that_is_invented_is_refused(self, given: str, read: TwilioWebhook) -> None:
        request = TWILIO.status("delivered")

        self.refused(read, evolve(request, headers={**request.headers, "x-twilio-signature": given}))

    def test_by_another_token_is_refused_with_what_to_check(self, read: TwilioWebhook) -> None:
        request = evolve(TWILIO, token="f" * 32).status("delivered")

        assert "check auth_token and public_url" in self.refused(read, request)

    @pytest.mark.parametrize(
        ("was", "is_"),
        [
            (b"MessageStatus=undelivered", b"MessageStatus=delivered"),
            (b"To=%2B14155550001", b"To=%2B14155550002"),
            (b"ErrorCode=30008", b"ErrorCode=30006"),
            (b"&ErrorCode=30008", b""),
            (b"AccountSid=", b"Extra=1&AccountSid="),
            (b"ApiVersion=2010-04-01", b"ApiVersion=2010-04-01&ApiVersion=2011-04-01"),
        ],
    )
    def test_over_other_parameters_is_refused(self, was: bytes, is_: bytes, read: TwilioWebhook) -> None:
        request = TWILIO.status("undelivered", ErrorCode="30008")
        assert was in request.body

        self.refused(read, evolve(request, body=request.body.replace(was, is_)))

    @pytest.mark.parametrize(
        "url",
        [
            f"{URL}?echo=1001.4.0f1e2d3c4b5a",
            f"{URL}?echo=1001.3.0f1e2d3c4b5a&echo=1",
            URL,
            f"{URL}/other?echo=1001.3.0f1e2d3c4b5a",
            "http://notify.example.com/webhooks/twilio/sms?echo=1001.3.0f1e2d3c4b5a",
            "http://127.0.0.1:8080/webhooks/twilio/sms?echo=1001.3.0f1e2d3c4b5a",
            "https://notify.example.com:99999/webhooks/twilio/sms",
            "https://[notify.example.com/webhooks/twilio/sms",
            f"{URL}?echo=\ud800",
        ],
    )
    def test_over_another_address_is_refused(self, url: str, read: TwilioWebhook) -> None:
        self.refused(read, evolve(TWILIO.status("undelivered"), url=url))

    @pytest.mark.parametrize(
        ("called", "seen"),
        [
            ("https://notify.example.com:443/webhooks/twilio/sms", URL),
            (URL, "https://notify.example.com:443/webhooks/twilio/sms"),
            ("https://notify.example.com:8443/w", "https://notify.example.com:8443/w"),
            ("https://notify.example.com/w", "https://notify.example.com:8443/w"),
            ("http://notify.example.com:80/w", "http://notify.example.com/w"),
        ],
    )
    def test_counts_with_the_port_and_without(self, called: str, seen: str, read: TwilioWebhook) -> None:
        request = evolve(TWILIO, url=called).status("delivered", query="")

        assert only(read(evolve(request, url=seen))).kind is ReceiptKind.DELIVERED

    def test_counts_over_the_address_that_a_proxy_is_called_at(self, read: TwilioWebhook) -> None:
        behind = evolve(TWILIO, url="https://proxy.example.net/tocsin/webhooks/twilio/sms").status("delivered")

        assert only(read(behind)).echo == "1001.3.0f1e2d3c4b5a"

    def test_covers_parameters_that_are_new_to_us(self, read: TwilioWebhook) -> None:
        request = TWILIO.status("delivered", ChannelPrefix="sms", Novelty="ä & b=c +", Empty="")

        assert json.loads(only(read(request)).raw)["Novelty"] == "ä & b=c +"
        self.refused(read, evolve(request, body=request.body.replace(b"&Empty=", b"&Empty=1")))

    def test_covers_a_parameter_that_comes_twice(self, read: TwilioWebhook) -> None:
        pairs = [("MessageSid", SID), ("MessageStatus", "delivered"), ("Tag", "one"), ("Tag", "two")]
        request = TWILIO.form(pairs)

        assert json.loads(only(read(request)).raw)["Tag"] == ["one", "two"]
        self.refused(read, evolve(request, body=request.body.replace(b"Tag=one&", b"")))
        self.refused(read, evolve(request, body=request.body.replace(b"Tag=two", b"Tag=three")))

    def test_of_a_shared_key_counts_with_its_algorithm(self) -> None:
        caller = TwilioCaller(
            token="the-shared-key-s-secret", settings="key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
        )
        request = caller.status("delivered")

        assert only(TwilioWebhook("sms", "the-shared-key-s-secret")(request)).kind is ReceiptKind.DELIVERED
        self.refused(TwilioWebhook("sms", AUTH_TOKEN), request)

    def test_by_an_algorithm_that_is_not_known_is_refused_and_logs_nothing(
        self, read: TwilioWebhook, caplog: pytest.LogCaptureFixture
    ) -> None:
        request = TWILIO.status("delivered")
        headers = {**request.headers, "x-twilio-webhooks-signature-settings": "algorithm=NONE written by a stranger"}

        with caplog.at_level(logging.DEBUG):
            self.refused(read, evolve(request, headers=headers))

        assert caplog.text == ""

    def test_cannot_be_checked_without_an_auth_token(self) -> None:
        for token in (None, ""):
            said = self.refused(TwilioWebhook("sms", token), TWILIO.status("delivered"))
            assert re.search(r"gateway sms: .*; configure auth_token", said)


class TestABody:
    def test_of_json_is_signed_by_its_hash(self, read: TwilioWebhook) -> None:
        request = TWILIO.json({"MessageSid": SID, "MessageStatus": "delivered", "To": TO, "Count": 7})

        receipt = only(read(request))

        assert (receipt.kind, receipt.address) == (ReceiptKind.DELIVERED, TO)

    def test_of_json_that_was_altered_is_refused(self, read: TwilioWebhook) -> None:
        request = TWILIO.json({"MessageSid": SID, "MessageStatus": "undelivered"})

        with pytest.raises(Forged):
            read(evolve(request, body=request.body.replace(b"undelivered", b"delivered")))

    @pytest.mark.parametrize("query", ["", "?bodySHA256=", "?bodySHA256"])
    def test_of_json_without_its_hash_is_refused(self, query: str, read: TwilioWebhook) -> None:
        told = json.dumps({"MessageSid": SID, "MessageStatus": "delivered"})
        signed = evolve(TWILIO, url=URL + query).text(told, hashed=False)

        with pytest.raises(Forged):
            read(signed)

    def test_of_json_cannot_ride_on_the_signature_of_a_form(self, read: TwilioWebhook) -> None:
        empty = TWILIO.form({})
        told = json.dumps({"MessageSid": SID, "MessageStatus": "delivered"}).encode()

        with pytest.raises(Forged):
            read(evolve(empty, body=told, headers={**empty.headers, "content-type": "application/json"}))

    @pytest.mark.parametrize("body", ["", "{", "[]", "7", "null", "[" * 100_000])
    def test_of_json_that_is_no_object_is_unreadable(self, body: str, read: TwilioWebhook) -> None:
        with pytest.raises(Unreadable):
            read(TWILIO.text(body))

    def test_of_json_with_half_a_surrogate_pair_can_still_be_kept(self, read: TwilioWebhook) -> None:
        request = TWILIO.json(
            {"MessageSid": SID, "MessageStatus": "failed", "ErrorMessage": "\ud800", "To": "+1\ud800"}
        )

        receipt = only(read(request))

        assert (receipt.raw + str(receipt.reason)).encode()
        assert receipt.address is None

    @pytest.mark.parametrize(
        "told",
        [
            {},
            {"MessageStatus": "delivered"},
            {"MessageSid": "", "MessageStatus": "delivered"},
            {"MessageSid": "SM:1", "MessageStatus": "delivered"},
            {"MessageSid": "S" * 65, "MessageStatus": "delivered"},
            {"CallSid": "CA" + "1" * 32, "CallStatus": "completed"},
        ],
    )
    def test_that_is_signed_but_about_no_message_is_unreadable(self, told: dict[str, str], read: TwilioWebhook) -> None:
        with pytest.raises(Unreadable):
            read(TWILIO.form(told))

    def test_of_more_fields_than_any_message_has_is_refused_however_it_is_signed(self, read: TwilioWebhook) -> None:
        told = dict(parse_qsl(TWILIO.status("delivered").body.decode()))
        most = [*told.items(), *((f"Novelty{number}", "x") for number in range(FIELDS_MAX - len(told)))]

        assert only(read(TWILIO.form(most))).kind is ReceiptKind.DELIVERED
        with pytest.raises(Forged):
            read(TWILIO.form([*most, ("OneTooMany", "x")]))

    @pytest.mark.parametrize(
        "body",
        [
            b"\xff\xfe\x00",
            b"%ff%fe=1",
            b"&&&===;;;",
            b"MessageSid",
            b"{",
            b"a=1&" * (FIELDS_MAX + 1),
            b"a" * (BODY_MAX_BYTES + 1),
        ],
    )
    @pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json", ""])
    def test_of_garbage_is_refused(self, body: bytes, content_type: str, read: TwilioWebhook) -> None:
        headers = {**TWILIO.status("delivered").headers, "content-type": content_type}

        with pytest.raises(Forged):
            read(WebhookRequest(url=URL, headers=headers, body=body, at=AT))

    def test_as_long_as_the_longest_message_is_read(self, read: TwilioWebhook) -> None:
        long = TWILIO.message(
            "€" * 1600, **{f"MediaUrl{number}": f"https://api.twilio.com/{number}" for number in range(10)}
        )

        assert list(read(long)) == []
        assert FROM.removeprefix("+").encode() in long.body
