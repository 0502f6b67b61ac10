"""Keeping templates, version by version."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from domain.channel import Channel
from domain.template import NewTemplate, Template


@frozen
class PutTemplate:
    """What became of a template that was put: the version that stands now, and whether that is a new one."""

    template: Template
    is_new: bool


@frozen(kw_only=True)
class TemplateEntry:
    """A template as a list shows it: its latest version, and for which locales each channel has a text.

    A locale None stands for everybody else. ``layout_behind`` says that its layout has a later version than the one
    in it; a layout has no channels.
    """

    name: str
    version: int
    variables: tuple[str, ...]
    locales: Mapping[Channel, tuple[str | None, ...]]
    is_layout: bool
    layout: str | None
    layout_behind: bool
    created_at: datetime


class TemplateRepository(Protocol):
    """Stores templates. Each method is one transaction; called from several threads at once.

    Versions of a name count from 1 and are never used again. Every method may raise StoreUnavailable; then nothing of
    the call was written.
    """

    def put(self, new: NewTemplate, now: datetime) -> PutTemplate:
        """Store *new* as the next version of its name, unless the latest one says the same; one content a text."""
        ...

    def find(self, names: Collection[str]) -> dict[str, Template]:
        """Return the latest version of each of *names*; those that are unknown or deleted are missing."""
        ...

    def get(self, name: str, version: int | None = None) -> Template:
        """Return the latest version, or that *version*, which is found also once the name is deleted.

        :raises NotFound: there is none.
        """
        ...

    def page(self, limit: int, after: str | None = None) -> Sequence[TemplateEntry]:
        """Return templates by name, those behind the name *after*; *limit* 0 means all."""
        ...

    def delete(self, name: str, now: datetime) -> None:
        """Let nobody find *name* any more; what was made of it, and is still to be sent, keeps its texts.

        :raises NotFound: there is none of this name.
        """
        ...
