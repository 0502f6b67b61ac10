from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from adapters.gateways.mime import Mailbox
from adapters.gateways.smtp import SmtpSender
from adapters.gateways.smtp_settings import SmtpSettings, Tls
from adapters.system_clock import SystemClock
from application.ports.clock import Deadline
from domain.channel import Channel
from domain.outcome import Accepted, Cause, GatewayDown, Outcome, Rejected
from entrypoints.testing.sender_contract import outbound, outbounds
from tests.servers.smtp_account import account
from tests.servers.smtp_certificates import CertificateAuthority
from tests.servers.smtp_course import Act
from tests.servers.smtp_scripted import ScriptedSmtpServer
from tests.servers.smtp_server import PASSWORD, USERNAME, SmtpServer

WITH_STARTTLS = "250-loopback.example.com\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(authority: CertificateAuthority) -> Iterator[SmtpServer]:
    with SmtpServer(authority.server_context()) as server:
        yield server


def secure(port: int, authority: CertificateAuthority, **changes: Any) -> SmtpSettings:
    usual: dict[str, Any] = {
        "tls": Tls.STARTTLS,
        "ca_file": authority.ca_file,
        "username": USERNAME,
        "password": PASSWORD,
        "timeout_s": 5.0,
    }
    return account(port, **(usual | changes))


def patience() -> Deadline:
    return Deadline.after(30, SystemClock())


def send(settings: SmtpSettings, address: str | None = None) -> Outcome:
    """Send one message as *settings* say, and close; a check says the same of what it can see."""
    sender = SmtpSender(settings, SystemClock())
    try:
        message = outbound(Channel.EMAIL, 1)
        (outcome,) = sender.send([message if address is None else evolve(message, address=address)], patience())
        checked = sender.check(patience())
    finally:
        sender.close()
    if isinstance(outcome, GatewayDown):
        assert checked == outcome
    else:
        assert checked == Accepted()
    return outcome


class TestEncryption:
    def test_mail_goes_encrypted_and_logged_in_after_starttls(
        self, server: SmtpServer, authority: CertificateAuthority
    ) -> None:
        assert send(secure(server.port, authority)) == Accepted("00000001")

        (mail,) = server.received
        assert (mail.sender, mail.recipients) == ("news@example.com", ("person1@example.com",))
        assert mail.encrypted
        assert mail.logged_in
        assert b"Parcel 1 is on its way." in mail.octets

    def test_mail_goes_encrypted_from_the_first_byte(self, authority: CertificateAuthority) -> None:
        with SmtpServer(authority.server_context(), implicit=True) as server:
            assert send(secure(server.port, authority, tls="tls")) == Accepted("00000001")

            assert server.received[0].encrypted
            assert server.received[0].logged_in

    def test_a_certificate_of_an_unknown_authority_is_refused(
        self, server: SmtpServer, authority: CertificateAuthority
    ) -> None:
        outcome = send(secure(server.port, authority, ca_file=None))

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "name the CA in ca_file" in outcome.reason
        assert server.received == []
        assert server.usernames == []

    @pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
    def test_a_certificate_for_another_host_is_refused(self, tls: Tls, authority: CertificateAuthority) -> None:
        elsewhere = authority.server_context("elsewhere.example.com")
        with ScriptedSmtpServer(elsewhere, implicit=tls is Tls.TLS) as server:
            server.always(EHLO=WITH_STARTTLS)

            outcome = send(secure(server.port, authority, tls=tls))

            assert isinstance(outcome, GatewayDown)
            assert outcome.cause is Cause.CONFIGURATION
            assert "certificate is not trusted" in outcome.reason
            assert not any("AUTH" in line for _, line in server.commands)

    def test_without_starttls_nothing_goes_on_in_clear(self, authority: CertificateAuthority) -> None:
        with ScriptedSmtpServer() as server:
            server.always(EHLO="250-loopback.example.com\r\n250 AUTH PLAIN")

            outcome = send(secure(server.port, authority))

            assert isinstance(outcome, GatewayDown)
            assert outcome.cause is Cause.CONFIGURATION
            assert "offers no STARTTLS" in outcome.reason
            assert {line.split()[0].upper() for _, line in server.commands} == {"EHLO", "QUIT"}

    @pytest.mark.parametrize(
        ("reply", "cause"),
        [
            ("454 4.7.0 TLS not available", Cause.TRANSIENT),
            ("502 5.5.1 Not here", Cause.CONFIGURATION),
            (Act.CLOSE, Cause.TRANSIENT),
            (Act.HANG, Cause.TRANSIENT),
        ],
    )
    def test_a_failed_starttls_means_that_the_gateway_is_down(
        self, reply: str | Act, cause: Cause, authority: CertificateAuthority
    ) -> None:
        with ScriptedSmtpServer(authority.server_context()) as server:
            server.always(EHLO=WITH_STARTTLS, STARTTLS=reply)

            outcome = send(secure(server.port, authority, timeout_s=0.5))

            assert isinstance(outcome, GatewayDown)
            assert outcome.cause is cause
            assert not any("AUTH" in line for _, line in server.commands)

    def test_what_was_said_before_tls_is_never_taken_for_an_answer_within_it(
        self, authority: CertificateAuthority
    ) -> None:
        with ScriptedSmtpServer(authority.server_context()) as server:
            forged = "220 Go ahead\r\n250-forged\r\n250 AUTH PLAIN"
            server.always(EHLO=WITH_STARTTLS, STARTTLS=forged)

            outcome = send(secure(server.port, authority))

            assert isinstance(outcome, GatewayDown)
            assert "before TLS began" in outcome.reason
            assert not any("AUTH" in line for _, line in server.commands)

    def test_tls_spoken_to_a_server_in_clear_names_the_setting(self, authority: CertificateAuthority) -> None:
        with ScriptedSmtpServer() as server:
            outcome = send(secure(server.port, authority, tls=Tls.TLS))

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "check port and the setting tls" in outcome.reason

    def test_clear_text_spoken_to_a_server_of_tls_names_the_setting(self, authority: CertificateAuthority) -> None:
        with ScriptedSmtpServer(authority.server_context(), implicit=True) as server:
            outcome = send(secure(server.port, authority, timeout_s=0.5))

        assert isinstance(outcome, GatewayDown)
        assert "set tls to tls" in outcome.reason

    def test_a_ca_file_that_cannot_be_read_is_named(self, server: SmtpServer, authority: CertificateAuthority) -> None:
        outcome = send(secure(server.port, authority, ca_file=Path("missing.pem")))

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "ca_file cannot be read" in outcome.reason

    @pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
    def test_an_encrypted_connection_is_kept_for_the_next_call(self, tls: Tls, authority: CertificateAuthority) -> None:
        with ScriptedSmtpServer(authority.server_context(), implicit=tls is Tls.TLS) as server:
            server.always(EHLO=WITH_STARTTLS)
            sender = SmtpSender(secure(server.port, authority, tls=tls), SystemClock())
            for number in range(3):
                (outcome,) = sender.send(outbounds(Channel.EMAIL, 1, first=number), patience())
                assert isinstance(outcome, Accepted)
            sender.close()

            assert server.connections() == 1

    def test_an_encrypted_connection_that_was_cut_is_replaced(self, authority: CertificateAuthority) -> None:
        with ScriptedSmtpServer(authority.server_context()) as server:
            server.always(EHLO=WITH_STARTTLS)
            sender = SmtpSender(secure(server.port, authority), SystemClock())
            sender.send(outbounds(Channel.EMAIL, 1), patience())
            server.cut()

            (outcome,) = sender.send(outbounds(Channel.EMAIL, 1, first=2), patience())
            sender.close()

            assert isinstance(outcome, Accepted)
            assert server.connections() == 2


class TestLogin:
    @pytest.mark.parametrize("missing", ["PLAIN", "LOGIN"])
    def test_either_mechanism_logs_in(self, missing: str, authority: CertificateAuthority) -> None:
        with SmtpServer(authority.server_context(), without_mechanism=missing) as server:
            assert send(secure(server.port, authority)) == Accepted("00000001")
            assert server.received[0].logged_in

    def test_a_wrong_password_is_a_matter_of_configuration(
        self, server: SmtpServer, authority: CertificateAuthority
    ) -> None:
        outcome = send(secure(server.port, authority, password="wrong"))

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "username and password" in outcome.reason
        assert "535 5.7.8" in outcome.reason
        assert server.usernames == [USERNAME] * 2, "each failed login is tried once"

    def test_a_missing_login_is_a_matter_of_configuration(
        self, server: SmtpServer, authority: CertificateAuthority
    ) -> None:
        sender = SmtpSender(secure(server.port, authority, username=None, password=None), SystemClock())

        (outcome,) = sender.send(outbounds(Channel.EMAIL, 1), patience())
        sender.close()

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "530 5.7.0" in outcome.reason

    def test_a_login_in_clear_needs_tls_none(self) -> None:
        with SmtpServer() as server:
            settings = account(server.port, username=USERNAME, password=PASSWORD, timeout_s=5.0)

            assert send(settings) == Accepted("00000001")
            assert server.received[0].logged_in
            assert not server.received[0].encrypted

    @pytest.mark.parametrize(
        ("reply", "cause"),
        [
            ("454 4.7.0 Temporary authentication failure", Cause.TRANSIENT),
            ("535 5.7.8 Bad credentials", Cause.CONFIGURATION),
            ("535 Bad credentials", Cause.CONFIGURATION),
            ("534 5.7.9 Use an application password", Cause.CONFIGURATION),
            ("538 5.7.11 Encryption required", Cause.CONFIGURATION),
            ("421 4.7.0 Too many failures", Cause.TRANSIENT),
            (Act.CLOSE, Cause.TRANSIENT),
            (Act.HANG, Cause.TRANSIENT),
            ("334 more?", Cause.TRANSIENT),
        ],
    )
    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
    def test_a_failed_login_means_that_the_gateway_is_down(
        self, mechanism: str, reply: str | Act, cause: Cause
    ) -> None:
        with ScriptedSmtpServer() as server:
            server.always(EHLO=f"250-loopback.example.com\r\n250 AUTH {mechanism}", AUTH=reply)
            # After "334" a login by LOGIN goes on; then the server has no use for the name.
            outcome = send(account(server.port, username="tocsin", password="hunter2"))

            assert isinstance(outcome, GatewayDown)
            if reply != "334 more?" or mechanism == "PLAIN":
                assert outcome.cause is cause
            assert server.messages_read() == 0

    def test_a_server_without_a_login_we_know_is_named(self) -> None:
        with ScriptedSmtpServer() as server:
            server.always(EHLO="250-loopback.example.com\r\n250 AUTH XOAUTH2")

            outcome = send(account(server.port, username="tocsin", password="hunter2"))

        assert isinstance(outcome, GatewayDown)
        assert outcome.cause is Cause.CONFIGURATION
        assert "offered: XOAUTH2" in outcome.reason

    def test_a_password_may_have_any_characters(self) -> None:
        with ScriptedSmtpServer() as server:
            server.always(EHLO="250-loopback.example.com\r\n250 AUTH PLAIN")

            assert isinstance(send(account(server.port, username="jürgen", password="pässwörd")), Accepted)


class TestExtensions:
    def test_an_address_beyond_ascii_goes_by_smtputf8(self, authority: CertificateAuthority) -> None:
        with SmtpServer(login=False) as server:
            assert isinstance(send(account(server.port, timeout_s=5.0), address="用户@example.com"), Accepted)

            (mail,) = server.received
            assert mail.recipients == ("用户@example.com",)
            assert "SMTPUTF8" in mail.options
            assert "To: Person 1 <用户@example.com>".encode() in mail.octets

    def test_without_smtputf8_an_address_beyond_ascii_is_rejected(self) -> None:
        with SmtpServer(login=False, smtputf8=False) as server:
            outcome = send(account(server.port, timeout_s=5.0), address="用户@example.com")

            assert isinstance(outcome, Rejected)
            assert "SMTPUTF8" in outcome.reason
            assert server.received == []

    def test_a_domain_beyond_ascii_needs_no_extension(self) -> None:
        with SmtpServer(login=False, smtputf8=False) as server:
            outcome = send(account(server.port, timeout_s=5.0), address="post@straße.example")

            assert isinstance(outcome, Accepted)
            assert server.received[0].recipients == ("post@xn--strae-oqa.example",)

    def test_a_message_over_the_announced_size_is_rejected_before_it_is_sent(self) -> None:
        with SmtpServer(login=False, size_max=100) as server:
            outcome = send(account(server.port, timeout_s=5.0))

            assert isinstance(outcome, Rejected)
            assert "too large" in outcome.reason
            assert server.received == []

    def test_the_sender_of_the_envelope_is_the_bare_address(self) -> None:
        with SmtpServer(login=False) as server:
            send(account(server.port, timeout_s=5.0, sender=Mailbox("a.b+c@example.com", "A, B")))

            assert server.received[0].sender == "a.b+c@example.com"
