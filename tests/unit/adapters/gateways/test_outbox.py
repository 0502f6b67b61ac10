import json
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from attrs import evolve

from adapters.gateways.mime import Mailbox
from adapters.gateways.outbox import OutboxSender
from adapters.system_clock import SystemClock
from application.ports.clock import Clock, Deadline
from application.ports.sender import Sender
from domain.channel import Channel
from domain.content import Content
from domain.outcome import Accepted, GatewayDown, NotStarted, Rejected
from entrypoints.testing.sender_contract import SenderContract, outbound, outbounds, sent_again

SENDER = Mailbox("news@example.com", "Example")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out" / "box"


@pytest.fixture
def outbox(folder: Path) -> OutboxSender:
    return OutboxSender(folder, SENDER, SystemClock())


@pytest.fixture
def patience() -> Deadline:
    return Deadline.after(30, SystemClock())


def files(folder: Path) -> list[Path]:
    """Return everything in *folder*, hidden files too, by name."""
    return sorted(folder.iterdir()) if folder.exists() else []


class OutboxContract(SenderContract):
    @pytest.fixture
    def sender(self, folder: Path, clock: Clock) -> Sender:
        return OutboxSender(folder, SENDER, clock)


class TestMailInTheOutbox(OutboxContract):
    channel = Channel.EMAIL

    @pytest.fixture
    def arrived(self, folder: Path) -> Callable[[], Sequence[str]]:
        return lambda: [
            message_from_bytes(file.read_bytes(), policy=policy.default)["To"].addresses[0].addr_spec
            for file in files(folder)
        ]


class TestOthersInTheOutbox(OutboxContract):
    channel = Channel.PUSH

    @pytest.fixture
    def arrived(self, folder: Path) -> Callable[[], Sequence[str]]:
        return lambda: [json.loads(file.read_bytes())["to"] for file in files(folder)]


class TestFiles:
    def test_mail_opens_in_a_mail_client(self, outbox: OutboxSender, folder: Path, patience: Deadline) -> None:
        (outcome,) = outbox.send([outbound(Channel.EMAIL, 1)], patience)

        (file,) = files(folder)
        assert outcome == Accepted(file.name)
        assert file.name.startswith("000000001001-")
        assert file.name.endswith("-email.eml")
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert message["Subject"] == "Your parcel"
        assert message["From"] == "Example <news@example.com>"
        assert message.defects == []

    @pytest.mark.parametrize("channel", [Channel.SMS, Channel.PUSH, Channel.WEB_PUSH, Channel.IN_APP])
    def test_anything_else_reads_as_json(
        self, channel: Channel, outbox: OutboxSender, folder: Path, patience: Deadline
    ) -> None:
        message = evolve(outbound(channel, 1), content=Content(body="Grüße 🎉", data={"order": "7"}), topic="parcels")

        outbox.send([message], patience)

        (file,) = files(folder)
        document = json.loads(file.read_text(encoding="utf-8"))
        assert document["to"] == message.address
        assert document["body"] == "Grüße 🎉"
        assert document["data"] == {"order": "7"}
        assert document["topic"] == "parcels"
        assert document["channel"] == channel.value
        assert document["notification_id"] == 1001

    def test_sending_again_shows_once(self, outbox: OutboxSender, folder: Path, patience: Deadline) -> None:
        message = outbound(Channel.EMAIL, 1)

        outbox.send([message], patience)
        outbox.send([sent_again(message), message], patience)

        assert len(files(folder)) == 1

    def test_two_addresses_of_one_notification_are_two_files(
        self, outbox: OutboxSender, folder: Path, patience: Deadline
    ) -> None:
        message = outbound(Channel.PUSH, 1)

        outbox.send([message, evolve(message, address="another-device")], patience)

        assert len(files(folder)) == 2

    def test_names_sort_by_notification(self, outbox: OutboxSender, folder: Path, patience: Deadline) -> None:
        message = outbound(Channel.SMS, 1)

        outbox.send([evolve(message, notification_id=number) for number in (10, 9, 100, 1)], patience)

        assert [json.loads(file.read_bytes())["notification_id"] for file in files(folder)] == [1, 9, 10, 100]

    @pytest.mark.parametrize("hostile", ["../../escaped", "/etc/passwd", "a/b", "..", "a\x00b", "\ud800", "x" * 4000])
    def test_no_path_comes_from_outside(
        self, hostile: str, outbox: OutboxSender, folder: Path, tmp_path: Path, patience: Deadline
    ) -> None:
        message = evolve(
            outbound(Channel.IN_APP, 1), recipient_id=hostile, address=hostile, reference=hostile, topic=hostile
        )

        (outcome,) = outbox.send([message], patience)

        assert isinstance(outcome, Accepted)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == files(folder)
        assert len(files(folder)) == 1

    def test_only_the_owner_may_read_a_message(self, outbox: OutboxSender, folder: Path, patience: Deadline) -> None:
        outbox.send([outbound(Channel.SMS, 1)], patience)

        (file,) = files(folder)
        assert file.stat().st_mode & 0o077 == 0
        assert folder.stat().st_mode & 0o077 == 0

    def test_an_address_that_is_no_mailbox_is_rejected(
        self, outbox: OutboxSender, folder: Path, patience: Deadline
    ) -> None:
        messages = [evolve(outbound(Channel.EMAIL, 1), address="a@example.com\r\nBcc: b@example.com")]

        outcomes = outbox.send([*messages, outbound(Channel.EMAIL, 2)], patience)

        assert [type(outcome) for outcome in outcomes] == [Rejected, Accepted]
        assert len(files(folder)) == 1


class TestFaults:
    def test_a_folder_that_cannot_be_made_takes_the_gateway_down(self, tmp_path: Path, patience: Deadline) -> None:
        blocked = tmp_path / "file"
        blocked.write_text("in the way")
        outbox = OutboxSender(blocked / "outbox", SENDER, SystemClock())

        outcomes = outbox.send(outbounds(Channel.SMS, 3), patience)

        assert isinstance(outcomes[0], GatewayDown)
        assert "outbox folder" in outcomes[0].reason
        assert "free some space" in outcomes[0].reason
        assert [type(outcome) for outcome in outcomes[1:]] == [NotStarted] * 2
        assert isinstance(outbox.check(patience), GatewayDown)

    def test_a_full_disk_takes_the_gateway_down_and_leaves_no_half_file(
        self, outbox: OutboxSender, folder: Path, patience: Deadline
    ) -> None:
        with files_no_longer_than(10):
            outcomes = outbox.send(outbounds(Channel.EMAIL, 2), patience)
            checked = outbox.check(patience)

        assert [type(outcome) for outcome in outcomes] == [GatewayDown, NotStarted]
        assert isinstance(checked, GatewayDown)
        assert files(folder) == []
        assert [type(outcome) for outcome in outbox.send(outbounds(Channel.EMAIL, 2), patience)] == [Accepted] * 2

    def test_the_check_of_a_good_folder_leaves_nothing_behind(
        self, outbox: OutboxSender, folder: Path, patience: Deadline
    ) -> None:
        assert outbox.check(patience) == Accepted()
        assert files(folder) == []


@contextmanager
def files_no_longer_than(octets: int) -> Iterator[None]:
    """Let the system refuse every byte beyond *octets* of a file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
