"""Bytes of one message to a Request or Response, checked once at the door (RFC 3261 7, 16.3, 18.3; RFC 4475).

Parsed here: start line, all header names, top Via, From, To, CSeq, Content-Length; all else when it is asked for.
"""

from __future__ import annotations

import re

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import is_token
from softswitch.sip.headers import Headers
from softswitch.sip.limits import HEAD_BYTES_MAX, HEADER_COUNT_MAX, MESSAGE_BYTES_MAX, URI_MAX
from softswitch.sip.message import Request, Response
from softswitch.sip.uri import check_uri
from softswitch.sip.via import BRANCH_COOKIE

_FOLD = re.compile(r"[ \t]*+\r\n[ \t]++")
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2}) (.*)", re.IGNORECASE | re.DOTALL)
_VERSION = re.compile(r"SIP/[0-9]++\.[0-9]++", re.IGNORECASE)
_ONCE = ("From", "To", "Call-ID", "CSeq")
_AT_MOST_ONCE = ("Max-Forwards", "Content-Length")


def parse_message(data: bytes) -> Request | Response:
    """The message in one datagram or one frame. Octets after Content-Length are dropped (RFC 3261 18.3).

    Raises BadMessage; its `request` is set when an answer with its status can be sent, else drop the message.
    """
    if len(data) > MESSAGE_BYTES_MAX:
        raise BadMessage(513, "Message Too Large")
    if data[:2] == b"\r\n":
        data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    head = (data[:end] if end >= 0 else data.removesuffix(b"\r\n")).decode("utf-8", "surrogateescape")
    start, headers, problem = _read_head(head)
    if end < 0:
        problem = problem or BadMessage(400, "Headers Without End")
    body = data[end + 4 :] if end >= 0 else b""
    if start[:4].upper() == "SIP/":
        return _response(start, headers, body, problem)
    return _request(start, headers, body, problem)


def _read_head(head: str) -> tuple[str, Headers, BadMessage | None]:
    """Start line, headers, and the first thing wrong with them: reading goes on, an answer needs the other headers.

    Of what is too much only the beginning is read.
    """
    headers, problem = Headers(), None
    if len(head) > HEAD_BYTES_MAX:
        head, problem = head[:HEAD_BYTES_MAX].rpartition("\r\n")[0], BadMessage(513, "Message Too Large")
    if "\r\n " in head or "\r\n\t" in head:
        head = _FOLD.sub(" ", head)
    start, *lines = head.split("\r\n")
    if head.count("\n") != len(lines) or head.count("\r") != len(lines):
        raise BadMessage(400, "Bad Line End")
    if len(lines) > HEADER_COUNT_MAX:
        del lines[HEADER_COUNT_MAX:]
        problem = problem or BadMessage(400, "Too Many Headers")
    wrong = headers.read(lines)
    return start, headers, problem or wrong


def _response(start: str, headers: Headers, body: bytes, problem: BadMessage | None) -> Response:
    found = _STATUS_LINE.fullmatch(start)
    if found is None:
        raise BadMessage(400, "Bad Status Line")
    if problem is not None:
        raise problem
    response = Response(int(found[1]), found[2], headers, body)
    _check(response)
    # We are never a proxy: an answer that has another hop below ours went astray (RFC 3261 8.1.3.3).
    if headers.count("Via") > 1 or ("," in (headers.get("Via") or "") and len(response.vias) > 1):
        raise BadMessage(400, "More Than One Via")
    return response


def _request(start: str, headers: Headers, body: bytes, problem: BadMessage | None) -> Request:
    method, _, rest = start.partition(" ")
    uri, _, version = rest.rpartition(" ")
    request = Request(method, uri, headers, body)
    try:
        if not is_token(method) or not _VERSION.fullmatch(version):
            raise BadMessage(400, "Bad Request Line")
        if version.upper() != "SIP/2.0":
            raise BadMessage(505, "Version Not Supported")
        if problem is not None:
            raise problem
        _check_uri(request)
        _check(request)
        if request.cseq.method != method:
            raise BadMessage(400, "CSeq Method Differs")
    except BadMessage as bad:
        bad.request = request if _can_be_answered(request) else None
        raise
    return request


def _check_uri(request: Request) -> None:
    uri = request.uri
    if len(uri) > URI_MAX:
        raise BadMessage(414, "Request-URI Too Long")
    if uri[:4].lower() not in ("sip:", "sips"):
        return check_uri(uri)
    if request.request_uri.headers:
        raise BadMessage(400, "Headers In Request-URI")
    return None


def _check(message: Request | Response) -> None:
    headers = message.headers
    fields = headers.fields()
    for name in _ONCE:
        if len(fields.get(name, ())) != 1:
            raise BadMessage(400, f"More Than One {name}" if name in fields else f"Missing {name}")
    for name in _AT_MOST_ONCE:
        if len(fields.get(name, ())) > 1:
            raise BadMessage(400, f"More Than One {name}")
    if message.top_via.branch == BRANCH_COOKIE:
        raise BadMessage(400, "Empty Branch")
    if not message.call_id or " " in message.call_id:
        raise BadMessage(400, "Bad Call-ID")
    _ = message.from_, message.to, message.cseq
    _cut_body(message)


def _cut_body(message: Request | Response) -> None:
    text = message.headers.get("Content-Length")
    if text is None:
        return
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > len(message.body):
        raise BadMessage(400, "Bad Content-Length")
    message.body = message.body[: int(text)]


def _can_be_answered(request: Request) -> bool:
    try:
        return request.method != "ACK" and request.top_via is not None
    except BadMessage:
        return False
