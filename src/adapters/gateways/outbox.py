"""A folder instead of a provider: mail opens in a mail client, everything else reads as JSON."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adapters.gateways.in_turn import in_turn
from adapters.gateways.mime import Mailbox, build
from adapters.gateways.reason import redact
from application.ports.clock import Clock, Deadline
from application.ports.sender import OutboundMessage
from domain.channel import Channel
from domain.outcome import Accepted, GatewayDown, NotStarted, Outcome, Rejected

BATCH_SIZE = 100
_ID_DIGITS = 12  # so that names sort as numbers do
_ADDRESS_DIGITS = 16


class OutboxSender:
    """Writes each message to a file of *folder*; fulfils :class:`application.ports.sender.Sender`.

    A file is named for its notification and a digest of its address, so sending again replaces it: repeats are
    harmless. It appears whole or not at all, readable by its owner alone, and survives a power cut.
    """

    def __init__(self, folder: Path, from_address: Mailbox, clock: Clock) -> None:
        self._folder = folder
        self._from_address = from_address
        self._clock = clock

    @property
    def batch_size(self) -> int:
        """The most messages that one call takes."""
        return BATCH_SIZE

    def send(self, messages: Sequence[OutboundMessage], deadline: Deadline) -> Sequence[Outcome]:
        """Write *messages* in order; see the port. Their names are the provider's ids."""
        outcomes = in_turn(messages, deadline, self._write)
        if not any(isinstance(outcome, Accepted) for outcome in outcomes):
            return outcomes
        try:
            _sync_folder(self._folder)
        except OSError as error:
            return [self._down(error), *[NotStarted("the outbox cannot be written")] * (len(messages) - 1)]
        return outcomes

    def check(self, deadline: Deadline) -> Outcome:  # noqa: ARG002  (a file takes no time worth bounding)
        """Write a file and remove it, as :class:`application.ports.sender.Check`."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".check-") as file:
                file.write(b"Tocsin was here.\n")
                file.flush()
        except OSError as error:
            return self._down(error)
        return Accepted()

    def _write(self, message: OutboundMessage) -> Outcome:
        try:
            octets = self._octets(message)
        except ValueError as error:
            return Rejected(redact(f"no mail can be made of this message: {error}", message.address))
        name = file_name(message)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(self._folder / name, octets)
        except OSError as error:
            return self._down(error)
        return Accepted(name)

    def _octets(self, message: OutboundMessage) -> bytes:
        if message.channel is Channel.EMAIL:
            mail = build(message, self._from_address, self._clock.now())
            return mail.octets + mail.attached
        document = json.dumps(self._document(message), ensure_ascii=False, indent=2)
        return f"{document}\n".encode(errors="backslashreplace")  # half a surrogate pair stays readable JSON

    def _document(self, message: OutboundMessage) -> dict[str, Any]:
        return {
            "notification_id": message.notification_id,
            "channel": message.channel,
            "type": message.type,
            "to": message.address,
            "recipient_id": message.recipient_id,
            "recipient_name": message.recipient_name,
            "subject": message.content.subject,
            "body": message.content.body,
            "data": dict(message.content.data),
            "topic": message.topic,
            "reference": message.reference,
            "written_at": self._clock.now().isoformat(),
            "expires_at": message.expires_at.isoformat(),
        }

    def _down(self, error: OSError) -> GatewayDown:
        return GatewayDown(
            f"the outbox folder {self._folder} cannot be written ({error.strerror or error}); "
            "free some space, or let this user write there"
        )


def file_name(message: OutboundMessage) -> str:
    """Return the name of *message*'s file: nothing of it comes from outside, and it sorts by notification."""
    digest = hashlib.sha256(message.address.encode(errors="surrogatepass")).hexdigest()[:_ADDRESS_DIGITS]
    kind = "eml" if message.channel is Channel.EMAIL else "json"
    return f"{message.notification_id:0{_ID_DIGITS}}-{digest}-{message.channel}.{kind}"


def notification_of_file(name: str) -> int | None:
    """Return the notification whose message is in the file called *name*, None where that is no file of ours."""
    number, _, rest = name.partition("-")
    return int(number) if rest and len(number) >= _ID_DIGITS and number.isascii() and number.isdigit() else None


def _write_whole(path: Path, octets: bytes) -> None:
    """Write *path* under another name first: whoever watches the folder never sees half a file."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the names of new files survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
