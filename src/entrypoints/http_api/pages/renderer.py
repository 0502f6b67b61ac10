"""The pages as HTML."""

from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined

from application.links.show_choices import Choices
from domain.preferences import Scope
from entrypoints.http_api.pages.forms import QuietField, SentChoices, kind_name, topic_name
from entrypoints.http_api.pages.words import CHANNELS, TYPES, said
from entrypoints.settings import TopicSettings

STYLE: Final = files(__package__).joinpath("style.css").read_bytes()
"""The style of every page."""

_NO_ERRORS: Final[Mapping[str, str]] = {}


@frozen
class Toggle:
    """One thing that a person can turn on and off."""

    name: str
    title: str
    wanted: bool
    description: str | None = None


@frozen
class ChannelToggles:
    """What comes over one channel."""

    title: str
    kinds: tuple[Toggle, ...]


@frozen(slots=False)
class Pages:
    """Makes the pages; *topics* are those of the configuration, with what people call them."""

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

    def about(self, name: str, token: str, scope: Scope) -> bytes:
        """Return a page about unsubscribing from *scope*: ``ask``, ``done``, ``undone`` or ``needed``."""
        return self._page(name, token=token, what=said(scope, self.topics), keeps=scope.type is None)

    def notice(self, heading: str, text: str) -> bytes:
        """Return a page that only says something."""
        return self._page("notice", heading=heading, text=text)

    def preferences(self, choices: Choices, sent: SentChoices | None = None, *, saved: bool = False) -> bytes:
        """Return the preference page: what holds, and over it what was *sent*, where that could not be saved."""
        answers = {} if sent is None else sent.answers
        usual = " and ".join(str(hours).replace("-", " to ") for hours in choices.usual_hours)
        return self._page(
            "preferences",
            channels=[
                ChannelToggles(
                    CHANNELS[channel],
                    tuple(
                        _toggle(kind_name(kind), TYPES[kind[1]], wanted, answers)
                        for kind, wanted in choices.kinds.items()
                        if kind[0] is channel
                    ),
                )
                for channel in choices.channels
            ],
            topics=[self._topic(topic, wanted, answers) for topic, wanted in choices.topics.items()],
            usual=f"As usual: {usual}" if usual else "As usual: none",
            quiet=(sent and sent.quiet) or QuietField.of(choices.quiet_hours),
            timezone=choices.timezone,
            errors=_NO_ERRORS if sent is None else sent.errors,
            saved=saved,
        )

    def _topic(self, topic: str, wanted: bool, answers: Mapping[str, bool]) -> Toggle:
        known = self.topics.get(topic)
        title, description = (topic, None) if known is None else (known.title, known.description)
        return _toggle(topic_name(topic), title, wanted, answers, description)

    def _page(self, name: str, **values: Any) -> bytes:
        return self._templates.get_template(f"{name}.html").render(values).encode()


def _toggle(name: str, title: str, wanted: bool, answers: Mapping[str, bool], description: str | None = None) -> Toggle:
    return Toggle(name, title, answers.get(name, wanted), description)
