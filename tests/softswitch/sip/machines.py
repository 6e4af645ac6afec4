"""What the tests of the transaction machines share: messages, and effects as short words."""

from __future__ import annotations

from softswitch.sip.effects import CancelTimer, Deliver, Effect, Failed, Send, StartTimer, Terminated, TimedOut
from softswitch.sip.message import Request, Response, make_response
from softswitch.sip.parse import parse_message


def a_request(
    method: str = "INVITE", branch: str = "z9hG4bK1", extra: str = "", uri: str = "sip:101@b.example"
) -> Request:
    """A request as it comes from the network."""
    text = (
        f"{method} {uri} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.1:5060;branch={branch}\r\n"
        "From: <sip:ann@a.example>;tag=from1\r\nTo: <sip:101@b.example>\r\nCall-ID: call-1\r\n"
        f"CSeq: 7 {method}\r\nMax-Forwards: 70\r\nContact: <sip:ann@192.0.2.1>\r\n{extra}Content-Length: 0\r\n\r\n"
    )
    request = parse_message(text.encode())
    assert isinstance(request, Request)
    return request


def an_answer(request: Request, status: int, tag: str = "to1") -> Response:
    """An answer to it."""
    return make_response(request, status, to_tag=tag)


def words(effects: list[Effect]) -> list[str]:
    """Effects in the words of the RFC's figures: "send ACK", "start B 32", "deliver 180"."""
    return [_word(effect) for effect in effects]


def _word(effect: Effect) -> str:
    match effect:
        case Send(message):
            return f"send {_name(message)}"
        case Deliver(message):
            return f"deliver {_name(message)}"
        case StartTimer(timer, seconds):
            return f"start {timer} {seconds:g}"
        case CancelTimer(timer):
            return f"cancel {timer}"
        case TimedOut():
            return "timed out"
        case Failed():
            return "failed"
        case Terminated():
            return "terminated"


def _name(message: Request | Response) -> str:
    return message.method if isinstance(message, Request) else str(message.status)
