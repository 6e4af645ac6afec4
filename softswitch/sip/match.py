"""Which transaction a message belongs to (RFC 3261 17.1.3, 17.2.3; CANCEL 9.2; RFC 2543; merged 8.2.2.2).

Keys are tuples, ready for a dict. Server keys: two requests are of one transaction exactly when their keys are equal.
"""

from __future__ import annotations

from softswitch.sip.message import Message, Request
from softswitch.sip.via import BRANCH_COOKIE, Via

Key = tuple[str | int | None, ...]


def client_key(message: Message) -> Key:
    """Of a request we send or a response to one: branch and method (the branch alone covers CANCEL too)."""
    return message.top_via.branch, message.cseq.method


def server_key(request: Request) -> Key:
    """Of a received request; an ACK has the key of the INVITE whose refusal it acknowledges."""
    return _server_key(request, "INVITE" if request.method == "ACK" else request.method)


def cancelled_key(cancel: Request) -> Key:
    """Of the INVITE that a received CANCEL is for."""
    return _server_key(cancel, "INVITE")


def merge_key(request: Request) -> Key | None:
    """Equal for two copies of one request that came on two paths (answer the second 482); None inside a dialog."""
    if request.to.tag is not None:
        return None
    number, method = request.cseq
    return request.call_id, request.from_.tag, number, method


def ack_key(request: Request, to_tag: str | None) -> Key:
    """Of the ACK to a 2xx: the dialog it is in and the INVITE's number; `to_tag` is the one of the 2xx."""
    return request.call_id, request.from_.tag, to_tag, request.cseq.number


def branch_key(via: Via, method: str) -> Key | None:
    """The server key of a request of RFC 3261, of which only the top Via was read; None for one of RFC 2543."""
    branch = via.branch
    if branch is None or not branch.startswith(BRANCH_COOKIE):
        return None
    return branch, via.host.lower(), _sent_port(via), method


def _server_key(request: Request, method: str) -> Key:
    via, branch = request.top_via, request.top_via.branch
    key = branch_key(via, method)
    if key is not None:
        return key
    # A peer of RFC 2543: no unique branch. The To tag is left out, so that an ACK with our tag finds the INVITE
    # without one; From tag, Call-ID, number and Via still tell transactions of one dialog apart.
    return request.uri, request.call_id, request.from_.tag, request.cseq.number, _sent_by(via), branch, method


def _sent_by(via: Via) -> str:
    return f"{via.host.lower()}:{_sent_port(via)}"


def _sent_port(via: Via) -> int:
    return via.port or (5061 if via.transport == "TLS" else 5060)
