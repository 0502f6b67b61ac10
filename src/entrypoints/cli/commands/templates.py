"""``tocsin templates``."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from attrs import evolve

from application.ports.template_repository import TemplateEntry
from application.templates.find_templates import ListTemplates
from application.templates.preview_template import TemplatePreview
from application.templates.put_template import TemplateStored
from domain.content import Content
from domain.errors import InvalidInput
from domain.template import Template, TemplateUse, place
from entrypoints.cli.command import TocsinCommand, TocsinGroup
from entrypoints.cli.empty_links import note_empty_links, sources_of_template
from entrypoints.cli.opened import opened
from entrypoints.cli.output import print_details, print_json, print_json_lines, print_table, print_title
from entrypoints.cli.parameters import Pair, Whole, variables_of
from entrypoints.cli.plain_text import visible_lines
from entrypoints.cli.session import Session, pass_session
from entrypoints.files.template_files import read_template_file
from entrypoints.wire_format import (
    template_entry_json,
    template_json,
    template_preview_json,
    template_stored_json,
)

COLUMNS = ("name", "version", "channels", "variables", "layout", "since")
SPARE = ("since", "layout")

name_argument = click.argument("name", metavar="NAME")


@click.group(
    "templates",
    cls=TocsinGroup,
    epilog="""tocsin templates put shipped.toml
        tocsin templates preview shipped --var order=17 --locale de-AT
        tocsin send --to ada --channel email --type transactional --template shipped --var order=17""",
)
def command() -> None:
    """Keep texts under a name, a version at a time, and look at them.

    What was accepted keeps the version that it was accepted with.
    """


@command.command(
    "put",
    cls=TocsinCommand,
    epilog="""tocsin templates put shipped.toml
        tocsin templates put brand.toml --json""",
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@pass_session
def put(session: Session, path: Path) -> None:
    """Store a template as the next version of its name.

    One that says the same as the latest version makes no new one. The file is TOML; its texts are Jinja2 templates that
    see "recipient" and the variables, all of which must be given when it is sent:

    \b
      name = "shipped"
      variables = ["order"]
      layout = "brand"              # if you like: the one below

    \b
      [email]
      subject = "Order {{ order }} is on its way"
      html = "<p>Dear {{ recipient.name }}, it left today.</p>"

    \b
      [email.de]                    # also for de-AT, unless that has its own
      subject = "Bestellung {{ order }} ist unterwegs"
      html = "<p>Hallo {{ recipient.name }}, sie ist heute abgegangen.</p>"

    \b
      [sms]                         # likewise push, web_push and in_app
      body = "Order {{ order }} is on its way."

    A channel has subject, body, html and data, as a notification has. A layout is a file of its own; a later version of
    it counts once the templates that use it are put again:

    \b
      name = "brand"
      [layout]
      html = "<body><h1>Example</h1>{{ content }}</body>"
    """  # noqa: D301  (click wants the character itself)
    with _named_in(path), opened(session) as container:
        stored: TemplateStored = container.put_template()(read_template_file(path))
        note_empty_links(session, container, sources_of_template(stored.template))
    if session.json:
        print_json(template_stored_json(stored))
        return
    template = stored.template
    click.echo(f"{template.name} version {template.version}")
    if not stored.is_new:
        session.note("it says the same as before, so there is no new version")
    elif stored.to_put_again:
        session.note(f"put again what uses it, for this to count there: {', '.join(stored.to_put_again)}")


@command.command(
    "list",
    cls=TocsinCommand,
    epilog="""tocsin templates list
        tocsin templates list --json""",
)
@pass_session
def list_(session: Session) -> None:
    """List the templates, by name, with their latest version."""
    with opened(session) as container:
        find: ListTemplates = container.list_templates()
        found = find.all()
    if session.json:
        print_json_lines(template_entry_json(one) for one in found)
    else:
        print_table(COLUMNS, (_row(one) for one in found), numbers={"version"}, spare=SPARE)


@command.command(
    "show",
    cls=TocsinCommand,
    epilog="""tocsin templates show shipped
        tocsin templates show shipped --version 1 --json""",
)
@name_argument
@click.option("--version", type=Whole(min=1), metavar="N", help="This version, instead of the latest one.")
@pass_session
def show(session: Session, name: str, version: int | None) -> None:
    """Show a template as it was written."""
    with opened(session) as container:
        template: Template = container.show_template()(name, version)
    if session.json:
        print_json(template_json(template))
        return
    print_details(_details(template))
    for locale, html in template.draft.frames.items():
        print_title(f"layout{'' if locale is None else f' {locale}'}")
        click.echo(visible_lines(html))
    for (channel, locale), content in template.draft.texts.items():
        print_title(place(channel, locale))
        _print_content(content)


@command.command(
    "preview",
    cls=TocsinCommand,
    epilog="""tocsin templates preview shipped --var order=17
        tocsin templates preview shipped --var order=17 --recipient ada
        tocsin templates preview shipped --var order=17 --locale de-AT --json""",
)
@name_argument
@click.option("--var", type=Pair(), multiple=True, help="A value for the template; may be repeated.")
@click.option("--recipient", metavar="ID", help="As this recipient gets it; without it, somebody made up.")
@click.option("--locale", metavar="LOCALE", help="As somebody with this locale gets it.")
@pass_session
def preview(session: Session, /, name: str, var: tuple[tuple[str, str], ...], **options: Any) -> None:
    """Show what somebody would get of a template, on every channel; nothing is sent."""
    use = TemplateUse(name, variables_of(var))
    with opened(session) as container:
        found: TemplatePreview = container.preview_template()(use, options["recipient"], options["locale"])
    if session.json:
        print_json(template_preview_json(found))
        return
    for one in found.texts:
        print_title(place(one.channel, one.locale))
        if one.content is None:
            click.echo(f"cannot be filled in: {one.fault}")
        else:
            _print_content(one.content)


@command.command(
    "delete",
    cls=TocsinCommand,
    epilog="""tocsin templates delete shipped""",
)
@name_argument
@pass_session
def delete(session: Session, name: str) -> None:
    """Let nobody send by a template any more.

    What was accepted is sent all the same. The name can be put again; its versions go on counting.
    """
    with opened(session) as container:
        container.delete_template()(name)
    if session.json:
        print_json({"name": name, "deleted": True})
    else:
        click.echo(f"{name} is deleted")


@contextmanager
def _named_in(path: Path) -> Iterator[None]:
    """Say of wrong fields that they are in the file at *path*, where they are tables and keys."""
    try:
        yield
    except InvalidInput as error:
        named = [one if one.field == "file" else evolve(one, field=f"{path}: {one.field}") for one in error.errors]
        raise InvalidInput(named) from None


def _row(entry: TemplateEntry) -> tuple[object, ...]:
    channels = [
        f"{channel} ({', '.join(one for one in locales if one)})" if any(locales) else channel.value
        for channel, locales in entry.locales.items()
    ]
    layout = None if entry.layout is None else f"{entry.layout}{' (an earlier version)' * entry.layout_behind}"
    where = "a layout" if entry.is_layout else ", ".join(channels)
    return entry.name, entry.version, where, ", ".join(entry.variables), layout, entry.created_at


def _details(template: Template) -> Iterable[tuple[str, object]]:
    yield "name", template.name
    yield "version", template.version
    yield "created at", template.created_at
    yield "variables", ", ".join(template.variables)
    if template.draft.layout is not None:
        yield "layout", f"{template.draft.layout}, version {template.layout_version}"


def _print_content(content: Content) -> None:
    fields = [("subject", content.subject), *((f"data {name}", value) for name, value in content.data.items())]
    given = [(name, value) for name, value in fields if value is not None]
    if given:
        print_details(given)
    for text in (content.body, content.html):
        if text:
            click.echo(visible_lines(text))
