"""The domain's rules that statements call by name, so that SQL need not say them again."""

import json
import sqlite3

from domain.audience import as_text
from domain.channel import Channel
from domain.suppression import suppression_key


def register(connection: sqlite3.Connection) -> None:
    """Make the functions known to *connection*."""
    connection.create_function("mail_key", 1, _mail_key, deterministic=True)
    connection.create_function("attribute_text", 2, _attribute_text, deterministic=True)


def _mail_key(address: str | None) -> str | None:
    return None if address is None else suppression_key(Channel.EMAIL, address)


def _attribute_text(attributes: str | None, name: str) -> str | None:
    return None if attributes is None else as_text(json.loads(attributes).get(name))
