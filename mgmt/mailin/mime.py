"""An e-mail of any quality (RFC 5322, 2045-2047, 2231), read without ever failing: what cannot be read stays an attachment.

The parser of the standard library raises many kinds of errors on what is malformed, and needs time with the number of
boundaries times the lines: so each of its answers is asked for behind one guard, and a mail with more parts than any person
writes is not taken apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from email.utils import getaddresses
from typing import TypeVar

from mgmt.limits import mail_attachments_max, mail_header_chars_max, mail_parts_max, mail_text_chars_max
from mgmt.mail.letter import NoAddress, checked
from mgmt.mailin.report import Report, report_of
from mgmt.mailin.words import words_of

T = TypeVar("T")
MULTIPARTS_MAX = 30
_multipart = re.compile(rb"(?i)content-type:\s*(?:multipart|message)/")
_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SAFE_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")


@dataclass(frozen=True, slots=True)
class Part:
    """A file that came along: its name as it was given, cleaned; its type as it was said."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """What matters of an e-mail. from_address: "" when there is not exactly one that can be written to.

    key: the same for the same mail, however often and by whichever way it comes. automatic: a machine sent it (RFC 3834, a
    list, mass mail). hops: servers that it came through. loops: the values of X-Loop. whole: everything in it was understood.
    """

    key: str
    from_name: str
    from_address: str
    subject: str
    text: str
    attachments: tuple[Part, ...] = ()
    automatic: bool = False
    hops: int = 0
    loops: tuple[str, ...] = ()
    report: Report | None = None
    whole: bool = True


def read(raw: bytes) -> Mail:
    """Never raises."""
    simple = len(_multipart.findall(raw)) <= MULTIPARTS_MAX
    message = _guarded(lambda: BytesParser(policy=compat32).parsebytes(raw), None) if simple else None
    headers = _headers(message if message is not None else _guarded(lambda: _only_headers(raw), Message()))
    text, attachments, whole = _body(message) if message is not None else (_plain(raw), (), False)
    name, address = _sender(headers)
    return Mail(
        key=_key(raw, headers, address),
        from_name=name,
        from_address=address,
        subject=_line(headers, "subject"),
        text=text,
        attachments=attachments,
        automatic=_is_automatic(headers),
        hops=len(headers.get("received", ())),
        loops=tuple(value.strip().lower() for value in headers.get("x-loop", ())[:10]),
        report=_guarded(lambda: report_of(message), None) if message is not None else None,
        whole=whole,
    )


def _only_headers(raw: bytes) -> Message:
    head = re.split(rb"\r?\n\r?\n", raw[: 1 << 20], maxsplit=1)[0]
    return BytesHeaderParser(policy=compat32).parsebytes(head)


def _guarded(ask: Callable[[], T], otherwise: T) -> T:
    try:
        return ask()
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        MessageError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        return otherwise  # what the parser raises on malformed mail; the raw mail is kept


# -- headers -----------------------------------------------------------------------------------------------------------


def _headers(message: Message) -> dict[str, list[str]]:
    """By their names in small letters, decoded."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).lower(), []).append(_decoded(str(value)))
    return found


def _decoded(value: str) -> str:
    """RFC 2047, and the bytes of who does not know it."""
    given = value[:mail_header_chars_max].encode("utf-8", "surrogateescape")
    text = _as_text(given)
    pieces = _guarded(lambda: decode_header(text), [(text, None)])
    return _control.sub("", "".join(_piece(piece, charset) for piece, charset in pieces))


def _piece(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    return _guarded(lambda: piece.decode(charset or "raw-unicode-escape", "replace"), _as_text(piece))


def _as_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _line(headers: dict[str, list[str]], name: str) -> str:
    return " ".join(headers.get(name, [""])[0].split())[:mail_header_chars_max]


def _sender(headers: dict[str, list[str]]) -> tuple[str, str]:
    """Name and address of From, when there is one From with one address; else nobody (RFC 5322 3.6.2 asks for one)."""
    lines = headers.get("from", [])
    nobody: list[tuple[str, str]] = []
    found = _guarded(lambda: getaddresses(lines[:2]), nobody) if len(lines) == 1 else nobody
    name = " ".join(found[0][0].split()) if found else ""
    if len(found) != 1:
        return name[:120], ""
    try:
        return name[:120], checked(found[0][1]).lower()
    except NoAddress:
        return name[:120], ""


def _is_automatic(headers: dict[str, list[str]]) -> bool:
    said = _line(headers, "auto-submitted").lower().partition(";")[0].strip()
    precedence = _line(headers, "precedence").lower()
    return said not in ("", "no") or precedence in ("bulk", "junk", "list", "auto_reply") or "list-id" in headers


def _key(raw: bytes, headers: dict[str, list[str]], address: str) -> str:
    """Message-ID and sender; of a mail without one, what does not change on its way."""
    id = _line(headers, "message-id")
    if id:
        return f"{address} {id}"
    digest = hashlib.sha256(re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1])
    for name in ("from", "date", "subject", "to"):
        digest.update(_line(headers, name).encode("utf-8", "replace"))
    return digest.hexdigest()


# -- the body ----------------------------------------------------------------------------------------------------------


def _body(message: Message) -> tuple[str, tuple[Part, ...], bool]:
    """Text, attachments, and whether all of it was understood."""
    plain: list[str] = []
    html: list[str] = []
    files: list[Part] = []
    whole = True
    for count, part in enumerate(_leaves(message)):
        if count >= mail_parts_max or len(files) >= mail_attachments_max:
            whole = False
            break
        kind = _guarded(part.get_content_type, "application/octet-stream")
        data = _guarded(lambda part=part: part.get_payload(decode=True), None)  # type: ignore[misc]  # of this turn
        if not isinstance(data, bytes):
            data, whole = _raw(part), False
        name = _guarded(part.get_filename, None)
        attached = _guarded(part.get_content_disposition, None) == "attachment" or bool(name)
        if kind in ("text/plain", "text/html") and not attached:
            (plain if kind == "text/plain" else html).append(_text(part, data))
        elif data:
            files.append(Part(_file_name(name, kind, len(files)), _type(kind), data))
    text = "\n\n".join(plain) if any(one.strip() for one in plain) else "\n\n".join(words_of(one) for one in html)
    return _clean(text), tuple(files), whole and not message.defects


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that hold something, from the first to the last; a mail inside a mail is one of them."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and part.get_content_maintype() != "message":
            waiting += reversed(_inside(part))
        else:
            yield part


def _raw(part: Message) -> bytes:
    """A part that holds a message, or cannot be decoded, as it is written."""
    if part.is_multipart():
        return b"\n".join(_guarded(one.as_bytes, b"") for one in _inside(part))
    return _guarded(lambda: str(part.get_payload()), "").encode("utf-8", "surrogateescape")


def _inside(part: Message) -> list[Message]:
    return [one for one in part.get_payload() if isinstance(one, Message)]


def _text(part: Message, data: bytes) -> str:
    charset = _guarded(part.get_content_charset, None) or "utf-8"
    try:
        return data.decode(charset)
    except (LookupError, ValueError):
        return _as_text(data)


def _plain(raw: bytes) -> str:
    return _clean(_as_text(re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1][: 4 * mail_text_chars_max]))


def _clean(text: str) -> str:
    lines = text[: 4 * mail_text_chars_max].replace("\r\n", "\n").replace("\r", "\n")
    return _control.sub("", lines).strip()[:mail_text_chars_max]


def _type(kind: str) -> str:
    return kind if _SAFE_TYPE.fullmatch(kind) else "application/octet-stream"


def _file_name(name: str | None, kind: str, number: int) -> str:
    """The last piece of what was given, without what could mean anything to a file system or a header."""
    last = re.split(r"[/\\]", _decoded(name) if name else "")[-1]
    plain = " ".join(re.sub(r"[^\w .()\-+@]", "_", last).split()).strip(". ")[:120]
    return plain or f"part-{number + 1}.{'eml' if kind == 'message/rfc822' else 'bin'}"
