"""From a content to what one person gets of it over one channel."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from application.ports.email_finisher import EmailFinisher
from application.ports.template_renderer import TemplateFault, TemplateRenderer
from domain.channel import Channel
from domain.content import Content, Markup, fitted, problems
from domain.recipient import Recipient
from domain.template import NO_LINKS


@frozen(kw_only=True)
class Filling:
    """Fills in templates, checks what came of them against the limits of the channel, and finishes emails.

    Called from one thread at a time, like what it is made of.
    """

    renderer: TemplateRenderer
    finisher: EmailFinisher

    def __call__(
        self,
        content_id: int,
        content: Content,
        recipient: Recipient,
        channel: Channel,
        variables: Mapping[str, Any],
        links: Mapping[str, str] = NO_LINKS,
    ) -> Content:
        """Return what *recipient* gets over *channel* of *content*, whose id is *content_id*.

        A variable of the same name stands before one of *links*: older templates may declare it.

        :raises TemplateFault: it cannot be filled in, or the channel does not carry what came of it.
        """
        is_same_for_all = content.markup is Markup.LITERAL
        filled = content
        if not is_same_for_all:
            given = {**links, **variables}
            filled = fitted(self.renderer.render(content_id, content, recipient, channel, given), channel)
            wrong = next(problems(filled, channel), None)
            if wrong is not None:
                raise TemplateFault(str(wrong))
        if filled.html is None or channel is not Channel.EMAIL:
            return filled
        return self.finisher(content_id, filled, is_same_for_all=is_same_for_all)
