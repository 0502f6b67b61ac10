"""From the settings of a gateway to the gateway, by its kind; an SDK is imported only where its gateway is used."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import frozen

from application.ports.clock import Clock
from application.ports.inbox_repository import InboxRepository
from application.ports.sender import Gateway
from domain.errors import Misconfigured
from domain.return_path import ReturnPath
from entrypoints.configuration.gateway_kinds import kind_of
from entrypoints.configuration.values import Secret
from entrypoints.settings import GatewaySettings

OUTBOX_FROM = "Tocsin <tocsin@outbox.invalid>"  # a domain that nobody has (RFC 2606)


@frozen(kw_only=True)
class GatewayFactory:
    """Makes gateways. *beside* is where a gateway of one's own may be; *inbox* is asked for only by ``in_app``.

    *public_url* is where providers reach this Tocsin, None if they cannot; *secret* gives the store's, which seals
    return paths.
    """

    lease: timedelta
    beside: Path
    clock: Clock
    inbox: Callable[[], InboxRepository]
    public_url: str | None = None
    secret: Callable[[], str] | None = None

    def __call__(self, gateway: GatewaySettings) -> Gateway:
        """Return the gateway that *gateway* describes; nothing is connected yet.

        :raises Misconfigured: its kind needs an extra that is not installed, or its settings cannot work.
        """
        with _named(gateway.name):
            match gateway.kind:
                case "smtp":
                    return self._smtp(gateway)
                case "twilio":
                    return self._twilio(gateway)
                case "fcm":
                    return self._fcm(gateway)
                case "sendgrid":
                    return self._sendgrid(gateway)
                case "web_push":
                    return self._web_push(gateway)
                case "outbox":
                    return self._outbox(gateway)
                case "in_app":
                    return self._in_app(gateway)
                case "memory":
                    return self._memory(gateway)
                case _:
                    return self._own(gateway)

    def timeout_s(self, gateway: GatewaySettings) -> float:
        """Return how long *gateway* may take for a message: its own timeout, but no more than half of the lease."""
        half_of_lease = self.lease / 2
        return min(gateway.timeout or kind_of(gateway.kind).timeout or half_of_lease, half_of_lease).total_seconds()

    def _smtp(self, gateway: GatewaySettings) -> Gateway:
        from adapters.gateways.mime import Mailbox
        from adapters.gateways.smtp import SmtpSender
        from adapters.gateways.smtp_settings import SmtpSettings

        options = _plain(gateway)
        bounces_to = options.pop("return_path", None)
        if bounces_to is not None:
            assert self.secret is not None
            options["return_path"] = ReturnPath(bounces_to, self.secret())
        sender = SmtpSender(
            SmtpSettings(
                sender=Mailbox.parse(options.pop("from")),
                connections=_slots(gateway),
                timeout_s=self.timeout_s(gateway),
                **options,
            ),
            self.clock,
        )
        return _gateway(gateway, sender=sender, check=sender.check, close=sender.close)

    def _twilio(self, gateway: GatewaySettings) -> Gateway:
        with _extra(gateway.name, "twilio"):
            from adapters.gateways.twilio_sender import TwilioSender, TwilioSettings
            from adapters.gateways.twilio_webhook import TwilioWebhook

        options = _plain(gateway)
        callback_url = f"{self.public_url}/webhooks/twilio/{gateway.name}" if self.public_url else None
        sender = TwilioSender(
            TwilioSettings(
                from_number=options.pop("from", None),
                callback_url=callback_url,
                connections=_slots(gateway),
                timeout_s=self.timeout_s(gateway),
                **options,
            ),
            self.clock,
        )
        webhook = TwilioWebhook(gateway.name, options.get("auth_token"))
        return _gateway(gateway, sender=sender, check=sender.check, close=sender.close, read_webhook=webhook)

    def _fcm(self, gateway: GatewaySettings) -> Gateway:
        with _extra(gateway.name, "fcm"):
            from adapters.gateways.fcm_sender import FcmSender, FcmSettings

        sender = FcmSender(
            FcmSettings(connections=_slots(gateway), timeout_s=self.timeout_s(gateway), **_plain(gateway)), self.clock
        )
        # What is shown replaces itself on the device. Data alone does reach the app twice, of a type that would else be
        # held as well; but by itself it shows nobody anything, and the app knows the repeat by its tocsin_id.
        return _gateway(gateway, sender=sender, check=sender.check, close=sender.close, repeats_are_harmless=True)

    def _sendgrid(self, gateway: GatewaySettings) -> Gateway:
        from adapters.gateways.mime import Mailbox
        from adapters.gateways.sendgrid_sender import SendGridSender, SendGridSettings
        from adapters.gateways.sendgrid_webhook import SendGridWebhook

        options = _plain(gateway)
        with _extra(gateway.name, "sendgrid"):
            webhook = SendGridWebhook(gateway.name, options.pop("webhook_public_key", None))
        sender = SendGridSender(
            SendGridSettings(
                sender=Mailbox.parse(options.pop("from")),
                connections=_slots(gateway),
                timeout_s=self.timeout_s(gateway),
                **options,
            ),
            self.clock,
        )
        return _gateway(gateway, sender=sender, check=sender.check, close=sender.close, read_webhook=webhook)

    def _web_push(self, gateway: GatewaySettings) -> Gateway:
        with _extra(gateway.name, "webpush"):
            from adapters.gateways.web_push_sender import WebPushSender, WebPushSettings

        sender = WebPushSender(
            WebPushSettings(connections=_slots(gateway), timeout_s=self.timeout_s(gateway), **_plain(gateway)),
            self.clock,
        )
        return _gateway(
            gateway,
            sender=sender,
            check=sender.check,
            close=sender.close,
            repeats_are_harmless=True,
            scope_of=sender.scope_of,
        )

    def _outbox(self, gateway: GatewaySettings) -> Gateway:
        from adapters.gateways.mime import Mailbox
        from adapters.gateways.outbox import OutboxSender

        options = _plain(gateway)
        sender = OutboxSender(options["folder"], Mailbox.parse(options.get("from", OUTBOX_FROM)), self.clock)
        return _gateway(gateway, sender=sender, check=sender.check, repeats_are_harmless=True)

    def _in_app(self, gateway: GatewaySettings) -> Gateway:
        from adapters.gateways.in_app import InAppSender

        return _gateway(gateway, sender=InAppSender(self.inbox(), self.clock), repeats_are_harmless=True)

    def _memory(self, gateway: GatewaySettings) -> Gateway:
        from adapters.memory.memory_sender import MemorySender

        return _gateway(gateway, sender=MemorySender())

    def _own(self, gateway: GatewaySettings) -> Gateway:
        from adapters.gateways.bounded_sender import BoundedSender
        from entrypoints.gateways.own import own_sender

        options = dict(gateway.options)
        if gateway.connections is not None:
            options["connections"] = gateway.connections
        sender = own_sender(gateway.kind, options, self.beside)
        is_harmless = getattr(sender, "repeats_are_harmless", False) is True
        known = {name: getattr(sender, name) for name in ("check", "close") if callable(getattr(sender, name, None))}
        if gateway.timeout is not None:
            sender = BoundedSender(sender, self.timeout_s(gateway), hanging_max=_slots(gateway))
        return _gateway(gateway, sender=sender, repeats_are_harmless=is_harmless, **known)


class _MissingExtra(Misconfigured):
    """Said in full where it is found."""


def _gateway(gateway: GatewaySettings, **parts: Any) -> Gateway:
    return Gateway(name=gateway.name, kind=gateway.kind, slots=_slots(gateway), rate=gateway.rate, **parts)


def _slots(gateway: GatewaySettings) -> int:
    return gateway.connections or kind_of(gateway.kind).connections


def _plain(gateway: GatewaySettings) -> dict[str, Any]:
    return {key: value.reveal() if isinstance(value, Secret) else value for key, value in gateway.options.items()}


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Say of which gateway it is that something is wrong."""
    try:
        yield
    except _MissingExtra:
        raise
    except Misconfigured as error:
        raise Misconfigured([f"gateway {name}: {problem}" for problem in error.problems]) from error
    except ValueError as error:
        raise Misconfigured([f"gateway {name}: {error}"]) from error


@contextmanager
def _extra(name: str, extra: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise _MissingExtra([f"gateway {name} needs the extra: pip install 'tocsin[{extra}]' ({error})"]) from error
