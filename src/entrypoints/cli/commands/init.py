"""``tocsin init``."""

import click

from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.session import Session, pass_session


@click.command(
    "init",
    cls=TocsinCommand,
    epilog="""tocsin init
        TOCSIN_STORE=sqlite:////var/lib/tocsin/tocsin.db tocsin init""",
)
@pass_session
def command(session: Session) -> None:
    """Create the store, or bring an older one up to date.

    A SQLite store that does not exist is also made by the first command that needs it.
    """
    with opened(session) as container:
        settings = container.settings()
        steps = container.store().migrate()
    if session.json:
        print_json({"store": settings.store, "steps": list(steps)})
    elif steps:
        click.echo(f"{settings.store}: done: {', '.join(steps)}")
    else:
        click.echo(f"{settings.store} is up to date")
