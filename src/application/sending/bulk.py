"""Starting a campaign."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

from attrs import frozen

from application.ports.campaign_repository import CampaignRepository
from application.ports.clock import Clock
from application.ports.template_renderer import TemplateRenderer
from application.ports.template_repository import TemplateRepository
from application.sending.admission import beside_template_problems, channel_problems, no_template
from domain.audience import Audience, Listed
from domain.campaign import Campaign, CampaignStatus, LocalSchedule, NewCampaign
from domain.channel import Channel
from domain.content import NO_CONTENT, Content, fitted, problems
from domain.errors import FieldError, InvalidInput
from domain.lane import rate_problems
from domain.local_time import WAIT_MAX, LocalTime
from domain.notification import IdempotencyKey, expiry, timing_problems
from domain.notification_type import NotificationType, TypePolicies
from domain.preferences import TOPIC_MAX, is_label
from domain.template import NO_VARIABLES, Template, TemplateUse, is_template_name

NAME_MAX = 200
UNKNOWN_SHOWN_MAX = 5


@frozen(kw_only=True)
class BulkCommand:
    """A campaign as it is asked for. Without a *name* it is called after the moment it was started.

    With a local time as *send_at*, everybody gets theirs at the next such time of their own clock. A *test* reaches no
    gateway. With a *template* everybody gets its text in their locale, and *content* is left empty.
    """

    audience: Audience
    channels: tuple[Channel, ...]
    type: NotificationType
    content: Content = NO_CONTENT
    template: TemplateUse | None = None
    name: str | None = None
    send_at: datetime | LocalTime | None = None
    expires_at: datetime | None = None
    rate: float | None = None
    topic: str | None = None
    key: IdempotencyKey | None = None
    test: bool = False


@frozen(kw_only=True)
class CampaignPlan:
    """Checks a command and makes the campaign of it; shared by starting one and looking ahead.

    ``timezone`` is that of those who have none.
    """

    channels: Collection[Channel]
    policies: TypePolicies
    renderer: TemplateRenderer
    templates: TemplateRepository
    clock: Clock
    timezone: str = "UTC"

    def campaign(self, command: BulkCommand) -> NewCampaign:
        """Return the campaign that *command* asks for.

        :raises InvalidInput: every wrong field is named.
        """
        now = self.clock.now()
        template = self._template(command)
        found = self._problems(command, template, now)
        if found:
            raise InvalidInput(found)
        policy = self.policies[command.type]
        send_at, expires_at, local = self._times(command, now)
        return NewCampaign(
            name=command.name or f"{command.type} {now.isoformat(timespec='milliseconds')}",
            channels=tuple(dict.fromkeys(command.channels)),
            type=command.type,
            content=command.content,
            audience=command.audience,
            send_at=send_at,
            expires_at=expires_at,
            created_at=now,
            stopped_by={channel: policy.stopped_by(channel) for channel in command.channels},
            rate=command.rate,
            topic=command.topic,
            key=command.key,
            test=command.test,
            template=template,
            variables=NO_VARIABLES if command.template is None else command.template.variables,
            local=local,
        )

    def _times(self, command: BulkCommand, now: datetime) -> tuple[datetime, datetime, LocalSchedule | None]:
        """Return when the campaign begins, when the last of it expires, and its schedule by the recipients' clocks."""
        policy = self.policies[command.type]
        if not isinstance(command.send_at, LocalTime):
            send_at = now if command.send_at is None else command.send_at
            return send_at, expiry(max(send_at, now), command.expires_at, policy), None
        lifetime = policy.time_to_live if command.expires_at is None else None
        schedule = LocalSchedule(time=command.send_at, fallback=self.timezone, lifetime=lifetime)
        return now, expiry(now + WAIT_MAX, command.expires_at, policy), schedule

    def problems(self, command: BulkCommand) -> list[FieldError]:
        """Return everything that is wrong with *command*, as far as it can be known without its audience."""
        return self._problems(command, self._template(command), self.clock.now())

    def _template(self, command: BulkCommand) -> Template | None:
        use = command.template
        if use is None or not is_template_name(use.name):
            return None
        return self.templates.find([use.name]).get(use.name)

    def _problems(self, command: BulkCommand, template: Template | None, now: datetime) -> list[FieldError]:
        found = _timing_problems(command, now)
        if not command.channels:
            found.append(FieldError("channel", "name at least one"))
        for channel in dict.fromkeys(command.channels):
            found += channel_problems(channel, self.channels)
        found += self._text_problems(command, template)
        found += rate_problems(command.rate)
        for name, text, longest in (("name", command.name, NAME_MAX), ("topic", command.topic, TOPIC_MAX)):
            if text is not None and not is_label(text, longest):
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


def _timing_problems(command: BulkCommand, now: datetime) -> list[FieldError]:
    if not isinstance(command.send_at, LocalTime):
        return timing_problems(now, command.send_at, command.expires_at)
    found = timing_problems(now, None, command.expires_at)
    last = now + WAIT_MAX
    if not found and command.expires_at is not None and command.expires_at <= last:
        shown = f"{last.astimezone(UTC):%Y-%m-%d %H:%M}Z"
        found.append(
            FieldError(
                "expires_at",
                f"is too early: somewhere it may not be {command.send_at} before {shown}; "
                "give a later time, or leave it out",
            )
        )
    return found


def _on_channel(command: BulkCommand, channel: Channel) -> Content:
    """Return what *channel* gets: with several channels each takes what it can carry, a single one must carry all."""
    return command.content if len(command.channels) == 1 else fitted(command.content, channel)


def _refuse_unknown(unknown: Sequence[str], command: BulkCommand) -> None:
    if unknown and isinstance(command.audience, Listed):
        shown = ", ".join(unknown[:UNKNOWN_SHOWN_MAX])
        more = f" and {len(unknown) - UNKNOWN_SHOWN_MAX} more" if len(unknown) > UNKNOWN_SHOWN_MAX else ""
        raise InvalidInput.of("audience", f"names people who are not known: {shown}{more}; import them first")
