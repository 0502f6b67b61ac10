"""What became of several notifications that were named by id."""

from collections.abc import Sequence
from datetime import datetime

import click

from domain.errors import TocsinError
from domain.notification import Notification
from entrypoints.cli.failures import exit_code, tell
from entrypoints.cli.output import print_json
from entrypoints.cli.session import Session
from entrypoints.wire_format import notification_json


def give_answers(
    session: Session, ids: Sequence[int], answers: Sequence[Notification | TocsinError], now: datetime, done: str
) -> int:
    """Print one answer each, in order, and return the worst exit code of them."""
    worst = 0
    for number, answer in zip(ids, answers, strict=True):
        if isinstance(answer, TocsinError):
            worst = max(worst, exit_code(answer))
            if session.json:
                print_json({"id": number, "error": str(answer)})
            tell(answer)
        elif session.json:
            print_json(notification_json(answer, now))
        else:
            _say(number, answer, done)
    return worst


def _say(number: int, answer: Notification, done: str) -> None:
    if answer.cancel_requested:
        click.echo(f"{number} is being sent; it is cancelled if it comes back unsent")
    else:
        click.echo(f"{number} {done}")
