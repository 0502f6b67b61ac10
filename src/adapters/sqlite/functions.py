"""The domain's rules that statements call by name, so that SQL need not say them again."""

import json
import sqlite3

from domain.channel import Channel
from domain.conditions import Order, stands, texts_of
from domain.suppression import suppression_key


def register(connection: sqlite3.Connection) -> None:
    """Make the functions known to *connection*."""
    connection.create_function("mail_key", 1, _mail_key, deterministic=True)
    connection.create_function("attribute_texts", 2, _attribute_texts, deterministic=True)
    connection.create_function("stands", 3, _stands, deterministic=True)


def _mail_key(address: str | None) -> str | None:
    return None if address is None else suppression_key(Channel.EMAIL, address)


def _attribute_texts(attributes: str | None, name: str) -> str | None:
    """Return the values of an attribute as a JSON array, which is empty where it has none; NULL where it is missing."""
    value = None if attributes is None else json.loads(attributes).get(name)
    return None if value is None else json.dumps(list(texts_of(value)))


def _stands(text: str | None, order: str, bound: str) -> bool:
    return text is not None and stands(text, Order(order), bound)
