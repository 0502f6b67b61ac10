"""``tocsin dispatch``."""

import click

from application.sending.dispatch_run import DispatchCommand, DispatchSummary
from entrypoints.cli.command import PlainOption, TocsinCommand
from entrypoints.cli.dispatch_view import DispatchNotes, paused_lanes, print_summary, summary_json
from entrypoints.cli.failures import FAILED, INTERRUPTED
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json
from entrypoints.cli.parameters import Whole
from entrypoints.cli.plain_text import visible
from entrypoints.cli.progress import progress_bar
from entrypoints.cli.session import Session, pass_session
from entrypoints.container import Container
from entrypoints.dispatch_log import DispatchLog
from entrypoints.dispatcher import run_until_signal


@click.command(
    "dispatch",
    cls=TocsinCommand,
    epilog="""tocsin dispatch
        tocsin dispatch --limit 1000
        tocsin dispatch --watch""",
)
@click.option("--watch", is_flag=True, help="Go on for ever, until Ctrl-C or SIGTERM.")
@click.option(
    "--limit",
    cls=PlainOption,
    type=Whole(min=0),
    default=0,
    metavar="N",
    help="Send at most so many; 0 means all.",
)
@pass_session
@click.pass_context
def command(context: click.Context, session: Session, watch: bool, limit: int) -> None:
    """Send what is due.

    Ends when nothing is due any more. What is tried again later, or waits for the end of quiet hours or for a place
    under a frequency cap, is reported with its next time. A notification that failed is no failure of this command; due
    work that a lane, a gateway or the store held back is, with exit code 1.
    """
    work = DispatchCommand(watch=watch, limit=limit or None)
    with opened(session) as container:
        summary = _watch(session, container, work) if watch else _run(session, container, work)
        paused = [] if watch else paused_lanes(container.list_lanes()())
    if session.json:
        print_json(summary_json(summary))
    else:
        print_summary(summary)
    if watch:
        return
    for sentence in paused:
        session.note(sentence)
    if work.stop.is_set():
        session.note("stopped; what is left stays due, and the next dispatcher sends it")
        context.exit(INTERRUPTED)
    for reason in summary.left_behind:
        click.echo(f"error: due work was left behind: {visible(reason)}", err=True)
    if summary.left_behind:
        context.exit(FAILED)


def _watch(session: Session, container: Container, work: DispatchCommand) -> DispatchSummary:
    from entrypoints.cli.log_lines import log_to_stderr  # a tenth of a second, for those who read logs

    log_to_stderr(session)
    observer = DispatchLog(container.clock())
    container.observer.override(observer)
    dispatch = container.dispatch_due()
    observer.log.info("watching", store=container.settings().store)
    summary = run_until_signal(dispatch, work)
    observer.log.info("stopped")
    return summary


def _run(session: Session, container: Container, work: DispatchCommand) -> DispatchSummary:
    with progress_bar(session, "sending") as advance:
        container.observer.override(DispatchNotes(session, advance))
        return run_until_signal(container.dispatch_due(), work)
