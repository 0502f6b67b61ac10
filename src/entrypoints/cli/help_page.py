"""What help looks like: plain text with a little colour.

Rich draws nicer boxes, but importing it takes longer than everything else that ``tocsin --help`` does.
"""

import os
from collections.abc import Iterable, Sequence

import click

WIDTH_MAX = 100


class HelpPage(click.HelpFormatter):
    """Click's formatter with bold headings and coloured terms; click drops the colours where nobody would see them."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        super().__init__(indent_increment, width, max_width or WIDTH_MAX)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is called."""
        super().write_usage(prog, args, prefix or f"{_styled('Usage:', bold=True)} ")

    def write_heading(self, heading: str) -> None:
        """Write the title of a section."""
        self.write(f"{'':>{self.current_indent}}{_styled(heading, bold=True)}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms and what they mean."""
        super().write_dl([(_styled(term, fg="cyan"), meaning) for term, meaning in rows], col_max, col_spacing)

    def write_terms(self, heading: str, rows: Sequence[tuple[str, str]]) -> None:
        """Write a section of terms, if there are any."""
        if rows:
            with self.section(heading):
                self.write_dl(rows)

    def write_examples(self, lines: Sequence[str]) -> None:
        """Write commands to copy, unwrapped."""
        with self.section("Examples"):
            for line in lines:
                self.write(f"{'':>{self.current_indent}}{_styled(line, fg='green')}\n")


def _styled(text: str, *, bold: bool | None = None, fg: str | None = None) -> str:
    return text if os.environ.get("NO_COLOR") else click.style(text, bold=bold, fg=fg)
