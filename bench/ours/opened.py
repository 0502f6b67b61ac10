"""The container, as a program of one's own opens it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.sending.admission import NotificationRequest
from domain.channel import Channel
from domain.content import Content
from domain.notification_type import NotificationType
from entrypoints import container as containers
from entrypoints import settings


@contextmanager
def opened() -> Iterator[containers.Container]:
    """Give the container for the configuration in the current folder, and close it."""
    container = containers.build(settings.load(None, os.environ, Path.cwd()))
    try:
        yield container
    finally:
        containers.close(container)


def request(number: int, type_: NotificationType = NotificationType.TRANSACTIONAL) -> NotificationRequest:
    """Return what is asked for in every measurement: one short mail to the recipient of that number."""
    return NotificationRequest(
        to=f"p{number}",
        channel=Channel.EMAIL,
        type=type_,
        content=Content(subject="Your order", body="Your order is on its way. Thank you for shopping with us."),
    )
