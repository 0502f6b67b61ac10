"""Storing a template: checked whole, put into its layout, and kept as a version of its own."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from application.ports.clock import Clock
from application.ports.template_renderer import TemplateRenderer
from application.ports.template_repository import TemplateRepository
from domain.content import Content, Markup, problems
from domain.errors import FieldError, InvalidInput
from domain.template import (
    CONTENT,
    NewTemplate,
    Template,
    TemplateDraft,
    composed,
    draft_problems,
    is_template_name,
    place,
)


@frozen
class TemplateStored:
    """The version that stands now, whether it is new, and which templates still have an earlier one as their layout."""

    template: Template
    is_new: bool
    to_put_again: Sequence[str]


@frozen(kw_only=True)
class PutTemplateDraft:
    """Store a template under its name; what was made of earlier versions stays as it is."""

    templates: TemplateRepository
    renderer: TemplateRenderer
    clock: Clock

    def __call__(self, draft: TemplateDraft) -> TemplateStored:
        """Return the version that says what *draft* says: a new one, or the latest if that says the same.

        Its layout becomes part of it: a later version of the layout counts once the template is put again.

        :raises InvalidInput: every wrong field is named.
        """
        found = [*draft_problems(draft), *self._frame_faults(draft)]
        layout = self._layout(draft, found)
        new = composed(draft, layout)
        found += self._text_faults(draft, new)
        if found:
            raise InvalidInput(dict.fromkeys(found))
        put = self.templates.put(new, self.clock.now())
        behind = [one.name for one in self.templates.page(0) if one.layout == draft.name and one.layout_behind]
        return TemplateStored(put.template, put.is_new, behind if put.template.is_layout else ())

    def _layout(self, draft: TemplateDraft, found: list[FieldError]) -> Template | None:
        """Return the layout that *draft* names; what is wrong with it is added to *found*."""
        if draft.layout is None or not is_template_name(draft.layout):
            return None
        layout = self.templates.find([draft.layout]).get(draft.layout)
        if layout is None:
            found.append(FieldError("layout", f"there is no template {draft.layout}; put it first"))
        elif not layout.is_layout:
            found.append(FieldError("layout", f"{draft.layout} is a template and no layout, which has a table layout"))
        elif all(content.html is None for content in draft.texts.values()):
            found.append(FieldError("layout", "there is no html to put into it; add one to email, or leave it out"))
        else:
            return layout
        return None

    def _frame_faults(self, draft: TemplateDraft) -> Iterator[FieldError]:
        for locale, html in draft.frames.items():
            frame = Content(html=html, markup=Markup.JINJA)
            for _, message in self.renderer.problems(frame, (*draft.variables, CONTENT)):
                yield FieldError("layout.html" if locale is None else f"layout.{locale}.html", message)

    def _text_faults(self, draft: TemplateDraft, new: NewTemplate) -> Iterator[FieldError]:
        """Yield what is wrong with each text by itself, and, where nothing is, with it in its layout."""
        for (channel, locale), content in draft.texts.items():
            where = place(channel, locale)
            whole = new.contents[channel, locale]
            faults = self.renderer.problems(content, new.variables)
            if not faults and whole is not content:
                faults = self.renderer.problems(whole, new.variables)
                faults += [(one.field, one.message) for one in problems(whole, channel)]
            for name, message in faults:
                yield FieldError(f"{where}.{name}", message)
