"""``tocsin serve``."""

import click

from entrypoints.cli.command import PlainOption, TocsinCommand
from entrypoints.cli.log_lines import log_to_stderr
from entrypoints.cli.opened import opened
from entrypoints.cli.parameters import Whole
from entrypoints.cli.session import Session, pass_session


@click.command(
    "serve",
    cls=TocsinCommand,
    epilog="""tocsin serve
        tocsin serve --port 9000 --no-dispatch""",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST", help="The address to listen on.")
@click.option(
    "--port",
    cls=PlainOption,
    type=Whole(0, 65535),
    default=8080,
    show_default=True,
    metavar="PORT",
    help="The port.",
)
@click.option("--no-dispatch", is_flag=True, help="Take requests only; another process sends.")
@pass_session
def command(session: Session, host: str, port: int, no_dispatch: bool) -> None:
    """Run the HTTP API and a dispatcher in one process.

    Ends on Ctrl-C or SIGTERM, once what is being sent has been recorded.
    """
    from entrypoints.http_api.server import serve  # its help need not wait for the web framework

    log_to_stderr(session)

    with opened(session) as container:
        announce = session.note if session.json else None
        serve(container, host, port, dispatch=not no_dispatch, announce=announce)
