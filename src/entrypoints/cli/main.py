"""The command ``tocsin``: finds the command that is meant, and turns how it ended into an exit code."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from entrypoints.cli.catalogue import SECTIONS
from entrypoints.cli.command import LazyGroup

INTERRUPTED = 130  # 128 + SIGINT, as a shell has it


class Tocsin(LazyGroup):
    """The whole command line."""

    def main(  # type: ignore[override]  # returns an exit code where click returns what the command returned
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> int:
        """Run a command; ends the process with its exit code, or returns that if not *standalone_mode*."""
        del windows_expand_args
        name = prog_name or "tocsin"
        self._main_shell_completion(extra, name, complete_var)
        code = self._run(list(sys.argv[1:] if args is None else args), name, extra)
        if standalone_mode:
            sys.exit(code)
        return code

    def _run(self, args: list[str], name: str, extra: dict[str, Any]) -> int:
        try:
            with self.make_context(name, [_as_text(arg) for arg in args], **extra) as context:
                self.invoke(context)
            sys.stdout.flush()
        except click.exceptions.Exit as end:
            return end.exit_code
        except (KeyboardInterrupt, click.Abort):
            return INTERRUPTED
        except BrokenPipeError:
            _forget_standard_output()  # whoever read it has seen enough
        except click.ClickException as error:
            _tell_usage(error)
            return error.exit_code
        except Exception as error:  # noqa: BLE001  (the last place where an error can become a sentence)
            from entrypoints.cli.failures import tell

            code = tell(error)
            _let_go_of_standard_output()
            return code
        return 0


def _as_text(arg: str) -> str:
    """Return *arg* as the UTF-8 that was typed, also where the locale knows nothing but ASCII.

    :raises UsageError: it is not UTF-8.
    """
    try:
        arg.encode()
    except UnicodeEncodeError:  # it has bytes that Python could not read
        try:
            return os.fsencode(arg).decode()
        except UnicodeError:
            raise click.UsageError("an argument is not UTF-8") from None
    return arg


def _tell_usage(error: click.ClickException) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    click.echo(f"error: {_sentence(error)}", err=True)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(f"{error.ctx.get_usage()}\nsee: {error.ctx.command_path} --help", err=True)


def _sentence(error: click.ClickException) -> str:
    """Return what is wrong, on one line."""
    if not isinstance(error, click.MissingParameter) or error.param is None:
        return error.format_message()
    name = error.param.opts[-1] if isinstance(error.param, click.Option) else error.param.make_metavar(_context(error))
    if isinstance(error.param.type, click.Choice):
        words = [error.param.type.normalize_choice(choice, error.ctx) for choice in error.param.type.choices]
        return f"{name} is missing; give one of: {', '.join(words)}"
    return f"{name} is missing"


def _context(error: click.UsageError) -> click.Context:
    assert error.ctx is not None
    return error.ctx


def _forget_standard_output() -> None:
    """Let what is still buffered go nowhere, or Python complains at the end about the pipe that is gone."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _let_go_of_standard_output() -> None:
    """Write what is left, or forget it where that cannot be written, such as on a full disk."""
    try:
        sys.stdout.flush()
    except OSError:
        _forget_standard_output()


def _print_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"tocsin {version('tocsin')}")
        except PackageNotFoundError:
            click.echo("tocsin, run from its source")
        context.exit()


command = Tocsin(
    "tocsin",
    SECTIONS,
    help="Tell people things: email, SMS, push and an in-app inbox from one process and one SQLite file.",
    epilog="""tocsin demo
        tocsin recipients import people.csv
        tocsin send --to ada --channel email --type transactional --subject Hello --body "Your order is on its way."
        tocsin dispatch --watch""",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Print the version.",
        )
    ],
)


def main() -> None:
    """Run the command line; the console script ``tocsin``."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the caller closed it
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  (as long as the process)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what a terminal's encoding does not have is written out
            stream.reconfigure(errors="backslashreplace")
    command.main()
