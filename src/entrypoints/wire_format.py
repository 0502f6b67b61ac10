"""The shapes in which Tocsin shows what it knows: the same over HTTP and in the command line's JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from application.inbox.mark_inbox import Marked
from application.inbox.read_inbox import InboxPage
from application.inbox.tokens import MadeInboxToken
from application.insight.inspect_gateways import GatewayState
from application.insight.report import ReportRow
from application.ports.suppression_repository import Removal
from application.ports.template_repository import TemplateEntry
from application.receiving.recording import Taken
from application.templates.preview_template import TemplatePreview
from application.templates.put_template import TemplateStored
from domain.api_key import ApiKey
from domain.campaign import Campaign, CampaignProgress
from domain.gateway_health import GatewayHealth
from domain.hand_over import HandOver
from domain.inbox import InboxCounts, InboxItem
from domain.lane import LaneStanding
from domain.lifecycle import Status
from domain.notification import Notification
from domain.receipt import Receipt
from domain.recipient import Recipient
from domain.reference import Reference
from domain.suppression import Suppression
from domain.template import Template, TemplateVersion
from entrypoints.json_values import JsonObject, instant
from entrypoints.template_shape import written_template


def notification_json(notification: Notification, now: datetime) -> JsonObject:
    """Return a notification; what was not given is null."""
    content = notification.content
    return {
        "id": notification.id,
        "to": notification.recipient_id,
        "channel": notification.channel.value,
        "type": notification.type.value,
        "subject": content.subject,
        "body": content.body,
        "html": content.html,
        "data": dict(content.data) or None,
        "attachments": [
            {"filename": one.filename, "media_type": one.media_type, "size": one.size} for one in notification.attached
        ],
        **_template_fields(notification.template, notification.variables),
        "topic": notification.topic,
        "key": notification.key,
        "campaign": notification.campaign_id,
        "test": notification.test,
        "status": notification.status.value,
        "scheduled": notification.is_scheduled(now),
        "retrying": notification.is_retrying,
        "attempts": notification.attempts,
        "created_at": instant(notification.created_at),
        "send_at": instant(notification.send_at),
        "next_attempt_at": instant(notification.next_attempt_at) if notification.finished_at is None else None,
        "expires_at": instant(notification.expires_at),
        "provider_id": notification.provider_id,
        "reason": notification.reason,
    }


def _template_fields(template: TemplateVersion | None, variables: Mapping[str, Any]) -> JsonObject:
    return {
        "template": None if template is None else template.name,
        "template_version": None if template is None else template.version,
        "variables": None if template is None else dict(variables),
    }


def recipient_json(recipient: Recipient) -> JsonObject:
    """Return a recipient; what is not known is null or empty."""
    return {
        "id": recipient.id,
        "name": recipient.name,
        "email": recipient.email,
        "phone": recipient.phone,
        "push_tokens": list(recipient.push_tokens),
        "web_push": [
            {"endpoint": known.endpoint, "keys": {"p256dh": known.p256dh, "auth": known.auth}}
            for known in recipient.web_push
        ],
        "locale": recipient.locale,
        "timezone": recipient.timezone,
        "attributes": dict(recipient.attributes),
    }


def hand_over_json(hand_over: HandOver) -> JsonObject:
    """Return one line of a notification's history."""
    return {
        "attempt": hand_over.attempt,
        "fence": hand_over.fence,
        "gateway": hand_over.gateway or None,
        "address": hand_over.address or None,
        "outcome": hand_over.outcome,
        "at": instant(hand_over.at),
        "duration_ms": hand_over.duration_ms,
        "provider_id": hand_over.provider_id,
        "reason": hand_over.reason,
    }


def receipt_json(receipt: Receipt) -> JsonObject:
    """Return one thing that a provider said later."""
    reference = Reference.parse(receipt.echo)
    return {
        "kind": receipt.kind.value,
        "at": instant(receipt.at),
        "gateway": receipt.gateway,
        "fence": reference and reference.fence,
        "address": receipt.address,
        "provider_id": receipt.provider_id,
        "reason": receipt.reason,
        "by_machine": receipt.by_machine,
    }


def taken_json(taken: Taken) -> JsonObject:
    """Return what became of one thing that a provider said."""
    return {
        "kind": taken.receipt.kind.value,
        "notification": taken.reference and taken.reference.notification_id,
        "became": taken.recorded.reception.value,
        "step": taken.recorded.event and taken.recorded.event.value,
        "reason": taken.receipt.reason,
    }


def health_json(health: GatewayHealth) -> JsonObject:
    """Return how a gateway is."""
    return {
        "gateway": health.gateway,
        "failures": health.failures,
        "unknowns": health.unknowns,
        "paused_until": instant(health.paused_until),
        "reason": health.reason,
    }


def gateway_json(state: GatewayState) -> JsonObject:
    """Return a gateway with its place in the routes."""
    return {
        "name": state.facts.name,
        "kind": state.facts.kind,
        "channels": [channel.value for channel in state.channels],
        "rate": state.facts.rate,
        "failures": state.health.failures,
        "paused_until": instant(state.health.paused_until),
        "reason": state.health.reason,
        "scopes": [health_json(one) for one in state.scopes],
        "public_key": state.facts.public_key,
    }


def campaign_json(campaign: Campaign) -> JsonObject:
    """Return a campaign with how far it came; by local time, ``send_at`` is when it began."""
    return {
        "id": campaign.id,
        "name": campaign.name,
        "channels": [channel.value for channel in campaign.channels],
        "type": campaign.type.value,
        "test": campaign.test,
        **_template_fields(campaign.template, campaign.variables),
        "status": campaign.status.value,
        "send_at": instant(campaign.send_at),
        "local_time": None if campaign.local is None else campaign.local.time.clock,
        "fallback_timezone": None if campaign.local is None else campaign.local.fallback,
        "expires_at": instant(campaign.expires_at),
        "created_at": instant(campaign.created_at),
        "total": campaign.total,
        "considered": campaign.considered,
        "created": campaign.created,
        "no_address": campaign.no_address,
        "suppressed": campaign.suppressed,
    }


def campaign_progress_json(progress: CampaignProgress, now: datetime) -> JsonObject:
    """Return a campaign with how its notifications stand *now*; every status has its number."""
    share, estimate = progress.share_done, progress.estimate(now)
    return {
        **campaign_json(progress.campaign),
        "statuses": {status.value: number for status, number in progress.statuses.items()},
        "percent": None if share is None else whole_percent(share),
        "seconds_left": None if estimate is None else round(estimate.left.total_seconds()),
        "estimated_by": None if estimate is None else estimate.basis.value,
        "lanes": [lane_json(standing) for standing in progress.lanes],
    }


def whole_percent(share: float) -> int:
    """Return *share* in whole percent; what is not done is not 100."""
    return int(share * 100)


def lane_json(standing: LaneStanding) -> JsonObject:
    """Return a lane with what waits in it and is being sent from it now."""
    return {
        "name": standing.lane.name,
        "channel": standing.lane.channel.value,
        "type": standing.lane.type.value,
        "campaign": standing.lane.campaign_id,
        "test": standing.lane.test,
        "state": standing.lane.state.value,
        "rate": standing.lane.rate,
        "waiting": standing.waiting,
        "sending": standing.sending,
        "next_due": instant(standing.next_due),
    }


def inbox_item_json(item: InboxItem) -> JsonObject:
    """Return one message of an inbox."""
    return {
        "id": item.notification_id,
        "type": item.type.value,
        "subject": item.subject,
        "body": item.body,
        "data": dict(item.data) or None,
        "topic": item.topic,
        "at": instant(item.at),
        "seen_at": instant(item.seen_at),
        "read_at": instant(item.read_at),
        "archived_at": instant(item.archived_at),
    }


def inbox_page_json(page: InboxPage) -> JsonObject:
    """Return one page of an inbox, as lists are, and how many messages it has in all."""
    return {
        "items": [inbox_item_json(one) for one in page.items],
        "next": None if page.next is None else str(page.next),
        "counts": inbox_counts_json(page.counts),
    }


def inbox_counts_json(counts: InboxCounts) -> JsonObject:
    """Return how many messages an inbox shows."""
    return {"total": counts.total, "unseen": counts.unseen, "unread": counts.unread}


def inbox_marked_json(marked: Marked) -> JsonObject:
    """Return what marking did."""
    return {"changed": marked.changed, "counts": inbox_counts_json(marked.counts)}


def inbox_token_json(made: MadeInboxToken) -> JsonObject:
    """Return a token just made."""
    return {"token": made.text, "expires_at": instant(made.token.expires_at)}


def suppression_json(suppression: Suppression) -> JsonObject:
    """Return an address that must not be used, why, and for what."""
    return {
        "channel": suppression.channel.value,
        "address": suppression.address,
        "reason": suppression.reason.value,
        "scope": str(suppression.scope),
        "detail": suppression.detail,
        "at": instant(suppression.at),
    }


def removal_json(removal: Removal) -> JsonObject:
    """Return what no longer stands against an address, and what still does."""
    return {
        "removed": [suppression_json(one) for one in removal.removed],
        "left": [suppression_json(one) for one in removal.left],
    }


def template_json(template: Template) -> JsonObject:
    """Return one version of a template; ``source`` can be put again, ``variables`` are those of its layout too."""
    return {
        "name": template.name,
        "version": template.version,
        "created_at": instant(template.created_at),
        "variables": list(template.variables),
        "channels": [channel.value for channel in template.channels],
        "is_layout": template.is_layout,
        "layout": template.draft.layout,
        "layout_version": template.layout_version,
        "source": written_template(template.draft),
    }


def template_stored_json(stored: TemplateStored) -> JsonObject:
    """Return the version that stands after a put, and which templates have an earlier version of it as their layout."""
    return {**template_json(stored.template), "to_put_again": list(stored.to_put_again)}


def template_entry_json(entry: TemplateEntry) -> JsonObject:
    """Return a template as a list shows it; a locale null stands for everybody else."""
    return {
        "name": entry.name,
        "version": entry.version,
        "created_at": instant(entry.created_at),
        "variables": list(entry.variables),
        "locales": {channel.value: list(locales) for channel, locales in entry.locales.items()},
        "is_layout": entry.is_layout,
        "layout": entry.layout,
        "layout_behind": entry.layout_behind,
    }


def template_preview_json(preview: TemplatePreview) -> JsonObject:
    """Return what somebody would get of a template, a channel each."""
    return {
        "name": preview.template.name,
        "version": preview.template.version,
        "texts": [
            {
                "channel": one.channel.value,
                "locale": one.locale,
                "subject": one.content and one.content.subject,
                "body": one.content and one.content.body,
                "html": one.content and one.content.html,
                "data": (dict(one.content.data) or None) if one.content else None,
                "fault": one.fault,
            }
            for one in preview.texts
        ],
    }


def api_key_json(key: ApiKey) -> JsonObject:
    """Return a key without its text."""
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(scope.value for scope in key.scopes),
        "test": key.test,
        "created_at": instant(key.created_at),
        "revoked_at": instant(key.revoked_at),
    }


def report_row_json(row: ReportRow) -> JsonObject:
    """Return one row of a report: what happened, and in ``now``, ``total``, ``pending`` and ``sending`` what is."""
    now = None if row.now is None else {status.value: row.now[status] for status in Status}
    return {
        "group": row.group,
        "total": row.total,
        "pending": now and now[Status.PENDING.value],
        "sending": now and now[Status.SENDING.value],
        "created": row.created,
        "sent": row.sent,
        "delivered": row.delivered,
        "unknown": row.unknown,
        "failed": row.failed,
        "bounced": row.bounced,
        "opened": row.opened,
        "clicked": row.clicked,
        "suppressed": row.suppressed,
        "expired": row.expired,
        "cancelled": row.cancelled,
        "retried": row.retried,
        "attempts": row.hand_overs,
        "outcomes": dict(row.outcomes),
        "rates": dict(row.rates),
        "latency_p50_ms": row.latency_p50_ms,
        "latency_p95_ms": row.latency_p95_ms,
        "now": now,
    }
