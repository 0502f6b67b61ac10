"""Filling in templates."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from domain.channel import Channel
from domain.content import Content
from domain.recipient import Recipient
from domain.template import NO_VARIABLES


class TemplateFault(Exception):
    """A template cannot be read or filled in; the message says where and why, for the person who wrote it."""


class TemplateRenderer(Protocol):
    """Fills in content whose markup is a template. Called from one thread at a time.

    A template can do no harm: it has no way to the machine, and limits on its size, its output and its work.
    """

    def problems(self, content: Content, variables: Collection[str] = ()) -> list[tuple[str, str]]:
        """Return what is wrong with the templates of *content*: (field, message); empty if they can be read.

        Besides the recipient they may name *variables*.
        """
        ...

    def render(
        self,
        content_id: int,
        content: Content,
        recipient: Recipient,
        channel: Channel,
        variables: Mapping[str, Any] = NO_VARIABLES,
    ) -> Content:
        """Return *content* filled in for *recipient*, literal; literal content is returned as it is.

        What was compiled for *content_id* is used again: content never changes under its id, nor which *variables*
        come with it.

        :raises TemplateFault: it names what the recipient does not have, or goes over a limit.
        """
        ...
