import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateways.bounce_reader import BounceReader
from adapters.gateways.bounce_report import SIZE_MAX
from domain.channel import Channel
from domain.errors import Forged, Unreadable
from domain.receipt import HARD, RAW_MAX, SOFT, Receipt, ReceiptKind
from domain.return_path import ReturnPath
from tests.unit.adapters.gateways import bounces

AT = datetime(2026, 11, 22, 10, 20, tzinfo=UTC)
SECRET = "the store's own"
PATH = ReturnPath("bounces@example.com", SECRET).of(7, 3)
FORGED = ReturnPath("bounces@example.com", "somebody else's").of(7, 3)
READER = BounceReader(gateway="mail", secret=SECRET, store_id="store")

ALL = [bounces.POSTFIX, bounces.EXIM, bounces.EXCHANGE, bounces.GMAIL, bounces.COMPLAINT]


def written(template: str, path: str = PATH, **fields: str) -> bytes:
    usual = {
        "action": "failed",
        "status": "5.1.1",
        "diagnostic": "550 5.1.1 <ada@example.net>: User unknown",
        "kind": "abuse",
    }
    return template.format(path=path, **(usual | fields)).encode()


def read(template: str, path: str = PATH, **fields: str) -> Receipt:
    (receipt,) = READER(written(template, path, **fields), AT)
    return receipt


class TestWhatServersSay:
    @pytest.mark.parametrize(
        ("template", "strikes", "said"),
        [
            (bounces.POSTFIX, HARD, "5.1.1"),
            (bounces.EXIM, HARD, "5.1.1"),
            (bounces.EXCHANGE, HARD, "5.1.10"),
            (bounces.GMAIL, None, "5.7.26"),
        ],
    )
    def test_a_bounce_finds_its_hand_over(self, template: str, strikes: int | None, said: str) -> None:
        receipt = read(template)

        assert receipt.kind is ReceiptKind.BOUNCED
        assert (receipt.gateway, receipt.channel, receipt.at) == ("mail", Channel.EMAIL, AT)
        assert receipt.echo == "7.3.store"
        assert receipt.strikes == strikes
        assert said in (receipt.reason or "")

    @pytest.mark.parametrize(
        ("status", "strikes"),
        [
            *[(code, HARD) for code in ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")],
            *[(code, SOFT) for code in ("5.2.2", "4.2.2", "4.4.1", "4.4.7", "5.0.0", "5.3.0", "5.4.4", "5.1.4")],
            *[(code, None) for code in ("5.7.1", "5.7.26", "4.7.1", "5.3.4", "5.2.3", "5.6.0", "5.6.7", "5.1.8")],
        ],
    )
    def test_the_status_decides_whether_the_address_is_to_blame(self, status: str, strikes: int | None) -> None:
        assert read(bounces.POSTFIX, status=status, diagnostic="said otherwise").strikes == strikes

    @pytest.mark.parametrize(
        ("status", "diagnostic", "strikes"),
        [
            ("5.0.0", "smtp; 550 5.1.1 No such user", HARD),
            ("5.0.0", "smtp; 550 No such user", SOFT),
            ("5.1.1", "smtp; 550 5.7.1 said of something else", HARD),
            ("5.0.0", "smtp; 451 4.7.1 of another class", SOFT),
            ("", "smtp; 550 5.7.1 Blocked", None),
            ("", "smtp; 550-5.1.1 Unknown", HARD),
            ("", "smtp; 550 Unknown", SOFT),
            ("", "", SOFT),
            ("5.1.1.9", "smtp; 250", SOFT),
            ("nonsense", "smtp; connected to 192.0.2.5.1.1", SOFT),
        ],
    )
    def test_an_enhanced_code_is_preferred_to_a_reply(self, status: str, diagnostic: str, strikes: int | None) -> None:
        assert read(bounces.POSTFIX, status=status, diagnostic=diagnostic).strikes == strikes

    @pytest.mark.parametrize(
        ("action", "kind"),
        [
            ("failed", ReceiptKind.BOUNCED),
            ("Failed (permanently)", ReceiptKind.BOUNCED),
            ("delayed", ReceiptKind.DEFERRED),
            ("delivered", ReceiptKind.DELIVERED),
            ("relayed", ReceiptKind.ACCEPTED),
            ("expanded", ReceiptKind.ACCEPTED),
        ],
    )
    def test_the_action_says_what_became_of_it(self, action: str, kind: ReceiptKind) -> None:
        assert read(bounces.POSTFIX, action=action).kind is kind

    def test_only_a_bounce_has_strikes(self) -> None:
        assert read(bounces.POSTFIX, action="delayed").strikes is None

    def test_a_complaint(self) -> None:
        receipt = read(bounces.COMPLAINT)

        assert receipt.kind is ReceiptKind.COMPLAINED
        assert receipt.echo == "7.3.store"

    @pytest.mark.parametrize("kind", ["not-spam", "virus", "other", ""])
    def test_feedback_of_another_kind_tells_nothing(self, kind: str) -> None:
        assert READER(written(bounces.COMPLAINT, kind=kind), AT) == []

    def test_several_recipients_of_an_alias_are_told_apart(self) -> None:
        second = "Final-Recipient: rfc822; bob@example.net\nAction: delivered\nStatus: 2.0.0\n\n"
        message = written(bounces.POSTFIX, diagnostic="550 5.1.1 Unknown").decode()
        both = message.replace("550 5.1.1 Unknown\n\n", f"550 5.1.1 Unknown\n\n{second}")

        receipts = READER(both.encode(), AT)

        assert [one.kind for one in receipts] == [ReceiptKind.BOUNCED, ReceiptKind.DELIVERED]
        assert len({one.event_id for one in receipts}) == 2


class TestWhatIsKept:
    @pytest.mark.parametrize("template", ALL)
    def test_no_address_is_taken_from_a_report(self, template: str) -> None:
        receipt = read(template)

        assert receipt.address is None
        assert "ada" not in (receipt.reason or "")

    def test_the_same_report_has_the_same_event(self) -> None:
        again = written(bounces.POSTFIX).replace(b"4F2A1", b"9C001")  # the report went another way

        assert READER(again, AT)[0].event_id == read(bounces.POSTFIX).event_id

    def test_another_hand_over_has_another_event(self) -> None:
        other = ReturnPath("bounces@example.com", SECRET).of(7, 4)

        assert read(bounces.POSTFIX, other).event_id != read(bounces.POSTFIX).event_id

    def test_raw_is_cut_and_can_be_stored(self) -> None:
        (receipt,) = READER(written(bounces.POSTFIX) + b"\0\xff" * 50_000, AT)

        assert len(receipt.raw) == RAW_MAX
        assert "\0" not in receipt.raw
        receipt.raw.encode()

    def test_a_reason_is_one_short_line(self) -> None:
        receipt = read(bounces.POSTFIX, diagnostic="550 5.1.1 " + "x" * 5000)

        assert len(receipt.reason or "") <= 500


class TestWhereTheReturnPathIsFound:
    @pytest.mark.parametrize(
        "header",
        ["Delivered-To", "X-Original-To", "Envelope-To", "To", "X-Envelope-To", "Original-Recipient"],
    )
    def test_in_the_header_that_a_server_leaves(self, header: str) -> None:
        message = written(bounces.EXCHANGE, "nobody@example.com").decode()

        (receipt,) = READER(f"{header}: rfc822;{PATH}\n{message}".encode(), AT)

        assert receipt.echo == "7.3.store"

    def test_in_the_mail_that_was_returned(self) -> None:
        message = written(bounces.GMAIL).decode()
        head, body = message.split("\n\n", 1)

        (receipt,) = READER(f"{head.replace(PATH, 'all-bounces@example.com')}\n\n{body}".encode(), AT)

        assert receipt.echo == "7.3.store"

    def test_where_its_case_was_changed(self) -> None:
        assert read(bounces.POSTFIX, PATH.upper()).echo == "7.3.store"

    def test_a_genuine_one_counts_beside_others(self) -> None:
        message = b"X-Original-To: " + FORGED.encode() + b"\n" + written(bounces.POSTFIX)

        assert READER(message, AT)[0].echo == "7.3.store"


class TestWhatIsRefused:
    @pytest.mark.parametrize("template", [*ALL, bounces.QMAIL, bounces.OUT_OF_OFFICE])
    def test_a_return_path_with_a_wrong_seal_is_forged(self, template: str) -> None:
        with pytest.raises(Forged):
            READER(written(template, FORGED), AT)

    def test_the_seal_of_another_hand_over_is_forged(self) -> None:
        with pytest.raises(Forged):
            READER(written(bounces.POSTFIX, PATH.replace("+7.", "+8.")), AT)

    @pytest.mark.parametrize(
        ("template", "said"),
        [
            (bounces.QMAIL, "no report"),
            (bounces.OUT_OF_OFFICE, "automatic reply"),
            (bounces.READ_RECEIPT, "receipt of reading"),
        ],
    )
    def test_what_is_no_report_is_named(self, template: str, said: str) -> None:
        with pytest.raises(Unreadable, match=said):
            READER(written(template), AT)

    @pytest.mark.parametrize("template", ALL)
    def test_a_report_about_other_mail(self, template: str) -> None:
        with pytest.raises(Unreadable, match="return path"):
            READER(written(template, "bounces@example.com"), AT)

    @pytest.mark.parametrize("action", ["", "exploded"])
    def test_a_report_without_an_action(self, action: str) -> None:
        with pytest.raises(Unreadable, match="no recipient"):
            READER(written(bounces.POSTFIX, action=action), AT)

    def test_a_mail_that_is_too_large(self) -> None:
        with pytest.raises(Unreadable, match=str(SIZE_MAX)):
            READER(b"x" * (SIZE_MAX + 1), AT)

    @pytest.mark.parametrize(
        "message",
        [
            b"",
            b"\n" * 1_000_000,
            b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 5000,
            b"Content-Type: message/rfc822\n\n" * 5000,
            b"Content-Type: multipart/digest; boundary=a\n\n--a\n\n" * 39 + b"\n" * 500_000,
            b"Content-Type: multipart/report; boundary\n\nx",
            b"Content-Type: multipart/report; boundary=\xff; report-type*=x'y'%ff\n\n--\xff\n\n--\xff--",
            b"To: " + b"+1.1." * 100_000,
            b"Received: " + b"+1.1.0123456789abcde" * 20_000,
            b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 100_000,
        ],
    )
    def test_hostile_mail_is_unreadable_and_takes_no_time(self, message: bytes) -> None:
        before = time.monotonic()

        with pytest.raises(Unreadable):
            READER(message, AT)

        assert time.monotonic() - before < 5

    @given(
        st.lists(
            st.one_of(
                st.binary(max_size=40),
                st.sampled_from(
                    [
                        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
                        *[b"\n", b"--b\n", b"--b--\n", b"Content-Type: message/delivery-status\n"],
                        *[b"Content-Type: message/feedback-report\n", b"Content-Type: message/rfc822\n"],
                        *[
                            b"Action: failed\n",
                            b"Status: 5.1.1\n",
                            b"Feedback-Type: abuse\n",
                            b"Subject: =?x?q?=ff?=\n",
                        ],
                        f"Delivered-To: {PATH}\n".encode(),
                    ]
                ),
            ),
            max_size=20,
        ).map(b"".join)
    )
    def test_nothing_else_is_ever_raised(self, message: bytes) -> None:
        try:
            receipts = READER(message, AT)
        except (Unreadable, Forged):
            return
        assert all(one.echo == "7.3.store" for one in receipts)
