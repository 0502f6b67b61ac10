"""The pages as HTML."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined

from application.links.show_choices import Choices
from application.links.unsubscribe import Undone
from domain.channel import Channel
from domain.preferences import Scope
from entrypoints.http_api.pages.forms import QuietField, SentChoices, kind_name, topic_name
from entrypoints.http_api.pages.words import BY, CHANNELS, TYPES, said, undone
from entrypoints.settings import TopicSettings

STYLE: Final = files(__package__).joinpath("style.css").read_bytes()
"""The style of every page."""

_NO_ERRORS: Final[Mapping[str, str]] = {}
_NOT_NOW: Final = "Nothing of this comes at present, whatever you choose."


@frozen
class Toggle:
    """One thing that a person can turn on and off: as it is, and as it stands in the form."""

    name: str
    title: str
    shown: bool
    wanted: bool
    hint: str | None = None


@frozen
class ChannelToggles:
    """What comes over one channel; ``note`` says that nothing does at present."""

    name: str
    title: str
    note: str | None
    kinds: tuple[Toggle, ...]


@frozen(slots=False)
class Pages:
    """Makes the pages; *topics* are those of the configuration, with what people call them.

    Every page has relative links, because a proxy may serve it under a path; *up* leads from the page to the root.
    """

    topics: Mapping[str, TopicSettings]

    @cached_property
    def _templates(self) -> Environment:
        templates = Environment(
            loader=PackageLoader("entrypoints.http_api", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.globals["style_version"] = sha256(STYLE).hexdigest()[:12]
        return templates

    def about(self, name: str, up: str, token: str, scope: Scope, before: str | None = None) -> bytes:
        """Return a page about unsubscribing from *scope*: ``ask``, ``done`` or ``needed``.

        *before* is what takes it back.
        """
        what = said(scope, self.topics)
        return self._page(name, up, token=token, what=what, keeps=scope.type is None, before=before)

    def undone(self, up: str, token: str, scope: Scope, outcome: Undone, out_of_reach: Sequence[Channel]) -> bytes:
        """Return the page about taking back a no to *scope*; over the channels *out_of_reach* nothing comes."""
        heading, text = undone(outcome, said(scope, self.topics), comes=not out_of_reach)
        return self._page(
            "undone", up, token=token, heading=heading, text=text, out_of_reach=[BY[one] for one in out_of_reach]
        )

    def notice(self, up: str, heading: str, text: str) -> bytes:
        """Return a page that only says something."""
        return self._page("notice", up, heading=heading, text=text)

    def preferences(self, up: str, choices: Choices, sent: SentChoices | None = None, *, saved: bool = False) -> bytes:
        """Return the preference page: what holds, and over it what was *sent*, where that could not be saved."""
        answers = {} if sent is None else sent.answers
        usual = " and ".join(str(hours).replace("-", " to ") for hours in choices.usual_hours)
        shown = QuietField.of(choices.quiet_hours)
        return self._page(
            "preferences",
            up,
            channels=[_channel(channel, choices, answers) for channel in choices.channels],
            topics=[self._topic(topic, choices, answers) for topic in choices.topics],
            usual=f"As usual: {usual}" if usual else "As usual: none",
            shown=shown,
            quiet=(sent and sent.quiet) or shown,
            timezone=choices.timezone,
            errors=_NO_ERRORS if sent is None else sent.errors,
            saved=saved,
        )

    def _topic(self, topic: str, choices: Choices, answers: Mapping[str, bool]) -> Toggle:
        known = self.topics.get(topic)
        title, hint = (topic, None) if known is None else (known.title, known.description)
        if topic in choices.topics_out_of_reach:
            hint = f"{hint} {_NOT_NOW}" if hint else _NOT_NOW
        return _toggle(topic_name(topic), title, choices.topics[topic], answers, hint)

    def _page(self, name: str, up: str, **values: Any) -> bytes:
        return self._templates.get_template(f"{name}.html").render(values, up=up).encode()


def _channel(channel: Channel, choices: Choices, answers: Mapping[str, bool]) -> ChannelToggles:
    is_reached = choices.reaches(channel)
    note = None if is_reached else f"We cannot reach you {BY[channel]} at present, whatever you choose here."
    kinds = tuple(
        _toggle(
            kind_name(kind),
            TYPES[kind[1]],
            wanted,
            answers,
            _NOT_NOW if is_reached and kind in choices.out_of_reach else None,
        )
        for kind, wanted in choices.kinds.items()
        if kind[0] is channel
    )
    return ChannelToggles(channel.value, CHANNELS[channel], note, kinds)


def _toggle(name: str, title: str, shown: bool, answers: Mapping[str, bool], hint: str | None = None) -> Toggle:
    return Toggle(name, title, shown, answers.get(name, shown), hint)
