"""Templates as rows."""

import json
import sqlite3
from typing import Any, Final

from adapters.sqlite.rows import CONTENT_COLUMNS, Row, channel_of, content_of, from_ms, to_json
from domain.channel import Channel
from domain.content import Content, Markup
from domain.template import Template, TemplateDraft, TemplateText

TEMPLATE_COLUMNS: Final = "t.id, t.version, t.variables, t.layout_version, t.draft, t.created_at_ms"
"""What :func:`template_of_rows` takes; the table is called t."""

# What one version says, by channel and locale.
SELECT_TEXTS = f"""
SELECT x.channel, x.locale, x.content_id, {CONTENT_COLUMNS}
  FROM template_texts AS x
  JOIN contents AS c ON c.id = x.content_id
 WHERE x.template_id = :id
"""  # noqa: S608  (constant text)


def template_of_rows(connection: sqlite3.Connection, row: Row) -> Template:
    """Return the template that a row of :data:`TEMPLATE_COLUMNS` tells of, with its texts."""
    template_id, version, variables, layout_version, draft, created_at_ms = row
    texts = connection.execute(SELECT_TEXTS, {"id": template_id})
    return Template(
        version=version,
        draft=draft_from_json(draft),
        variables=tuple(json.loads(variables)),
        texts={
            (channel_of(channel), locale or None): TemplateText(content_id, content_of(content))
            for channel, locale, content_id, *content in texts
        },
        created_at=from_ms(created_at_ms),
        layout_version=layout_version,
    )


def draft_to_json(draft: TemplateDraft) -> str:
    """Return *draft* as the store keeps it."""
    return to_json(
        {
            "name": draft.name,
            "variables": draft.variables,
            "layout": draft.layout,
            "frames": list(draft.frames.items()),
            "texts": [(channel, locale, _to_list(content)) for (channel, locale), content in draft.texts.items()],
        }
    )


def draft_from_json(text: str) -> TemplateDraft:
    """Return the draft that the store keeps as *text*."""
    kept = json.loads(text)
    return TemplateDraft(
        name=kept["name"],
        variables=tuple(kept["variables"]),
        layout=kept["layout"],
        frames=dict(kept["frames"]),
        texts={(Channel(channel), locale): _from_list(parts) for channel, locale, parts in kept["texts"]},
    )


def _to_list(content: Content) -> list[Any]:
    return [content.subject, content.body, content.html, dict(content.data)]


def _from_list(parts: list[Any]) -> Content:
    subject, body, html, data = parts
    return Content(subject=subject, body=body, html=html, data=data, markup=Markup.JINJA)
