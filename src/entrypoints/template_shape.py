"""Templates as people write them, in a TOML file or as JSON: from that to a draft, and back.

Beside ``name``, ``variables`` and ``layout``, each channel has an object with ``subject``, ``body``, ``html`` and
``data``, and in it one a locale with the same fields. Where ``layout`` is an object, the template is one.
"""

from collections.abc import Mapping
from typing import Any, Final

from domain.channel import Channel
from domain.content import Content, Markup
from domain.errors import FieldError, InvalidInput
from domain.template import TemplateDraft

TEXTS: Final = ("subject", "body", "html")
ENTRIES_MAX: Final = 1000
SHOWN_MAX: Final = 60


def read_template(value: Any, name: str | None = None) -> TemplateDraft:
    """Return the template that *value* describes; *name* is what it is called where *value* need not say so.

    :raises InvalidInput: every field of the wrong kind, and every one that is not known, is named.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput.of("", "must be an object")
    reading = _Reading()
    known = {"name", "variables", "layout", *Channel}
    for key in value:
        if key not in known:
            reading.wrong(_shown(key), f"is not known here; there are {', '.join(sorted(known))}")
    own_name = reading.text("name", value.get("name"))
    if own_name is None and name is None and value.get("name") is None:
        reading.wrong("name", "is missing; say what requests call the template")
    if None not in (own_name, name) and own_name != name:
        reading.wrong("name", "differs from the name in the path; leave it out")
    layout = value.get("layout")
    draft = TemplateDraft(
        name=own_name or name or "",
        variables=reading.names(value.get("variables")),
        layout=None if isinstance(layout, Mapping) else reading.text("layout", layout),
        frames=reading.frames(layout) if isinstance(layout, Mapping) else {},
        texts={
            (channel, locale): content
            for channel in Channel
            if value.get(channel) is not None
            for locale, content in reading.contents(channel.value, value[channel]).items()
        },
    )
    if reading.errors:
        raise InvalidInput(reading.errors)
    return draft


def written_template(draft: TemplateDraft) -> dict[str, Any]:
    """Return *draft* as :func:`read_template` takes it."""
    written: dict[str, Any] = {"name": draft.name, "variables": list(draft.variables)}
    if draft.layout is not None:
        written["layout"] = draft.layout
    for locale, html in draft.frames.items():
        written.setdefault("layout", {}).update({"html": html} if locale is None else {locale: {"html": html}})
    for (channel, locale), content in draft.texts.items():
        fields = _fields(content)
        written.setdefault(channel.value, {}).update(fields if locale is None else {locale: fields})
    return written


def _fields(content: Content) -> dict[str, Any]:
    texts = {"subject": content.subject, "body": content.body, "html": content.html, "data": dict(content.data) or None}
    return {name: text for name, text in texts.items() if text is not None}


class _Reading:
    """Reads parts of a template, and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, field: str, message: str) -> None:
        """Keep that *field* is wrong."""
        self.errors.append(FieldError(field, message))

    def text(self, field: str, value: Any) -> str | None:
        """Return *value* if it is text."""
        if value is None or isinstance(value, str):
            return value
        self.wrong(field, "must be text")
        return None

    def names(self, value: Any) -> tuple[str, ...]:
        """Return the declared variables."""
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.wrong("variables", 'must be a list of names, such as ["order", "url"]')
            return ()
        return tuple(value)

    def frames(self, value: Mapping[str, Any]) -> dict[str | None, str]:
        """Return the html of a layout by locale."""
        found: dict[str | None, str] = {}
        for locale, where, fields in self._by_locale("layout", value, ("html",)):
            html = self.text(f"{where}.html", fields.get("html"))
            if html is not None:
                found[locale] = html
            elif fields.get("html") is None:
                self.wrong(f"{where}.html", "is missing; a layout is html with {{ content }} in it")
        return found

    def contents(self, channel: str, value: Any) -> dict[str | None, Content]:
        """Return the texts of one channel by locale."""
        found: dict[str | None, Content] = {}
        for locale, where, fields in self._by_locale(channel, value, (*TEXTS, "data")):
            if locale is None and not fields:
                continue  # only locales; the domain says what is missing
            subject, body, html = (self.text(f"{where}.{name}", fields.get(name)) for name in TEXTS)
            data = self._data(f"{where}.data", fields.get("data"))
            found[locale] = Content(subject=subject, body=body, html=html, data=data, markup=Markup.JINJA)
        return found

    def _by_locale(
        self, where: str, value: Any, known: tuple[str, ...]
    ) -> list[tuple[str | None, str, Mapping[str, Any]]]:
        """Return the fields for everybody, and those of each locale, with where they stand."""
        if not isinstance(value, Mapping) or len(value) > ENTRIES_MAX:
            self.wrong(where, f"must be an object with {', '.join(known)}")
            return []
        found: list[tuple[str | None, str, Mapping[str, Any]]] = [
            (None, where, {name: value[name] for name in known if name in value})
        ]
        for key, inner in value.items():
            if key in known:
                continue
            path = f"{where}.{_shown(key)}"
            if not isinstance(inner, Mapping):
                self.wrong(path, f"is not known here; there are {', '.join(known)}, and an object for each locale")
                continue
            for unknown in inner.keys() - set(known):
                self.wrong(f"{path}.{_shown(unknown)}", f"is not known here; there are {', '.join(known)}")
            found.append((key, path, {name: inner[name] for name in known if name in inner}))
        return found

    def _data(self, where: str, value: Any) -> dict[str, str]:
        if value is None:
            return {}
        if not isinstance(value, Mapping) or len(value) > ENTRIES_MAX:
            self.wrong(where, "must be an object of texts")
            return {}
        wrong = [key for key, text in value.items() if not isinstance(text, str)]
        for key in wrong:
            self.wrong(f"{where}.{_shown(key)}", "must be text")
        return {key: text for key, text in value.items() if key not in wrong}


def _shown(key: str) -> str:
    """Return *key* as it may stand in a message: short, and text that every reader takes."""
    cut = key if len(key) <= SHOWN_MAX else f"{key[:SHOWN_MAX]}…"
    return cut if cut.isprintable() else ascii(cut)[1:-1]
