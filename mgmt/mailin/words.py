"""The words of an HTML part: what a reader would see, as plain text. Scripts, styles, images and links' targets stay behind."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HTML_CHARS_MAX = 100_000
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
_BREAKS = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "hr", "pre"}
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BREAKS:
            self.words.append("\n")
        elif tag == "td":
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(re.sub(r"\s+", " ", data))


def words_of(html: str) -> str:
    """Plain text; of a part that nobody can read, what can be read of it."""
    reader = _Reader()
    try:
        reader.feed(html[:HTML_CHARS_MAX])
        reader.close()
    except (ValueError, AssertionError):
        pass  # a declaration that is none: what came before it is kept
    lines = [" ".join(line.split()) for line in "".join(reader.words).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
