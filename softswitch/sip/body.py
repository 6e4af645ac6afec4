"""What of a body is for us: its session description, alone or among other parts (RFC 3261 8.2.3, RFC 5621).

A body that must be understood and is not is refused with 415. A part must be understood when it says so itself
(`handling=required`): the default of RFC 3261 20.11 would refuse every call whose location, picture or ISUP part
says nothing, and an emergency call is such a call (RFC 6442 shows it so).
"""

from __future__ import annotations

from collections.abc import Iterator

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.content import parse_content_disposition
from softswitch.sip.headers import Headers
from softswitch.sip.limits import MULTIPART_DEPTH_MAX
from softswitch.sip.message import Message
from softswitch.sip.multipart import Part, parse_multipart

SDP = "application/sdp"
ACCEPT = (("Accept", f"{SDP}, multipart/mixed, multipart/alternative, multipart/related"),)


def description_of(message: Message) -> bytes | None:
    """The session description of a message, None without one. Raises BadMessage 400, or 415 with an Accept header."""
    if not message.body:
        return None
    headers = message.headers
    if headers.get("Content-Type") == SDP and not (
        headers.count("Content-Encoding") or headers.count("Content-Disposition")
    ):
        return message.body
    return _find_description(message)


def sdp_of(message: Message) -> bytes | None:
    """The session description of a message that was accepted, or that cannot be refused (ACK, answers); else None."""
    try:
        return description_of(message)
    except BadMessage:
        return None


def has_sdp(message: Message) -> bool:
    """Whether `sdp_of` finds one."""
    return sdp_of(message) is not None


def warning_of(status: int, message: Message) -> tuple[tuple[str, str], ...]:
    """What a 488 or 606 says of the offer that it refuses (RFC 3261 20.43, 21.4.26): no format, or no medium, is ours."""
    offer = sdp_of(message) if status in (488, 606) else None
    if offer is None:
        return ()
    code, text = (305, "Incompatible media format") if b"m=audio " in offer else (304, "Media type not available")
    return (("Warning", f'{code} softswitch "{text}"'),)


def parts_of(message: Message) -> tuple[Part, ...]:
    """The parts of a message's body without their nesting; a body that is not multipart is one part.

    Of a multipart/alternative only the last one that we understand is given, which is the sender's best. Raises
    BadMessage 400.
    """
    return tuple(_leaves(Part(_content_headers(message), message.body), 0)) if message.body else ()


def _find_description(message: Message) -> bytes | None:
    encoding = (message.headers.get("Content-Encoding") or "identity").lower()
    if encoding != "identity":
        raise BadMessage(415, "Unsupported Content Encoding", headers=(("Accept-Encoding", "identity"),))
    whole = message.headers.get("Content-Disposition")
    required = whole is None or parse_content_disposition(whole).is_required
    is_multipart = message.headers.count("Content-Type") and _is_multipart(message)
    found: list[bytes] = []
    for part in parts_of(message):
        if _is_description(part):
            found.append(part.content)
        elif _must_be_understood(part) if is_multipart else required:
            raise BadMessage(415, "Unsupported Media Type", headers=ACCEPT)
    if len(found) > 1:
        raise BadMessage(400, "More Than One Session Description")
    return found[0] if found else None


def _is_multipart(message: Message) -> bool:
    return (message.content_type or "").startswith("multipart/")


def _leaves(part: Part, depth: int) -> Iterator[Part]:
    kind = part.content_type
    if kind.kind != "multipart":
        yield part
        return
    if depth >= MULTIPART_DEPTH_MAX:
        raise BadMessage(400, "Body Parts Nested Too Deep")
    children = [list(_leaves(child, depth + 1)) for child in parse_multipart(part.body, kind)]
    if kind.subtype == "alternative":
        understood = [leaves for leaves in children if any(_is_description(leaf) for leaf in leaves)]
        children = [(understood or children)[-1]]
    for leaves in children:
        yield from leaves


def _is_description(part: Part) -> bool:
    disposition = part.disposition
    return part.content_type.essence == SDP and (disposition is None or disposition.kind == "session")


def _must_be_understood(part: Part) -> bool:
    disposition = part.disposition
    return disposition is not None and disposition.handling == "required"


def _content_headers(message: Message) -> Headers:
    return Headers([(name, value) for name, value in message.headers.items() if name.startswith("Content-")])
