"""From claims to messages that are ready to go: the gates, then the templates, then the limits of the channel."""

from collections.abc import Callable, Mapping
from datetime import datetime

from attrs import field, frozen

from application.links.message_links import NOWHERE, Links, NoLinks, no_links
from application.ports.email_finisher import EmailFinisher
from application.ports.sender import OutboundMessage
from application.ports.template_renderer import TemplateFault, TemplateRenderer
from application.sending.attempt import Attempt
from application.sending.filling import Filling
from application.sending.holding_back import held_back, is_discreet
from application.zones import Zones
from domain.channel import Channel
from domain.claim import Claim, Conclusion, Rules, stop
from domain.content import Content, Markup
from domain.discretion import IN_TEMPLATE
from domain.gates import GateContext
from domain.lifecycle import Event
from domain.preferences import Defaults


@frozen(kw_only=True)
class Preparation:
    """Makes attempts of claims; what a gate stopped or no template could fill in is concluded at once."""

    renderer: TemplateRenderer
    finisher: EmailFinisher
    store_id: str
    zones: Zones
    defaults: Defaults = ()
    links: Callable[[Claim], Links | NoLinks] = no_links
    _fill_in: Filling = field(init=False)

    @_fill_in.default
    def _filling(self) -> Filling:
        return Filling(renderer=self.renderer, finisher=self.finisher)

    def __call__(self, claim: Claim, content: Content, rules: Rules, now: datetime) -> Attempt | Conclusion:
        """Return the attempt that *claim* leads to, or how it ends before anything is handed over."""
        context = GateContext(
            now=now,
            channel=claim.channel,
            type=claim.type,
            policy=rules.policy,
            expires_at=claim.expires_at,
            addresses=claim.recipient.addresses(claim.channel),
            zone=self.zones(claim.recipient.timezone),
            topic=claim.topic,
            cancel_requested=False,  # a wish to cancel what is pending is fulfilled at once
            suppressed=claim.suppressed,
            preferences=claim.preferences,
            defaults=self.defaults,
            capped_days=claim.capped_days,
        )
        stopped = held_back(claim, rules, context)
        if stopped is not None:
            return stopped
        has_headers = rules.policy.unsubscribe_headers and claim.channel is Channel.EMAIL
        links = self.links(claim) if has_headers or content.markup is not Markup.LITERAL else NOWHERE
        try:
            filled = self._fill_in(
                claim.content_id, content, claim.recipient, claim.channel, claim.variables, links.variables
            )
        except TemplateFault as fault:
            return stop(claim, Event.REJECT, IN_TEMPLATE if is_discreet(claim, rules) else f"template: {fault}")
        open_addresses = context.usable
        if claim.settled:
            open_addresses = tuple(address for address in open_addresses if address not in claim.settled)
        if not open_addresses:
            return stop(claim, Event.REJECT, "no address is left to try")
        if len(open_addresses) > 1:
            open_addresses = tuple(dict.fromkeys(open_addresses))  # a device may be listed twice
        headers = links.headers if has_headers else NOWHERE.headers
        return Attempt(
            claim, rules, context, [self._message(claim, filled, headers, address) for address in open_addresses]
        )

    def _message(self, claim: Claim, content: Content, headers: Mapping[str, str], address: str) -> OutboundMessage:
        return OutboundMessage(
            notification_id=claim.notification_id,
            fence=claim.fence,
            channel=claim.channel,
            type=claim.type,
            recipient_id=claim.recipient.id,
            recipient_name=claim.recipient.name,
            address=address,
            content=content,
            reference=f"{claim.notification_id}.{self.store_id}",
            expires_at=claim.expires_at,
            topic=claim.topic,
            headers=headers,
            subscription=claim.recipient.subscription(address) if claim.channel is Channel.WEB_PUSH else None,
        )
