"""``tocsin demo``."""

import shutil
import tempfile
from pathlib import Path

import click

from entrypoints.cli.command import TocsinCommand
from entrypoints.cli.demo.stage import Stage
from entrypoints.cli.demo.tour import take
from entrypoints.cli.output import print_json
from entrypoints.cli.plain_text import counted
from entrypoints.cli.session import Session, pass_session


@click.command(
    "demo",
    cls=TocsinCommand,
    epilog="""tocsin demo
        tocsin demo --keep""",
)
@click.option("--keep", is_flag=True, help="Leave the folder with all files behind, to look around.")
@pass_session
def command(session: Session, keep: bool) -> None:
    """Show all of it on a throw-away store, in under a minute.

    Runs real commands in a folder of its own, explains them, and checks that what it promises has happened. Needs no
    network; your own store and configuration are not touched.
    """
    folder = Path(tempfile.mkdtemp(prefix="tocsin-demo-"))
    try:
        stage = Stage(folder, (lambda _: None) if session.json or session.quiet else click.echo)
        take(stage)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    _conclude(session, stage, kept=keep)


def _conclude(session: Session, stage: Stage, *, kept: bool) -> None:
    if session.json:
        folder = str(stage.folder) if kept else None
        print_json({"promises": stage.promises, "broken": stage.broken, "folder": folder})
    elif kept:
        click.echo(f"\nThe files are in {stage.folder}: look at outbox/, or run tocsin list there.")
    else:
        click.echo("\nThe folder is removed again; tocsin demo --keep leaves it.")
    if stage.broken:
        raise click.ClickException(f"{counted(len(stage.broken), 'promise')} not kept: {'; '.join(stage.broken)}")
