"""Notifications as people see them."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import click

from domain.hand_over import HandOver
from domain.notification import Notification
from entrypoints.cli.output import print_details, print_table, print_title
from entrypoints.cli.plain_text import span, visible_lines

COLUMNS = ("id", "to", "channel", "type", "status", "send at", "attempts", "text", "reason")
NUMBERS = frozenset({"id", "attempts"})
SPARE = ("attempts", "type", "send at")
TEXT_MAX = 60
ATTEMPT_COLUMNS = ("attempt", "at", "gateway", "address", "outcome", "took", "provider id", "reason")


def standing(notification: Notification, now: datetime) -> str:
    """Return how it stands, with the two words for people that no store keeps."""
    if notification.is_scheduled(now):
        return "scheduled"
    return "retrying" if notification.is_retrying else notification.status.value


def row(notification: Notification, now: datetime) -> Sequence[object]:
    """Return its line of a list."""
    content = notification.content
    text = content.subject or content.body or content.html or ""
    return (
        notification.id,
        notification.recipient_id,
        notification.channel,
        notification.type,
        f"{standing(notification, now)}{' (test)' * notification.test}",
        notification.send_at,
        notification.attempts,
        text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]}…",
        notification.reason,
    )


def print_notification(notification: Notification, now: datetime) -> None:
    """Print all that is known of one."""
    print_details(_details(notification, now))
    if notification.attached:
        print_title("attachments")
        print_table(
            ("name", "type", "bytes"),
            ((one.filename, one.media_type, one.size) for one in notification.attached),
            numbers={"bytes"},
        )
    for title, text in (("body", notification.content.body), ("html", notification.content.html)):
        if text:
            print_title(title)
            click.echo(visible_lines(text))


def _details(notification: Notification, now: datetime) -> Iterable[tuple[str, object]]:
    yield "id", notification.id
    yield "to", notification.recipient_id
    yield "channel", notification.channel
    yield "type", notification.type
    yield "status", standing(notification, now)
    yield "reason", notification.reason
    yield "attempts", notification.attempts
    yield "created at", notification.created_at
    yield "send at", notification.send_at
    if notification.finished_at is None:
        yield "next attempt at", notification.next_attempt_at
    else:
        yield "finished at", notification.finished_at
    yield "expires at", notification.expires_at
    yield "provider id", notification.provider_id
    for name, value in (
        ("campaign", notification.campaign_id),
        ("test", "reaches no gateway" if notification.test else None),
        ("topic", notification.topic),
        ("key", notification.key),
    ):
        if value is not None:
            yield name, value
    if notification.template is not None:
        yield "template", f"{notification.template.name}, version {notification.template.version}"
        for name, value in notification.variables.items():
            yield f"variable {name}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    yield "subject", notification.content.subject
    for name, value in notification.content.data.items():
        yield f"data {name}", value


def print_attempts(hand_overs: Sequence[HandOver]) -> None:
    """Print what was done with it."""
    print_table(
        ATTEMPT_COLUMNS,
        (
            (
                hand_over.attempt,
                hand_over.at,
                hand_over.gateway,
                hand_over.address,
                hand_over.outcome,
                span(hand_over.duration_ms),
                hand_over.provider_id,
                hand_over.reason,
            )
            for hand_over in hand_overs
        ),
        numbers={"attempt"},
        spare=("took", "provider id"),
    )
