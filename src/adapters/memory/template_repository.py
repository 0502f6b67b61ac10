"""Templates in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice

from attrs import frozen

from adapters.memory.state import MemoryState
from application.ports.template_repository import PutTemplate, TemplateEntry
from domain.channel import Channel
from domain.errors import NotFound
from domain.template import NewTemplate, Template, TemplateText


@frozen
class MemoryTemplateRepository:
    """Keeps templates in dicts (:class:`application.ports.template_repository.TemplateRepository`)."""

    _state: MemoryState

    def put(self, new: NewTemplate, now: datetime) -> PutTemplate:
        """Store *new* as the next version of its name, unless the latest one says the same."""
        with self._state.lock:
            latest = self._state.template(new.draft.name)
            if latest is not None and latest.says(new):
                return PutTemplate(latest, is_new=False)
            versions = self._state.templates.setdefault(new.draft.name, [])
            stored = Template(
                version=len(versions) + 1,
                draft=new.draft,
                variables=new.variables,
                texts={
                    key: TemplateText(self._state.keep_content(content), content)
                    for key, content in new.contents.items()
                },
                created_at=now,
                layout_version=new.layout_version,
            )
            versions.append(stored)
            self._state.deleted_templates.discard(new.draft.name)
            return PutTemplate(stored, is_new=True)

    def find(self, names: Collection[str]) -> dict[str, Template]:
        """Return the latest version of each of *names*."""
        with self._state.lock:
            found = {name: self._state.template(name) for name in names}
            return {name: template for name, template in found.items() if template is not None}

    def get(self, name: str, version: int | None = None) -> Template:
        """Return the latest version, or that *version*."""
        with self._state.lock:
            if version is None:
                latest = self._state.template(name)
                if latest is None:
                    raise NotFound("template", name)
                return latest
            versions = self._state.templates.get(name, [])
            if not 0 < version <= len(versions):
                raise NotFound("template", f"{name} version {version}")
            return versions[version - 1]

    def page(self, limit: int, after: str | None = None) -> Sequence[TemplateEntry]:
        """Return templates by name."""
        with self._state.lock:
            known = (self._state.template(name) for name in sorted(self._state.templates))
            behind = (one for one in known if one is not None and (after is None or one.name > after))
            return [self._entry(one) for one in islice(behind, limit or None)]

    def delete(self, name: str, now: datetime) -> None:  # noqa: ARG002  (nobody asks when it was)
        """Let nobody find *name* any more."""
        with self._state.lock:
            if self._state.template(name) is None:
                raise NotFound("template", name)
            self._state.deleted_templates.add(name)

    def _entry(self, template: Template) -> TemplateEntry:
        layout = self._state.template(template.draft.layout) if template.draft.layout else None
        by_name = sorted(template.texts, key=lambda key: key[1] or "")
        return TemplateEntry(
            name=template.name,
            version=template.version,
            variables=template.variables,
            locales={
                channel: tuple(locale for where, locale in by_name if where is channel)
                for channel in Channel
                if channel in template.channels
            },
            is_layout=template.is_layout,
            layout=template.draft.layout,
            layout_behind=layout is not None and layout.version > (template.layout_version or 0),
            created_at=template.created_at,
        )
