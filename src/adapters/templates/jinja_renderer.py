"""Fills in content with Jinja2, in a sandbox with limits on size, output and work."""

import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from attrs import define, field
from jinja2 import Template
from jinja2.runtime import Context

from adapters.templates.budget import BUDGET, Budget
from adapters.templates.sandbox import Attributes, Person, Sandbox, plain_sentence
from application.ports.template_renderer import TemplateFault
from domain.channel import Channel
from domain.content import BODY_MAX_BYTES, Content, Markup
from domain.recipient import Recipient
from domain.template import NO_LINKS, NO_VARIABLES

_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_TAGS = ("{{", "{%", "{#")

Compiled = Mapping[str, Template | str]
"""The compiled template of each field that content has; a text without tags stays as it is."""


@define(kw_only=True)
class JinjaRenderer:
    """Renders subject and body as plain text, and html with everything escaped that a template prints.

    ``template_bytes_max`` and ``output_bytes_max`` are for one field, ``steps_max`` for one rendering, about one a
    character or a small expression. ``contents_max`` compiled contents are kept, the last used ones.
    """

    output_bytes_max: int = BODY_MAX_BYTES
    template_bytes_max: int = BODY_MAX_BYTES
    steps_max: int = 1_000_000
    contents_max: int = 256
    _plain: Sandbox = field(init=False, factory=lambda: Sandbox(escapes=False))
    _html: Sandbox = field(init=False, factory=lambda: Sandbox(escapes=True))
    _compiled: OrderedDict[int, Compiled] = field(init=False, factory=OrderedDict)

    def problems(self, content: Content, variables: Collection[str] = ()) -> list[tuple[str, str]]:
        """Return what is wrong with the templates of *content*: (field, message); empty if they can be read."""
        if content.markup is Markup.LITERAL:
            return []
        found = []
        for name, source in _sources(content):
            try:
                self._compile(name, source, variables)
            except TemplateFault as fault:
                found.append((name, str(fault).removeprefix(f"{name}: ")))
        return found

    def render(
        self,
        content_id: int,
        content: Content,
        recipient: Recipient,
        channel: Channel,  # noqa: ARG002  (the port names it; every channel is filled in alike)
        variables: Mapping[str, Any] = NO_VARIABLES,
    ) -> Content:
        """Return *content* filled in for *recipient*, literal; literal content is returned as it is.

        ``data`` and attachments are handed on as they stand.

        :raises TemplateFault: it names what the recipient does not have, or goes over a limit.
        """
        if content.markup is Markup.LITERAL:
            return content
        budget = Budget(self.steps_max, self.output_bytes_max)
        given = {**NO_LINKS, **variables, "recipient": _person(recipient), BUDGET: budget}
        texts: dict[str, Any] = {
            name: template if isinstance(template, str) else self._fill(name, template, given)
            for name, template in self._compiled_of(content_id, content, variables).items()
        }
        _check_subject(texts.get("subject"))
        return Content(**texts, data=content.data, attachments=content.attachments, markup=Markup.LITERAL)

    def _compiled_of(self, content_id: int, content: Content, variables: Collection[str]) -> Compiled:
        known = self._compiled.get(content_id)
        if known is None:
            known = {name: self._compile(name, source, variables) for name, source in _sources(content)}
            self._compiled[content_id] = known
            if len(self._compiled) > self.contents_max:
                self._compiled.popitem(last=False)
        else:
            self._compiled.move_to_end(content_id)
        return known

    def _compile(self, name: str, source: str, variables: Collection[str]) -> Template | str:
        try:
            return self._read(name, source, variables)
        except Exception as error:
            raise _fault_of(name, error) from error

    def _read(self, name: str, source: str, variables: Collection[str]) -> Template | str:
        size = len(source.encode(errors="replace"))
        if size > self.template_bytes_max:
            raise TemplateFault(f"is {size} bytes long; a template has at most {self.template_bytes_max}")
        if not any(tag in source for tag in _TAGS):
            return source
        sandbox = self._html if name == "html" else self._plain
        return sandbox.from_string(sandbox.read(source, variables))

    def _fill(self, name: str, template: Template, given: Mapping[str, object]) -> str:
        try:
            return self._printed(template.root_render_func(_context(template, given)))
        except Exception as error:
            raise _fault_of(name, error) from error

    def _printed(self, pieces: Iterable[str]) -> str:
        kept = []
        left = self.output_bytes_max
        for piece in pieces:
            left -= len(piece)
            if left < 0:
                raise _too_long(self.output_bytes_max)
            kept.append(piece)
        text = "".join(kept)
        if not text.isascii() and len(text.encode()) > self.output_bytes_max:
            raise _too_long(self.output_bytes_max)
        return text


def _context(template: Template, given: Mapping[str, object]) -> Context:
    """Return what *template* sees: what is *given*, and the functions of its sandbox.

    Made here because ``Template.new_context`` costs as much as filling in, for the sake of things that no template
    here can use: imports, inheritance and globals of its own.
    """
    environment = template.environment
    return environment.context_class(environment, {**environment.globals, **given}, template.name, template.blocks)


def _fault_of(name: str, error: Exception) -> TemplateFault:
    """Return whatever a template provoked as a fault of the field *name*."""
    return TemplateFault(f"{name}: {error if isinstance(error, TemplateFault) else plain_sentence(error)}")


def _sources(content: Content) -> Iterator[tuple[str, str]]:
    for name, source in (("subject", content.subject), ("body", content.body), ("html", content.html)):
        if source is not None:
            yield name, source


def _person(recipient: Recipient) -> Person:
    fields = {
        "id": recipient.id,
        "name": recipient.name,
        "email": recipient.email,
        "phone": recipient.phone,
        "locale": recipient.locale,
        "timezone": recipient.timezone,
    }
    return Person(fields, Attributes(recipient.attributes))


def _check_subject(subject: str | None) -> None:
    if subject is not None and _LINE_BREAK.search(subject):
        raise TemplateFault("subject: contains a line break when it is filled in; a subject is one line of text")


def _too_long(bytes_max: int) -> TemplateFault:
    return TemplateFault(f"is longer than {bytes_max} bytes when it is filled in; shorten it")
