"""A few pages of plain text as PDF 1.4 (ISO 32000-1) with the fonts every reader has: for results that are filed on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 595, 842, 50  # A4 in points
LINE_PT = 15
LINES = (HEIGHT - 2 * MARGIN) // LINE_PT
CHARS_MAX = 96


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; a heading is bold and larger. Letters outside Latin-1 become a question mark."""

    text: str
    heading: bool = False


def pdf(lines: Sequence[Line]) -> bytes:
    """The document; long lines are broken at spaces, pages are as many as needed."""
    broken = [part for line in lines for part in _broken(line)] or [Line("")]
    pages = [broken[i : i + LINES] for i in range(0, len(broken), LINES)]
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects += [
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>".encode() for name in FONTS
    ]
    kids = []
    for page in pages:
        content = _content(page)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        box = f"/MediaBox [0 0 {WIDTH} {HEIGHT}] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {len(objects)} 0 R >>".encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    return _file(objects)


FONTS = ("Helvetica", "Helvetica-Bold")


def _broken(line: Line) -> list[Line]:
    parts, rest = [], line.text
    while len(rest) > CHARS_MAX:
        at = rest.rfind(" ", 1, CHARS_MAX)
        at = at if at > 0 else CHARS_MAX
        parts.append(Line(rest[:at], line.heading))
        rest = "    " + rest[at:].lstrip()
    return [*parts, Line(rest, line.heading)]


def _content(lines: Sequence[Line]) -> bytes:
    said = []
    for index, line in enumerate(lines):
        text = line.text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        font = b"/F2 13" if line.heading else b"/F1 10"
        said.append(b"BT %s Tf %d %d Td (%s) Tj ET" % (font, MARGIN, HEIGHT - MARGIN - (index + 1) * LINE_PT, text))
    return b"\n".join(said)


def _file(objects: Sequence[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start, count = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (count, table, count)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)
