"""``tocsin doctor``."""

from collections.abc import Iterator, Sequence

import click

from application.ports.store import Finding, Level
from domain.errors import Misconfigured, StoreUnavailable
from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json_lines, print_table
from entrypoints.cli.plain_text import counted
from entrypoints.cli.session import Session, pass_session
from entrypoints.container import Container
from entrypoints.settings import Settings


@click.command(
    "doctor",
    cls=TocsinCommand,
    epilog="""tocsin doctor
        tocsin doctor --json""",
)
@pass_session
def command(session: Session) -> None:
    """Look for what is wrong, with advice.

    Ends with exit code 1 if there is an error; warnings are no errors.
    """
    findings = _findings(session)
    if session.json:
        print_json_lines({"name": one.name, "level": one.level.value, "message": one.message} for one in findings)
    else:
        print_table(("level", "name", "message"), ((one.level, one.name, one.message) for one in findings))
    errors = sum(one.level is Level.ERROR for one in findings)
    if errors:
        raise click.ClickException(f"{counted(errors, 'error')} found")


def _findings(session: Session) -> Sequence[Finding]:
    try:
        with opened(session) as container:
            return [*container.doctor()(), *_gateways(container), *_unused(container.settings())]
    except StoreUnavailable as error:
        return [Finding("store", Level.ERROR, str(error))]


def _gateways(container: Container) -> Iterator[Finding]:
    """Yield what keeps gateways of a route from being made: an extra that is missing, a key file that is none."""
    routes = container.route_names()
    for name in dict.fromkeys(name for route in routes.values() for name in route):
        try:
            container.gateway()(name)
        except Misconfigured as error:
            yield Finding(f"gateway {name}", Level.ERROR, str(error).removeprefix(f"gateway {name}: "))


def _unused(settings: Settings) -> Iterator[Finding]:
    """Yield the gateways that nothing is sent through."""
    used = {name for route in settings.routes.values() for name in route}
    for name in settings.gateways:
        if name not in used:
            yield Finding(f"gateway {name}", Level.WARNING, "is in no route, so nothing goes through it; see [routes]")
