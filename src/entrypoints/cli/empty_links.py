"""Telling whoever sends a text that its links lead nowhere."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from domain.content import Content, Markup
from domain.errors import NotFound
from domain.template import NO_LINKS, Template, TemplateUse
from entrypoints.cli.session import Session
from entrypoints.container import Container

_NAMED: Final = {name: re.compile(rf"\{{[{{%][^{{}}]*\b{name}\b") for name in NO_LINKS}


def note_empty_links(session: Session, container: Container, texts: Iterable[str | None]) -> None:
    """Say which links of *texts*, the sources of a template, are empty because nobody said where people reach us."""
    if container.settings().public_url is not None:
        return
    given = [text for text in texts if text]
    used = [name for name, pattern in _NAMED.items() if any(pattern.search(text) for text in given)]
    if used:
        session.note(
            f"{' and '.join(used)} will be empty, because public_url is not set; "
            'set it, as in public_url = "https://notify.example.com"'
        )


def sources_of(content: Content, template: TemplateUse | None, container: Container) -> Iterator[str | None]:
    """Yield the sources of what a request says: of its own text if that is a template, or of the one that it names."""
    if content.markup is Markup.JINJA:
        yield from sources_in(content)
    if template is None:
        return
    try:
        known: Template = container.show_template()(template.name)
    except NotFound:
        return  # the request itself says so
    yield from sources_of_template(known)


def sources_of_template(template: Template) -> Iterator[str | None]:
    """Yield the sources of a stored template, or of a layout."""
    yield from template.draft.frames.values()
    for content in template.contents.values():
        yield from sources_in(content)


def sources_in(content: Content) -> Iterator[str | None]:
    """Yield the sources of one text."""
    yield from (content.subject, content.body, content.html, *content.data.values())
