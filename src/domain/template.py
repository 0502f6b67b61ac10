"""Texts under a name: versioned, one a channel and locale, with the variables that whoever sends by it must give."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from attrs import evolve, field, frozen

from domain.channel import Channel
from domain.content import BODY_MAX_BYTES, Content, problems
from domain.errors import FieldError

VARIABLES_MAX: Final = 50
VARIABLES_MAX_BYTES: Final = 16_384
"""The most bytes of JSON that the variables of one notification may take."""

TEXTS_MAX: Final = 100
"""The most texts of one template, over all channels and locales."""

LOCALE_MAX: Final = 35  # BCP 47 asks for room for 35 characters
NAME_RULE: Final = "must have 1 to 100 lower-case letters, digits, dots, hyphens and underscores, the first no sign"
CONTENT: Final = "content"
"""What the html of a template is called in the frame of a layout."""

UNSUBSCRIBE_URL: Final = "unsubscribe_url"
PREFERENCES_URL: Final = "preferences_url"
NO_LINKS: Final[Mapping[str, str]] = MappingProxyType({UNSUBSCRIBE_URL: "", PREFERENCES_URL: ""})
"""What the links of a message are called in its templates, and what they are where there are none."""

RESERVED: Final = frozenset(
    (
        *("and", "else", "if", "in", "is", "not", "or", "true", "false", "none", "True", "False", "None"),
        *("recipient", "content", "loop", "range", "self", "super", "caller"),
        *NO_LINKS,
    )
)
"""What no variable can be called: it means something else in a template."""

NAME_PATTERN: Final = "^[a-z0-9][a-z0-9._-]{0,99}$"
_NAME = re.compile(NAME_PATTERN)
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}\Z")
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z")
_CONTENT = re.compile(r"\{\{[-+]?\s*content\s*[-+]?\}\}")
_TAG = re.compile(r"\{[{%#]")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON spells it

TextKey: TypeAlias = tuple[Channel, str | None]
"""The channel of a text, and its locale; None for everybody who has no better one."""

NO_VARIABLES: Final[Mapping[str, Any]] = MappingProxyType({})


@frozen
class TemplateVersion:
    """Which text of which template something was made of."""

    name: str
    version: int


@frozen
class TemplateUse:
    """A template as a request names it, with a value for each of its variables: what JSON can say."""

    name: str
    variables: Mapping[str, Any] = field(default=NO_VARIABLES, hash=False)


@frozen(kw_only=True)
class TemplateDraft:
    """A template as a person writes it.

    ``layout`` names the one that its html is put into. A layout is a template of its own that has nothing but
    ``frames``: html by locale, with ``{{ content }}`` in the place of the content. The texts are Jinja2.
    """

    name: str
    variables: tuple[str, ...] = ()
    layout: str | None = None
    frames: Mapping[str | None, str] = field(factory=lambda: MappingProxyType({}), hash=False)
    texts: Mapping[TextKey, Content] = field(factory=lambda: MappingProxyType({}), hash=False)


@frozen(kw_only=True)
class NewTemplate:
    """A template that is complete: ``contents`` have the layout in them, ``variables`` those of the layout too."""

    draft: TemplateDraft
    variables: tuple[str, ...]
    contents: Mapping[TextKey, Content] = field(hash=False)
    layout_version: int | None = None


@frozen
class TemplateText:
    """One text of a stored template. Whoever gets it shares the one content."""

    content_id: int
    content: Content


@frozen(kw_only=True)
class Template:
    """One version of a template as the store knows it; nothing of it ever changes."""

    version: int
    draft: TemplateDraft
    variables: tuple[str, ...]
    texts: Mapping[TextKey, TemplateText] = field(hash=False)
    created_at: datetime
    layout_version: int | None = None

    @property
    def name(self) -> str:
        """What requests call it."""
        return self.draft.name

    @property
    def named(self) -> TemplateVersion:
        """Its name and version."""
        return TemplateVersion(self.name, self.version)

    @property
    def is_layout(self) -> bool:
        """Say whether others put their html into it, and nobody is sent it by itself."""
        return bool(self.draft.frames)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that it has a text for."""
        return tuple(channel for channel in Channel if (channel, None) in self.texts)

    def says(self, new: NewTemplate) -> bool:
        """Say whether *new* is the same in every text, so that it needs no version of its own."""
        return (self.draft, self.variables, self.contents) == (new.draft, new.variables, new.contents)

    @property
    def contents(self) -> Mapping[TextKey, Content]:
        """Its texts without their ids."""
        return {key: text.content for key, text in self.texts.items()}

    def locale_for(self, channel: Channel, locale: str | None) -> str | None:
        """Return which locale's text of *channel* somebody with *locale* gets; None for the one for all others."""
        return best_locale((known for where, known in self.texts if where is channel), locale)

    def choose(self, channel: Channel, locale: str | None) -> TemplateText | None:
        """Return the text that somebody with *locale* gets over *channel*; None where it has none for the channel."""
        return self.texts.get((channel, self.locale_for(channel, locale)))

    def use_problems(self, use: TemplateUse, channels: Iterable[Channel]) -> list[FieldError]:
        """Return everything that keeps *use* from being sent over *channels*: texts and variables."""
        if self.is_layout:
            return [FieldError("template", f"{self.name} is a layout; name a template that uses it")]
        lacking = [channel for channel in channels if channel not in self.channels]
        known = ", ".join(self.channels)
        return [
            *(FieldError("template", f"{self.name} has no text for {one}; it has {known}") for one in lacking),
            *_variable_problems(self, use.variables),
        ]


def fallbacks(locale: str | None) -> Iterator[str]:
    """Yield *locale* in lower case and what stands in for it, as RFC 4647 section 3.4: zh-hant-tw, zh-hant, zh."""
    parts = (locale or "").replace("_", "-").lower().split("-")
    while parts and parts[0]:
        yield "-".join(parts)
        parts.pop()
        if parts and len(parts[-1]) == 1:  # it only opens what followed it
            parts.pop()


def best_locale(known: Iterable[str | None], wanted: str | None) -> str | None:
    """Return which of the *known* locales serves somebody who *wanted* one; None if no better one does."""
    by_name = {one.lower(): one for one in known if one is not None}
    return next((by_name[one] for one in fallbacks(wanted) if one in by_name), None)


def is_template_name(text: str) -> bool:
    """Say whether a template can be called *text*."""
    return _NAME.fullmatch(text) is not None


def composed(draft: TemplateDraft, layout: Template | None) -> NewTemplate:
    """Return *draft* with its html in that of *layout*: the text of a locale in the frame of that locale."""
    if layout is None:
        return NewTemplate(draft=draft, variables=draft.variables, contents=draft.texts)
    return NewTemplate(
        draft=draft,
        variables=tuple(dict.fromkeys((*draft.variables, *layout.variables))),
        contents={
            (channel, locale): _framed(content, layout, locale) for (channel, locale), content in draft.texts.items()
        },
        layout_version=layout.version,
    )


def _framed(content: Content, layout: Template, locale: str | None) -> Content:
    frames = layout.draft.frames
    html = content.html
    if html is None:
        return content
    return evolve(content, html=_CONTENT.sub(lambda _: html, frames[best_locale(frames, locale)]))


def place(channel: Channel, locale: str | None) -> str:
    """Return where a text stands in what a person writes, such as ``email.de``."""
    return channel.value if locale is None else f"{channel}.{locale}"


def draft_problems(draft: TemplateDraft) -> Iterator[FieldError]:
    """Yield everything that is wrong with *draft* by itself; whether it can be filled in is for the renderer."""
    if not is_template_name(draft.name):
        yield FieldError("name", NAME_RULE)
    yield from _declaration_problems(draft.variables)
    if draft.layout is not None and not is_template_name(draft.layout):
        yield FieldError("layout", f"the name of a layout {NAME_RULE}")
    if draft.frames:
        yield from _frame_problems(draft)
    elif not draft.texts:
        yield FieldError("texts", "there are none; add one for a channel, such as sms with a body")
    yield from _text_problems(draft)


def _declaration_problems(variables: tuple[str, ...]) -> Iterator[FieldError]:
    if len(variables) > VARIABLES_MAX:
        yield FieldError("variables", f"there are {len(variables)}; a template has at most {VARIABLES_MAX}")
        return
    for number, name in enumerate(variables):
        if name in RESERVED:
            yield FieldError("variables", f"{name} means something else in a template; take another name")
        elif not _VARIABLE.match(name):
            yield FieldError(
                f"variables[{number}]", "must have 1 to 50 letters, digits and underscores, a letter first"
            )
        elif name in variables[:number]:
            yield FieldError("variables", f"{name} is there twice")


def _frame_problems(draft: TemplateDraft) -> Iterator[FieldError]:
    if draft.texts:
        yield FieldError("layout", "a layout is for the texts of others; put the texts into a template that names it")
    yield from _locale_problems("layout", draft.frames)
    for locale, html in draft.frames.items():
        where = "layout.html" if locale is None else f"layout.{locale}.html"
        if len(_CONTENT.findall(html)) != 1:
            yield FieldError(where, "must have {{ content }} once, where the html of a template goes")
        if len(html.encode(errors="replace")) > BODY_MAX_BYTES:
            yield FieldError(where, f"is longer than {BODY_MAX_BYTES} bytes; shorten it")


def _text_problems(draft: TemplateDraft) -> Iterator[FieldError]:
    if len(draft.texts) > TEXTS_MAX:
        yield FieldError("texts", f"there are {len(draft.texts)}; at most {TEXTS_MAX} are kept")
        return
    for channel in Channel:
        locales = [locale for where, locale in draft.texts if where is channel]
        if locales:
            yield from _locale_problems(channel.value, locales)
    for (channel, locale), content in draft.texts.items():
        where = place(channel, locale)
        for one in problems(content, channel):
            yield FieldError(f"{where}.{one.field}", one.message)
        for name, value in content.data.items():
            if _TAG.search(value):
                yield FieldError(f"{where}.data.{name}", "is handed on as it stands, so it cannot have {{ }} in it")


def _locale_problems(where: str, locales: Iterable[str | None]) -> Iterator[FieldError]:
    known = list(locales)
    if None not in known:
        yield FieldError(where, "needs a text for everybody else beside those for locales")
    named = [one for one in known if one is not None]
    for locale in named:
        if not _LOCALE.match(locale) or len(locale) > LOCALE_MAX:
            yield FieldError(where, f"{locale!a:.60} is neither a field nor a locale (BCP 47), such as de or de-AT")
        elif sum(one.lower() == locale.lower() for one in named) > 1:
            yield FieldError(f"{where}.{locale}", "is there twice: upper and lower case mean the same")


def _variable_problems(template: Template, given: Mapping[str, Any]) -> list[FieldError]:
    declared = template.variables
    found = [
        FieldError(f"variables.{name}", f"is missing; the template {template.name} needs it")
        for name in declared
        if given.get(name) is None
    ]
    has = f"it has {', '.join(declared)}" if declared else "it has none"
    unknown = [name for name in given if name not in declared]
    if unknown:
        named = ", ".join(f"{name!a:.60}" for name in unknown[:5])
        found.append(FieldError("variables", f"the template {template.name} has no {named}; {has}"))
    try:
        text = json.dumps(dict(given), ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (ValueError, TypeError, RecursionError):
        return [*found, FieldError("variables", "are not plain JSON text, numbers, truth values, lists and objects")]
    if _NUL.search(text):
        found.append(FieldError("variables", "contain a NUL character; remove it"))
    if size > VARIABLES_MAX_BYTES:
        found.append(FieldError("variables", f"take {size} bytes of JSON; at most {VARIABLES_MAX_BYTES} are kept"))
    return found
