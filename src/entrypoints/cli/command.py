"""Commands and groups of commands as Tocsin has them: the same help, the same options everywhere."""

import difflib
import importlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import click

from entrypoints.cli.catalogue import Entry
from entrypoints.cli.help_page import HelpPage
from entrypoints.cli.session import Session

SENTENCE_MAX = 1000
"""The first sentence of a command's help is shown whole; no such sentence is longer."""


class TocsinContext(click.Context):
    """A click context that writes help our way."""

    formatter_class = HelpPage


def _into_session(store: Callable[[Session, Any], None]) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
        session = context.ensure_object(Session)
        if value:
            store(session, value)

    return callback


def _everywhere_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--json"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_into_session(Session.want_json),
            help="Print JSON for programs: one document, or one object a line for lists.",
        ),
        click.Option(
            ["--config"],
            type=click.Path(dir_okay=False),
            metavar="FILE",
            is_eager=True,
            expose_value=False,
            callback=_into_session(Session.use_config),
            help="Read this configuration instead of tocsin.toml in the current folder.",
        ),
        click.Option(
            ["--quiet"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_into_session(Session.want_quiet),
            help="Print results and errors only, no notes and no progress.",
        ),
    ]


class _Everywhere(click.Command):
    """What commands and groups share: the options that go anywhere, and the shape of their help."""

    context_class = TocsinContext

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        for one in self.params:
            if isinstance(one, click.Option) and isinstance(one.default, StrEnum):
                one.default = one.default.value  # help shows it as it is typed
        self.everywhere = _everywhere_options()
        self.params.extend(self.everywhere)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of the command, then those that every command has."""
        assert isinstance(formatter, HelpPage)
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and not isinstance(parameter, click.Argument):
                is_own = parameter not in self.everywhere and "--help" not in parameter.opts
                (own if is_own else shared).append(record)
        formatter.write_terms("Options", own)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)
        formatter.write_terms("Options everywhere", shared)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples: the epilog has one a line."""
        del ctx
        assert isinstance(formatter, HelpPage)
        if self.epilog:
            formatter.write_examples([line.strip() for line in self.epilog.strip().splitlines()])


class PlainOption(click.Option):
    """An option whose help leaves out the range of a number, which an error names where it matters."""

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Return what stands in brackets behind the help."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


class TocsinCommand(_Everywhere):
    """One command."""


class TocsinGroup(_Everywhere, click.Group):
    """A family of commands."""

    command_class = TocsinCommand

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command is for, in a whole sentence."""
        assert isinstance(formatter, HelpPage)
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        formatter.write_terms(
            "Commands",
            [(name, one.get_short_help_str(SENTENCE_MAX)) for name, one in named if one is not None and not one.hidden],
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that *args* begin with; a wrong name gets the nearest right one."""
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and name not in (known := self.list_commands(ctx)):
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known)}"
            ctx.fail(f"there is no command {name!r}{meant}")
        return super().resolve_command(ctx, args)


class LazyGroup(TocsinGroup):
    """A group that knows its commands from a table and imports one only when it is used."""

    def __init__(self, name: str | None, sections: Mapping[str, Mapping[str, Entry]], **settings: Any) -> None:
        super().__init__(name, **settings)
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return [name for section in self.sections.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it."""
        del ctx
        for section in self.sections.values():
            if cmd_name in section:
                module = importlib.import_module(f"entrypoints.cli.commands.{section[cmd_name].module}")
                command: click.Command = module.command
                return command
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command is for, from the table."""
        del ctx
        assert isinstance(formatter, HelpPage)
        for title, section in self.sections.items():
            formatter.write_terms(title, [(name, entry.help) for name, entry in section.items()])
