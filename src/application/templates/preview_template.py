"""What a template would say to somebody, over each of its channels."""

from collections.abc import Sequence
from threading import Lock
from typing import Final

from attrs import evolve, field, frozen

from application.links.message_links import example_links
from application.ports.recipient_repository import RecipientRepository
from application.ports.template_renderer import TemplateFault
from application.ports.template_repository import TemplateRepository
from application.sending.filling import Filling
from domain.address import is_recipient_id
from domain.channel import Channel
from domain.content import Content
from domain.errors import FieldError, InvalidInput
from domain.recipient import Recipient
from domain.template import Template, TemplateUse, is_template_name

SAMPLE: Final = Recipient(
    id="ada", name="Ada Lovelace", email="ada@example.com", phone="+14155550100", timezone="Europe/London"
)
"""Whom a preview is for unless it names somebody."""


@frozen(kw_only=True)
class TextPreview:
    """What somebody would get over one channel: the text of ``locale`` filled in, or why it cannot be."""

    channel: Channel
    locale: str | None
    content: Content | None
    fault: str | None


@frozen(kw_only=True)
class TemplatePreview:
    """A version of a template as somebody would see it, a channel each."""

    template: Template
    texts: Sequence[TextPreview]


@frozen(kw_only=True)
class PreviewTemplate:
    """Fill a template in for somebody, without sending anything."""

    templates: TemplateRepository
    recipients: RecipientRepository
    fill_in: Filling
    public_url: str | None = None
    _one_at_a_time: Lock = field(factory=Lock, init=False, eq=False)  # what fills in is made for one thread

    def __call__(self, use: TemplateUse, recipient_id: str | None = None, locale: str | None = None) -> TemplatePreview:
        """Return what a recipient would get of *use*; *locale* takes the place of theirs.

        :raises InvalidInput: a variable is missing or not known, there is no such recipient, or it is a layout.
        :raises NotFound: there is no such template.
        """
        name = use.name if is_template_name(use.name) else ascii(use.name[:100])
        template = self.templates.get(name)
        found = template.use_problems(use, template.channels)
        recipient = SAMPLE if recipient_id is None else self._recipient(recipient_id)
        if recipient is None:
            found.append(FieldError("recipient", f"no recipient has the id {ascii(recipient_id)[1:-1]:.100}"))
        if found or recipient is None:
            raise InvalidInput(found)
        someone = recipient if locale is None else evolve(recipient, locale=locale)
        with self._one_at_a_time:
            texts = [self._preview(template, channel, someone, use) for channel in template.channels]
        return TemplatePreview(template=template, texts=texts)

    def _recipient(self, recipient_id: str) -> Recipient | None:
        return self.recipients.get_many([recipient_id]).get(recipient_id) if is_recipient_id(recipient_id) else None

    def _preview(self, template: Template, channel: Channel, recipient: Recipient, use: TemplateUse) -> TextPreview:
        locale = template.locale_for(channel, recipient.locale)
        text = template.texts[channel, locale]
        content = fault = None
        try:
            links = example_links(self.public_url).variables
            content = self.fill_in(text.content_id, text.content, recipient, channel, use.variables, links)
        except TemplateFault as error:
            fault = str(error)
        return TextPreview(channel=channel, locale=locale, content=content, fault=fault)
