"""Templates in SQLite."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

from attrs import frozen

from adapters.sqlite.contents import keep_contents
from adapters.sqlite.database import Database
from adapters.sqlite.rows import Parameters, Row, channel_of, from_ms, to_json, to_ms
from adapters.sqlite.template_rows import TEMPLATE_COLUMNS, draft_to_json, template_of_rows
from application.ports.template_repository import PutTemplate, TemplateEntry
from domain.channel import Channel
from domain.errors import NotFound
from domain.template import NewTemplate, Template

# The latest version of a name that was not deleted.
SELECT_LATEST = f"""
SELECT {TEMPLATE_COLUMNS}
  FROM templates AS t
 WHERE t.name = :name AND t.deleted_at_ms IS NULL
 ORDER BY t.version DESC
 LIMIT 1
"""  # noqa: S608  (constant text)

# One version, whether its name was deleted or not.
SELECT_VERSION = f"SELECT {TEMPLATE_COLUMNS} FROM templates AS t WHERE t.name = :name AND t.version = :version"  # noqa: S608  (constant text)

# The next version of a name; what was deleted keeps its number.
INSERT_TEMPLATE = """
INSERT INTO templates (name, version, variables, layout, layout_version, draft, created_at_ms)
SELECT :name, 1 + coalesce(max(version), 0), :variables, :layout, :layout_version, :draft, :now_ms
  FROM templates
 WHERE name = :name
"""
INSERT_TEXT = "INSERT INTO template_texts (template_id, channel, locale, content_id) VALUES (?, ?, ?, ?)"

DELETE = "UPDATE templates SET deleted_at_ms = :now_ms WHERE name = :name AND deleted_at_ms IS NULL"

# The latest version of each name, by name, with where it has texts and whether its layout went on without it.
SELECT_PAGE = """
SELECT t.name, max(t.version), t.variables, t.layout, t.created_at_ms,
       (SELECT max(l.version) FROM templates AS l WHERE l.name = t.layout AND l.deleted_at_ms IS NULL)
         > t.layout_version,
       json_array_length(t.draft, '$.frames') > 0,
       (SELECT json_group_array(json_array(x.channel, x.locale)) FROM template_texts AS x WHERE x.template_id = t.id)
  FROM templates AS t
 WHERE t.deleted_at_ms IS NULL AND t.name > :after
 GROUP BY t.name
 ORDER BY t.name
 LIMIT :limit
"""


@frozen
class SqliteTemplateRepository:
    """Keeps templates in tables (:class:`application.ports.template_repository.TemplateRepository`)."""

    _database: Database

    def put(self, new: NewTemplate, now: datetime) -> PutTemplate:
        """Store *new* as the next version of its name, unless the latest one says the same."""

        def put(connection: sqlite3.Connection) -> PutTemplate:
            latest = _latest(connection, new.draft.name)
            if latest is not None and latest.says(new):
                return PutTemplate(latest, is_new=False)
            _insert(connection, new, now)
            stored = _latest(connection, new.draft.name)
            assert stored is not None
            return PutTemplate(stored, is_new=True)

        return self._database.write(put)

    def find(self, names: Collection[str]) -> dict[str, Template]:
        """Return the latest version of each of *names*."""

        def find(connection: sqlite3.Connection) -> dict[str, Template]:
            found = {name: _latest(connection, name) for name in names}
            return {name: template for name, template in found.items() if template is not None}

        return self._database.read(find)

    def get(self, name: str, version: int | None = None) -> Template:
        """Return the latest version, or that *version*."""

        def get(connection: sqlite3.Connection) -> Template | None:
            if version is None:
                return _latest(connection, name)
            row = connection.execute(SELECT_VERSION, {"name": name, "version": version}).fetchone()
            return None if row is None else template_of_rows(connection, row)

        found = self._database.read(get)
        if found is None:
            raise NotFound("template", name if version is None else f"{name} version {version}")
        return found

    def page(self, limit: int, after: str | None = None) -> Sequence[TemplateEntry]:
        """Return templates by name."""
        parameters = {"limit": limit or -1, "after": after or ""}
        rows = self._database.read(lambda connection: connection.execute(SELECT_PAGE, parameters).fetchall())
        return [_entry(row) for row in rows]

    def delete(self, name: str, now: datetime) -> None:
        """Let nobody find *name* any more."""
        parameters = {"name": name, "now_ms": to_ms(now)}
        if not self._database.write(lambda connection: connection.execute(DELETE, parameters).rowcount):
            raise NotFound("template", name)


def _latest(connection: sqlite3.Connection, name: str) -> Template | None:
    row = connection.execute(SELECT_LATEST, {"name": name}).fetchone()
    return None if row is None else template_of_rows(connection, row)


def _insert(connection: sqlite3.Connection, new: NewTemplate, now: datetime) -> None:
    parameters: Parameters = {
        "name": new.draft.name,
        "variables": to_json(new.variables),
        "layout": new.draft.layout,
        "layout_version": new.layout_version,
        "draft": draft_to_json(new.draft),
        "now_ms": to_ms(now),
    }
    template_id = connection.execute(INSERT_TEMPLATE, parameters).lastrowid
    content_ids = keep_contents(connection, new.contents.values())
    connection.executemany(
        INSERT_TEXT,
        [
            (template_id, channel, locale or "", content_id)
            for (channel, locale), content_id in zip(new.contents, content_ids, strict=True)
        ],
    )


def _entry(row: Row) -> TemplateEntry:
    name, version, variables, layout, created_at_ms, layout_behind, is_layout, texts = row
    locales: dict[Channel, list[str | None]] = {}
    for channel, locale in sorted(json.loads(texts)):
        locales.setdefault(channel_of(channel), []).append(locale or None)
    return TemplateEntry(
        name=name,
        version=version,
        variables=tuple(json.loads(variables)),
        locales={channel: tuple(locales[channel]) for channel in Channel if channel in locales},
        is_layout=is_layout == 1,
        layout=layout,
        layout_behind=layout_behind == 1,
        created_at=from_ms(created_at_ms),
    )
