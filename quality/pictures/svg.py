"""SVG as text: elements with escaped attributes, and one style that follows the reader's light or dark."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

STYLE = """
svg{font:11px system-ui,sans-serif;color-scheme:light dark}
text{fill:#33414f}.dim{fill:#7b8894}.grid{stroke:#dfe5ea;stroke-width:1}.lane{fill:#f5f7f9}
.good{fill:#1a9b63}.fair{fill:#d98b00}.bad{fill:#d03a3a}.none{fill:#c6ced6}
.lost{fill:#d03a3a}.late{fill:#e8963a}.line{fill:none;stroke:#3a6ee8;stroke-width:1.5}.wave{fill:#4a6a8a}
.mark{fill:#d03a3a;fill-opacity:.22}.event{stroke:#8a5ae0;stroke-width:1;stroke-dasharray:3 2}.heard{fill:#3a6ee8}
@media(prefers-color-scheme:dark){text{fill:#dce4ec}.dim{fill:#8fa0b0}.grid{stroke:#33404c}.lane{fill:#1c252e}
.none{fill:#46525e}.wave{fill:#8fb0d0}}
"""

GOOD_MOS, FAIR_MOS = 4.0, 3.1


def element(name: str, content: str = "", **attributes: object) -> str:
    """`<name a="b">content</name>`; `content` is markup already, attributes are escaped. `class_` is written `class`."""
    said = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_plain(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def _plain(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def words(x: float, y: float, said: str, **attributes: object) -> str:
    """A line of text."""
    return element("text", escape(said), x=x, y=y, **attributes)


def titled(shape: str, said: str) -> str:
    """A shape that says more when it is pointed at."""
    return element("g", element("title", escape(said)) + shape)


def document(width: float, height: float, title: str, body: Iterable[str]) -> str:
    """A whole picture with its name for those who do not see it."""
    return element(
        "svg",
        element("title", escape(title)) + element("style", STYLE) + "".join(body),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        width=width,
        height=height,
        role="img",
    )


def grade(mos: float | None) -> str:
    """The class of a score."""
    if mos is None:
        return "none"
    return "good" if mos >= GOOD_MOS else "fair" if mos >= FAIR_MOS else "bad"


def seconds_axis(left: float, width: float, top: float, bottom: float, seconds: float) -> str:
    """Grid lines and minutes:seconds below them, at most twelve."""
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200) if seconds / s <= 12), 14400)
    parts, at = [], 0
    while at <= seconds:
        x = left + width * at / max(seconds, 1e-9)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"))
        parts.append(words(x, bottom + 13, f"{at // 60}:{at % 60:02d}", class_="dim", text_anchor="middle"))
        at += step
    return "".join(parts)
