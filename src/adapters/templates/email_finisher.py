"""Html made fit for mail programs."""

from attrs import evolve

from adapters.templates.css_inliner import has_style_sheet
from adapters.templates.html_workshop import HtmlWorkshop
from domain.content import BODY_MAX_BYTES, Content

KEPT_MAX = 64
"""How many contents that are the same for all recipients are kept, finished."""

SPARED_MAX = 1000
"""How many contents are remembered for having failed: each of their messages would cost the time again."""


class WorkshopEmailFinisher:
    """Fulfils :class:`application.ports.email_finisher.EmailFinisher`, in a process of its own."""

    def __init__(self, workshop: HtmlWorkshop) -> None:
        self._workshop = workshop
        self._finished: dict[int, Content] = {}
        self._spared: dict[int, None] = {}

    def __call__(self, content_id: int, filled: Content, *, is_same_for_all: bool) -> Content:
        """Return *filled* finished; see the port."""
        if filled.html is None or content_id in self._spared:
            return filled
        if not is_same_for_all:
            return self._made(content_id, filled, filled.html)
        finished = self._finished.pop(content_id, None)
        if finished is None:
            finished = self._made(content_id, filled, filled.html)
            if len(self._finished) == KEPT_MAX:
                del self._finished[next(iter(self._finished))]
        self._finished[content_id] = finished  # last in the order, so the last to go
        return finished

    def _made(self, content_id: int, filled: Content, html: str) -> Content:
        inline, text = has_style_sheet(html), filled.body is None
        if not inline and not text:
            return filled
        worked = self._workshop(html, inline=inline, text=text)
        if worked is None:
            if len(self._spared) == SPARED_MAX:
                del self._spared[next(iter(self._spared))]
            self._spared[content_id] = None
            return filled
        is_small = len(worked.html.encode(errors="replace")) <= BODY_MAX_BYTES
        return evolve(filled, html=worked.html if is_small else html, body=filled.body or worked.text or None)
