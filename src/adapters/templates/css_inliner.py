"""Style sheets within html moved into the elements that they style: many mail programs look nowhere else."""

from functools import lru_cache
from typing import Any


def has_style_sheet(html: str) -> bool:
    """Say whether there is anything to be moved."""
    return "<style" in html or "<style" in html.lower()


def inlined(html: str) -> str:
    """Return *html* with its style sheets inlined; they also stay, for media queries and for what cannot be inlined.

    Links to style sheets are neither followed nor changed, nor is anything read from a file. Run it in a process of its
    own (:mod:`adapters.templates.html_worker`): elements nested without end exhaust the stack and end the process.
    """
    return str(_inliner().inline(html))


@lru_cache(maxsize=1)
def _inliner() -> Any:
    from css_inline import CSSInliner

    return CSSInliner(
        inline_style_tags=True,
        keep_style_tags=True,
        keep_link_tags=True,
        keep_at_rules=True,
        load_remote_stylesheets=False,
        base_url=None,
    )
