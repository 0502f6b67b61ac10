"""Looking at templates, and taking their names away."""

from collections.abc import Sequence

from attrs import frozen

from application.ports.clock import Clock
from application.ports.template_repository import TemplateEntry, TemplateRepository
from domain.errors import NotFound
from domain.template import Template, is_template_name


@frozen
class TemplatePage:
    """Some templates; ``next`` is the cursor of the page behind it, None at the end."""

    items: Sequence[TemplateEntry]
    next: str | None


@frozen(kw_only=True)
class ListTemplates:
    """Look at templates, by name."""

    templates: TemplateRepository

    def __call__(self, limit: int, after: str | None = None) -> TemplatePage:
        """Return one page of at most *limit*, which must not be 0, behind the name *after*."""
        assert limit > 0
        found = self.templates.page(limit + 1, after)
        items = found[:limit]
        return TemplatePage(items, items[-1].name if len(found) > limit else None)

    def all(self) -> Sequence[TemplateEntry]:
        """Return every template."""
        return self.templates.page(0)


@frozen(kw_only=True)
class ShowTemplate:
    """Look at one version of a template."""

    templates: TemplateRepository

    def __call__(self, name: str, version: int | None = None) -> Template:
        """Return the latest version, or that *version*, also of a name that was deleted.

        :raises NotFound: there is none.
        """
        _require_name(name)
        return self.templates.get(name, version)


@frozen(kw_only=True)
class DeleteTemplate:
    """Let nobody send by a template any more."""

    templates: TemplateRepository
    clock: Clock

    def __call__(self, name: str) -> None:
        """Delete *name*; what was made of it, and is still to be sent, keeps its texts.

        :raises NotFound: there is none of this name.
        """
        _require_name(name)
        self.templates.delete(name, self.clock.now())


def _require_name(name: str) -> None:
    if not is_template_name(name):
        raise NotFound("template", ascii(name[:100]))
