"""The inputs that a search starts from: the published messages, the examples of the header tests, and the corpus folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from media.ice import stun as checks
from media.ice.stun import Name
from softswitch.sip import stun
from softswitch.sip.fields.table import FIELDS
from tests.fuzz.talk import SEPARATOR
from tests.fuzz.targets import HANDSHAKE
from tests.media.ice.test_stun import ANSWER, ANSWER_6, REQUEST
from tests.softswitch.sip.fields.test_table import BROKEN, EXAMPLES
from tests.softswitch.sip.messages import SDP, raw_invite

CORPUS = Path(__file__).parent / "corpus"
SIP = Path(__file__).parent.parent / "softswitch" / "sip"


def seeds_of(name: str) -> list[bytes]:
    """All seeds of a target, in one order for ever."""
    kept = [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]
    return [*kept, *_made(name)]


def _made(name: str) -> Iterator[bytes]:
    match name:
        case "message" | "at_the_door":
            yield from _messages()
        case "framing":
            flow = _flow("rfc3665")
            yield from (bytes([step]) + b"".join(flow[at : at + 3]) for step, at in ((1, 0), (7, 9), (63, 20)))
            yield from (b"\x20" + message for message in _messages())
        case "header":
            for number, field in enumerate(FIELDS):
                yield from (
                    bytes([number]) + text.encode() for text in (*EXAMPLES[field.name], *BROKEN.get(field.name, ()))
                )
        case "talk":
            yield from (b"\x00u" + message for message in _messages())
            yield bytes([1]) + SEPARATOR.join(b"u" + message for message in _flow("rfc3665")[4:10])
            yield bytes([2]) + SEPARATOR.join(
                [b"u" + raw_invite(), b"t" + raw_invite(), b"w" + raw_invite("Supported: 100rel")]
            )
        case "reply":
            contact = b"Contact: <sip:peer@10.0.0.1>\r\n"
            with_sdp = contact + b"Content-Type: application/sdp\r\n\r\n" + SDP
            ringing, reliably = (
                b"180 Ringing\r\n" + contact + b"\r\n",
                b"183 Session Progress\r\nRequire: 100rel\r\nRSeq: 7\r\n" + with_sdp,
            )
            answered = (
                b"200 OK\r\nAllow: UPDATE, INVITE\r\nSession-Expires: 90;refresher=uac\r\nSupported: timer\r\n"
                + with_sdp
            )
            endings = (
                answered,
                b"486 Busy Here\r\n\r\n",
                b"302 Moved\r\n" + contact + b"\r\n",
                b'401 No\r\nWWW-Authenticate: Digest realm="a", nonce="b"\r\n\r\n',
            )
            yield from (
                bytes([way]) + SEPARATOR.join((ringing, reliably, each)) for way in range(3) for each in endings
            )
            bye, update = b'BYE\r\nReason: Q.850;cause=16;text="x"\r\n\r\n', b"UPDATE\r\n" + with_sdp
            yield b"\0" + SEPARATOR.join(
                (
                    answered,
                    update,
                    b"INFO\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=1",
                    b"INVITE\r\n" + with_sdp,
                    bye,
                )
            )
            yield b"\0" + SEPARATOR.join(
                (
                    ringing,
                    ringing.replace(b"peer@", b"other@").replace(
                        b"180 Ringing\r\n", b"180 Ringing\r\nTo: <sip:x@y>;tag=other\r\n"
                    ),
                    answered,
                )
            )
        case "check":
            yield from (mark + one for mark in (b"s", b"-") for one in (REQUEST, ANSWER, ANSWER_6))
            names = ((Name.USERNAME, b"AAAAAAAA:them"), (Name.PRIORITY, bytes(4)), (Name.ICE_CONTROLLING, bytes(8)))
            yield b"s" + checks.build(checks.Kind.REQUEST, bytes(12), (*names, (Name.USE_CANDIDATE, b"")), None)
            yield b"s" + checks.build(checks.Kind.REQUEST, bytes(12), (*names, (0x7001, b"abc")), None)
            yield b"s" + checks.build(checks.Kind.ERROR, bytes(12), (checks.failure(487),), None)
        case "stun":
            yield stun.request(bytes(12))
            yield stun.answer(stun.BindingRequest(bytes(12)), "2001:db8::1", 5060)
        case "websocket":
            yield b"r\x20" + HANDSHAKE
            yield b"h\x07" + _masked(1, raw_invite()[:120]) + _masked(9, b"ping") + _masked(8, b"\x03\xe8")
            yield b"h\x02" + _masked(1, b"\r\n\r\n") + _masked(2, raw_invite())
        case "sdp":
            yield SDP


def _masked(opcode: int, payload: bytes) -> bytes:
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0xFE]) + len(payload).to_bytes(2, "big")
    return bytes([0x80 | opcode]) + size + bytes(4) + payload


def _messages() -> list[bytes]:
    return [path.read_bytes() for path in sorted((SIP / "torture").iterdir()) if path.suffix != ".md"]


def _flow(name: str) -> list[bytes]:
    return (SIP / "flows" / f"{name}.txt").read_bytes().split(b"\r\n--\r\n")
