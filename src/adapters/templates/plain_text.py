"""Html as plain text, for mail programs and people that read no html."""

import re
from html.parser import HTMLParser

_SKIPPED = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
_PARAGRAPHS = frozenset(
    {
        *("p", "div", "section", "article", "header", "footer", "main", "table", "ul", "ol", "dl", "blockquote", "pre"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "form", "address", "figure"),
    }
)
_LINES = frozenset({"br", "tr", "li", "dt", "dd", "caption", "figcaption", "option"})
_LINKED = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_BREAK = "\n"
_GAP = "\n\n"


def plain_text_of(html: str) -> str:
    """Return what *html* says: a link as ``text (url)``, an image as its text, nothing of scripts and styles."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split(" ")).strip() for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._skipping: str | None = None
        self._skipped_depth = 0
        self._link: tuple[str, int] | None = None  # where it leads, and the piece that its text begins with

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipping is not None:
            self._skipped_depth += tag == self._skipping
        elif tag in _SKIPPED:
            self._skipping, self._skipped_depth = tag, 1
        elif tag == "body":
            self.pieces.clear()
        elif tag == "a":
            self._end_link()
            url = (dict(attrs).get("href") or "").strip()
            self._link = (url, len(self.pieces)) if _LINKED.match(url) else None
        elif tag == "img":
            self._say(dict(attrs).get("alt") or "")
        elif tag == "li":
            self.pieces.append(f"{_BREAK}- ")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        else:
            self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SKIPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._skipping is not None:
            self._skipped_depth -= tag == self._skipping
            if self._skipped_depth == 0 or tag == "html":
                self._skipping = None
        elif tag == "a":
            self._end_link()
        elif tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._skipping is None:
            self._say(data)

    def close(self) -> None:
        super().close()
        self._end_link()

    def _say(self, text: str) -> None:
        text = _SPACE.sub(" ", text)
        if self.pieces and self.pieces[-1].endswith((" ", "\n")):
            text = text.removeprefix(" ")
        if text:
            self.pieces.append(text)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self.pieces.append(_GAP)
        elif tag in _LINES:
            self.pieces.append(_BREAK)

    def _end_link(self) -> None:
        if self._link is None:
            return
        url, begin = self._link
        self._link = None
        text = "".join(self.pieces[begin:]).strip()
        address = url.partition(":")[2] if url.lower().startswith(("mailto:", "tel:")) else url
        if not text:
            self.pieces.append(f"{url} ")
        elif address.strip("/") != text.strip("/"):
            is_apart = self.pieces[-1].endswith(" ")
            self.pieces.append(f"({url}) " if is_apart else f" ({url})")
