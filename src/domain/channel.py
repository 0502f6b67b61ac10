"""The ways a message can reach a person."""

from enum import StrEnum


class Channel(StrEnum):
    """One way to a recipient. The value is the word used on the command line, over HTTP and in the store."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WEB_PUSH = "web_push"
    IN_APP = "in_app"
