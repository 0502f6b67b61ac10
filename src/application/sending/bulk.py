"""Starting a campaign, and seeing whom it would reach."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from attrs import frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.clock import Clock
from application.ports.template_renderer import TemplateRenderer
from application.ports.template_repository import TemplateRepository
from application.sending.admission import TOPIC_MAX, beside_template_problems, channel_problems, no_template
from domain.audience import Audience, Listed
from domain.campaign import Campaign, CampaignStatus, NewCampaign, Reach
from domain.channel import Channel
from domain.content import NO_CONTENT, Content, fitted, problems
from domain.errors import FieldError, InvalidInput
from domain.lane import rate_problems
from domain.notification import IdempotencyKey, expiry, timing_problems
from domain.notification_type import NotificationType, TypePolicies
from domain.template import NO_VARIABLES, Template, TemplateUse, is_template_name

NAME_MAX = 200
UNKNOWN_SHOWN_MAX = 5


@frozen(kw_only=True)
class BulkCommand:
    """A campaign as it is asked for. Without a *name* it is called after the moment it was started.

    A *test* reaches no gateway. With a *template* everybody gets its text in their locale, and *content* is left empty.
    """

    audience: Audience
    channels: tuple[Channel, ...]
    type: NotificationType
    content: Content = NO_CONTENT
    template: TemplateUse | None = None
    name: str | None = None
    send_at: datetime | None = None
    expires_at: datetime | None = None
    rate: float | None = None
    topic: str | None = None
    key: IdempotencyKey | None = None
    test: bool = False


@frozen(kw_only=True)
class Preview:
    """Whom a campaign would reach, a channel each, and how many listed ids name nobody."""

    reach: Sequence[Reach]
    unknown_ids: Sequence[str]

    @property
    def would_get(self) -> int:
        """Return how many notifications it would be."""
        return sum(one.would_get for one in self.reach)


@frozen(kw_only=True)
class CampaignPlan:
    """Checks a command and makes the campaign of it; shared by starting one and looking ahead."""

    channels: Collection[Channel]
    policies: TypePolicies
    renderer: TemplateRenderer
    templates: TemplateRepository
    clock: Clock

    def campaign(self, command: BulkCommand) -> NewCampaign:
        """Return the campaign that *command* asks for.

        :raises InvalidInput: every wrong field is named.
        """
        now = self.clock.now()
        template = self._template(command)
        found = self._problems(command, template, now)
        if found:
            raise InvalidInput(found)
        send_at = now if command.send_at is None else command.send_at
        policy = self.policies[command.type]
        return NewCampaign(
            name=command.name or f"{command.type} {now.isoformat(timespec='milliseconds')}",
            channels=tuple(dict.fromkeys(command.channels)),
            type=command.type,
            content=command.content,
            audience=command.audience,
            send_at=send_at,
            expires_at=expiry(max(send_at, now), command.expires_at, policy),
            created_at=now,
            stopped_by={channel: policy.stopped_by(channel) for channel in command.channels},
            rate=command.rate,
            topic=command.topic,
            key=command.key,
            test=command.test,
            template=template,
            variables=NO_VARIABLES if command.template is None else command.template.variables,
        )

    def problems(self, command: BulkCommand) -> list[FieldError]:
        """Return everything that is wrong with *command*, as far as it can be known without its audience."""
        return self._problems(command, self._template(command), self.clock.now())

    def _template(self, command: BulkCommand) -> Template | None:
        use = command.template
        if use is None or not is_template_name(use.name):
            return None
        return self.templates.find([use.name]).get(use.name)

    def _problems(self, command: BulkCommand, template: Template | None, now: datetime) -> list[FieldError]:
        found = timing_problems(now, command.send_at, command.expires_at)
        if not command.channels:
            found.append(FieldError("channel", "name at least one"))
        for channel in dict.fromkeys(command.channels):
            found += channel_problems(channel, self.channels)
        found += self._text_problems(command, template)
        found += rate_problems(command.rate)
        for name, text, longest in (("name", command.name, NAME_MAX), ("topic", command.topic, TOPIC_MAX)):
            if text is not None and not (text.isprintable() and text.strip() and len(text) <= longest):
                found.append(FieldError(name, f"must have 1 to {longest} printable characters"))
        if command.name is not None and command.name.isdecimal():
            found.append(FieldError("name", "is a number, which could be the id of another campaign; add a word"))
        if command.audience == Listed(()):
            found.append(FieldError("audience", "names nobody"))
        return found

    def _text_problems(self, command: BulkCommand, template: Template | None) -> list[FieldError]:
        channels = tuple(dict.fromkeys(command.channels))
        if command.template is None:
            own = [one for channel in channels for one in problems(_on_channel(command, channel), channel)]
            return own + [FieldError(name, message) for name, message in self.renderer.problems(command.content)]
        found = beside_template_problems(command.content)
        if template is None:
            return [no_template(command.template.name), *found]
        return found + template.use_problems(command.template, channels)


@frozen(kw_only=True)
class Started:
    """A campaign that was started, now or by an earlier request with the same key."""

    campaign: Campaign
    is_new: bool


@frozen(kw_only=True)
class StartCampaign:
    """Start a campaign and leave it to the dispatchers to turn its audience into notifications."""

    plan: CampaignPlan
    campaigns: CampaignRepository

    def __call__(self, command: BulkCommand) -> Started:
        """Return the campaign as it was started. A key that is known gives the earlier one again.

        :raises InvalidInput: a field is wrong, or the list names people who are not known; nothing was started.
        :raises Conflict: a campaign of this name exists.
        :raises KeyReused: the key was used for something else.
        """
        known = None if command.key is None else self.campaigns.find_by_key(command.key)
        if known is not None:
            return Started(campaign=known.as_started(), is_new=False)
        planned = self.plan.campaign(command)
        _refuse_unknown(self.campaigns.unknown_ids(planned), command)
        return Started(campaign=self.campaigns.start(planned).as_started(), is_new=True)


@frozen(kw_only=True)
class Bulk:
    """Start a campaign and turn its audience into notifications."""

    plan: CampaignPlan
    campaigns: CampaignRepository
    clock: Clock

    def __call__(self, command: BulkCommand, progress: Callable[[Campaign], None] = lambda _: None) -> Campaign:
        """Return the campaign once every notification of it exists; *progress* sees it after each chunk.

        If this is killed meanwhile, any dispatcher finishes the rest.

        :raises InvalidInput: a field is wrong, or the list names people who are not known; nothing was started.
        :raises Conflict: a campaign of this name exists.
        """
        planned = self.plan.campaign(command)
        _refuse_unknown(self.campaigns.unknown_ids(planned), command)
        campaign = self.campaigns.start(planned)
        progress(campaign)
        while campaign.status is CampaignStatus.RUNNING:
            campaign = self.campaigns.advance(campaign.id, self.clock.now())
            progress(campaign)
        return campaign


@frozen(kw_only=True)
class PreviewBulk:
    """Say whom a campaign would reach, without starting it."""

    plan: CampaignPlan
    campaigns: CampaignRepository

    def __call__(self, command: BulkCommand) -> Preview:
        """Return the counts; nothing is written.

        :raises InvalidInput: a field is wrong.
        """
        planned = self.plan.campaign(command)
        return Preview(reach=self.campaigns.reach(planned), unknown_ids=self.campaigns.unknown_ids(planned))


def _on_channel(command: BulkCommand, channel: Channel) -> Content:
    """Return what *channel* gets: with several channels each takes what it can carry, a single one must carry all."""
    return command.content if len(command.channels) == 1 else fitted(command.content, channel)


def _refuse_unknown(unknown: Sequence[str], command: BulkCommand) -> None:
    if unknown and isinstance(command.audience, Listed):
        shown = ", ".join(unknown[:UNKNOWN_SHOWN_MAX])
        more = f" and {len(unknown) - UNKNOWN_SHOWN_MAX} more" if len(unknown) > UNKNOWN_SHOWN_MAX else ""
        raise InvalidInput.of("audience", f"names people who are not known: {shown}{more}; import them first")
