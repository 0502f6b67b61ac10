"""``tocsin keys``."""

import click

from domain.api_key import Scope
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_json, print_json_lines, print_table
from entrypoints.cli.parameters import Number, Word
from entrypoints.cli.session import Session, pass_session
from entrypoints.wire_format import api_key_json

COLUMNS = ("id", "name", "scopes", "for", "created at", "status")


@click.group(
    "keys",
    cls=TocsinGroup,
    epilog="""tocsin keys create --scope send --name shop
        tocsin keys list
        tocsin keys revoke 1""",
)
def command() -> None:
    """Make, list and revoke keys for the HTTP API."""


@command.command(
    "create",
    cls=TocsinCommand,
    epilog="""tocsin keys create --scope send --name shop
        tocsin keys create --scope send --scope read --test --name shop-tests
        tocsin keys create --scope send --scope read --json""",
)
@click.option(
    "--scope", "scopes", type=Word(Scope), multiple=True, required=True, help="What it allows; may be repeated."
)
@click.option("--name", metavar="NAME", help="What people call it.")
@click.option("--test", is_flag=True, help="What it asks for is handled like everything else, and reaches no gateway.")
@pass_session
def create(session: Session, scopes: tuple[Scope, ...], name: str | None, test: bool) -> None:
    """Make a key and show it, this once.

    The store keeps only a digest of it.

    What a test key asks for goes its whole way, and reaches no gateway. It stores, changes and sees the recipients
    whose id begins with simulate-, and may send to everybody. Magic recipients give each outcome: an email
    simulate-delivered@, simulate-bounced@, simulate-deferred@ or simulate-unknown@ any domain, a phone +15005550101 to
    +15005550104, a push token or an id for in_app that begins with these words, a web-push endpoint that ends in
    /simulate-delivered and so on. Whoever else it is for, it is sent.
    """
    with opened(session) as container:
        made = container.create_key()(frozenset(scopes), name, test=test)
    if session.json:
        print_json(
            {
                "id": made.key.id,
                "key": made.secret,
                "scopes": sorted(scope.value for scope in made.key.scopes),
                "test": made.key.test,
            }
        )
        return
    click.echo(made.secret)
    allowed = ", ".join(sorted(made.key.scopes))
    session.note(f"{'test ' * test}key {made.key.id} allows: {allowed}; keep it, it is not shown again")


@command.command("list", cls=TocsinCommand, epilog="tocsin keys list")
@pass_session
def list_(session: Session) -> None:
    """List the keys, also the revoked ones."""
    with opened(session) as container:
        keys = container.list_keys()()
    if session.json:
        print_json_lines(api_key_json(key) for key in keys)
        return
    print_table(
        COLUMNS,
        (
            (
                key.id,
                key.name,
                ", ".join(sorted(key.scopes)),
                "tests" if key.test else "real",
                key.created_at,
                "revoked" if key.revoked_at else "ok",
            )
            for key in keys
        ),
        numbers={"id"},
    )


@command.command("revoke", cls=TocsinCommand, epilog="tocsin keys revoke 1")
@click.argument("key_id", metavar="ID", type=Number("key"))
@pass_session
def revoke(session: Session, key_id: int) -> None:
    """Take a key out of use.

    Whoever calls with it is refused from now on.
    """
    with opened(session) as container:
        key = container.revoke_key()(key_id)
    if session.json:
        print_json(api_key_json(key))
    else:
        session.note(f"key {key.id} is revoked")
