"""One scripted phone: it knows its dialogs, answers what any phone answers, and keeps what it hears.

A carrier is a phone that is known by its address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Literal

from softswitch.sip.body import SDP as SDP_TYPE
from softswitch.sip.message import Message, Request, Response, make_response
from softswitch.sip.parse import parse_message
from softswitch.sip.sdp import parse_sdp
from tests.softswitch.whole_switch import SIP_HOST, SIP_PORT, authorized

if TYPE_CHECKING:
    from tests.softswitch.stage import Stage

PLACES = {"ann": "192.0.2.101", "ben": "192.0.2.102", "carla": "192.0.2.103"}
NODE = f"{SIP_HOST}:{SIP_PORT}"


@dataclass
class Dialog:
    """One dialog of a phone. `request` is the INVITE that began it, sent or received; `answer` the far end's 2xx."""

    request: Request
    ours: bool
    call_id: str
    local: str
    remote: str
    target: str
    number: int = 0
    heard: list[str] = field(default_factory=list)
    port: int | None = None
    over: bool = False
    up: bool = False
    challenged: Request | None = None

    @property
    def tags(self) -> tuple[str, str]:
        """Ours and theirs."""
        return tag_of(self.local), tag_of(self.remote)


def tag_of(value: str) -> str:
    """The tag of a From or To value, "" without one."""
    return value.rpartition(";tag=")[2] if ";tag=" in value else ""


class Phone:
    """One phone. `heard` is all that the switch told it, in words, since the last `take`; `shows` who it talks with.

    That may be told by UPDATE or re-INVITE, or not again, and is no word of a flow.
    """

    def __init__(self, stage: Stage, name: str, address: tuple[str, int], user: str) -> None:
        self.stage, self.name, self.address, self.user = stage, name, address, user
        self.dialogs: list[Dialog] = []
        self.heard: list[str] = []
        self.got: list[Message] = []
        self._numbers = count(1)
        self._seen: set[bytes] = set()
        self.options = ""
        self.shows = ""
        self.compact = False
        self.ack: Literal["at once", "late", "never"] = "at once"
        self.late: list[Request] = []

    # -- what a test does ------------------------------------------------------------------------------------------

    def register(self) -> None:
        """Register, with the password that all demo devices have."""
        username = f"{self.user}-desk"
        request = self._new("REGISTER", f"sip:{NODE}", f"<sip:{username}@{NODE}>", f"<sip:{username}@{NODE}>")
        self.send(request)

    def call(self, target: str, *headers: tuple[str, str], sdp: bytes | None = None) -> Dialog:
        """INVITE."""
        name = f"{self.user}-desk" if self.user in PLACES else self.user
        uri, ours = f"sip:{target}@{NODE}", f"<sip:{name}@{NODE}>"
        request = self._new("INVITE", uri, ours, f"<{uri}>", *headers, body=self.sdp() if sdp is None else sdp)
        dialog = Dialog(request, True, request.call_id, request.headers.get("From") or "", f"<{uri}>", uri, 1)
        self.dialogs.append(dialog)
        self.send(request)
        return dialog

    def sdp(self, direction: str = "sendrecv", codecs: str = "0 8 101") -> bytes:
        """A description of one stream."""
        host = self.address[0]
        return (
            f"v=0\r\no=- 1 {next(self._numbers)} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio 4000 RTP/AVP {codecs}\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
        ).encode()

    def rings(self, dialog: Dialog) -> None:
        """180."""
        self._respond(dialog, 180)

    def answers(self, dialog: Dialog, sdp: bytes | None = None, *headers: tuple[str, str]) -> None:
        """200."""
        dialog.up = True
        self._respond(dialog, 200, self.sdp() if sdp is None else sdp, headers)

    def rejects(self, dialog: Dialog, status: int, *headers: tuple[str, str]) -> None:
        """Refuse the call."""
        dialog.over = True
        self._respond(dialog, status, headers=headers)

    def hangs_up(self, dialog: Dialog) -> None:
        """BYE, or CANCEL before the answer."""
        if dialog.ours and not dialog.up:
            cancel = dialog.request.copy()
            cancel.method = "CANCEL"
            cancel.headers.set("CSeq", f"{dialog.request.cseq.number} CANCEL")
            cancel.body = b""
            cancel.headers.remove("Content-Type")
            self.send(cancel)
        else:
            dialog.over = True
            self.inside(dialog, "BYE")

    def hurries(self, target: str) -> None:
        """INVITE, and CANCEL before any answer has come."""
        self.hangs_up(self.call(target))

    def offers(self, dialog: Dialog, sdp: bytes) -> None:
        """re-INVITE with a description."""
        self.inside(dialog, "INVITE", body=sdp)

    def holds(self, dialog: Dialog, direction: str = "sendonly") -> None:
        """re-INVITE."""
        self.inside(dialog, "INVITE", body=self.sdp(direction))

    def refers(self, dialog: Dialog, to: str, *headers: tuple[str, str]) -> None:
        """REFER in the dialog. `to` is the Refer-To value."""
        self.inside(dialog, "REFER", ("Refer-To", to), ("Referred-By", dialog.local.partition(";")[0]), *headers)

    def refers_beside(self, dialog: Dialog, to: str) -> None:
        """REFER outside of the dialog, with Target-Dialog (RFC 4538)."""
        ours, theirs = dialog.tags
        target = ("Target-Dialog", f"{dialog.call_id};local-tag={ours};remote-tag={theirs}")
        self.ask("REFER", ("Refer-To", to), target, ("Require", "tdialog"))

    def ask(self, method: str, *headers: tuple[str, str], to: str = "softswitch") -> None:
        """A request outside of dialogs."""
        self.send(
            self._new(method, f"sip:{to}@{NODE}", f"<sip:{self.user}-desk@{NODE}>", f"<sip:{to}@{NODE}>", *headers)
        )

    def unsubscribes(self, dialog: Dialog) -> None:
        """No more news of the REFER in a dialog."""
        self.inside(dialog, "SUBSCRIBE", ("Event", "refer"), ("Expires", "0"))

    def replacing(self, dialog: Dialog, early_only: bool = False, flipped: bool = False) -> str:
        """The Replaces value of a dialog of this phone, for the switch; `flipped` as this phone itself would get it."""
        ours, theirs = dialog.tags
        to_tag, from_tag = (ours, theirs) if flipped else (theirs, ours)
        return f"{dialog.call_id};to-tag={to_tag};from-tag={from_tag}" + (";early-only" if early_only else "")

    def lamp(self) -> str:
        """The Replaces value of the last dialog that a lamp told of (RFC 4235)."""
        shown = [message for message in self.got if b"<dialog " in message.body][-1].body.decode()
        names = dict(re.findall(r'(call-id|local-tag|remote-tag)="(.*?)"', shown))
        return f"{names['call-id']};to-tag={names['remote-tag']};from-tag={names['local-tag']}"

    # -- what a test looks at --------------------------------------------------------------------------------------

    def take(self) -> list[str]:
        """What was heard since the last look."""
        heard, self.heard = self.heard, []
        return heard

    # -- messages --------------------------------------------------------------------------------------------------

    def inside(self, dialog: Dialog, method: str, *headers: tuple[str, str], body: bytes = b"") -> None:
        """A request in a dialog."""
        dialog.number += 1
        lines = [("From", dialog.local), ("To", dialog.remote), ("Call-ID", dialog.call_id)]
        self.send(self._make(method, dialog.target, dialog.number, lines, headers, body))

    def send(self, message: Message) -> None:
        """Over UDP."""
        if isinstance(message, Request) and message.to.tag is None:
            self.stage.asked[message.call_id] = message
        data = message.to_bytes()
        self.stage.switch.datagram(shortened(data) if self.compact else data, self.address)

    def acknowledges(self) -> None:
        """The ACKs that were late."""
        late, self.late = self.late, []
        for ack in late:
            self.send(ack)

    def _new(self, method: str, uri: str, from_: str, to: str, *headers: tuple[str, str], body: bytes = b"") -> Request:
        number = next(self._numbers)
        lines = [("From", f"{from_};tag={self.name}{number}"), ("To", to), ("Call-ID", f"{self.name}-{number}@phones")]
        return self._make(method, uri, 1, lines, headers, body)

    def _make(
        self,
        method: str,
        uri: str,
        number: int,
        lines: list[tuple[str, str]],
        headers: tuple[tuple[str, str], ...],
        body: bytes,
    ) -> Request:
        host, port = self.address
        branch = f"z9hG4bK{self.name}{next(self._numbers)}"
        text = "".join(f"{name}: {value}\r\n" for name, value in (*lines, *headers))
        kind = f"Content-Type: {SDP_TYPE}\r\n" if body else ""
        message = parse_message(
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch={branch};rport\r\nMax-Forwards: 70\r\n"
            f"CSeq: {number} {method}\r\nContact: <sip:{self.user}@{host}:{port}>\r\nAllow: INVITE, ACK, BYE, UPDATE\r\n"
            f"{text}{kind}Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        assert isinstance(message, Request)
        return message

    def _respond(
        self, dialog: Dialog, status: int, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        contact = ("Contact", f"<sip:{self.user}@{self.address[0]}:{self.address[1]}>")
        kind = SDP_TYPE if body else None
        tag = tag_of(dialog.local)
        self.send(make_response(dialog.request, status, None, tag, (*headers, contact), body, kind))

    def received(self, data: bytes) -> None:
        """Something came."""
        message = parse_message(data)
        self.got.append(message)
        if isinstance(message, Request):
            self._asked(message, data)
        else:
            self._answered(message)

    def _asked(self, request: Request, data: bytes) -> None:
        if data in self._seen:
            return
        self._seen.add(data)
        match request.method:
            case "ACK":
                return
            case "INVITE" if request.to.tag is None:
                self._invited(request)
                self.heard.append("INVITE")
            case "NOTIFY":
                self.heard.append(f"NOTIFY {news_in(request)}".strip())
                self.send(make_response(request, 200))
            case "CANCEL":
                self.heard.append("CANCEL")
                dialog = self._of(request)
                self.send(make_response(request, 200, None, dialog and tag_of(dialog.local)))
                if dialog is not None:
                    dialog.over = True
                    self._respond(dialog, 487)
            case "BYE":
                self.heard.append("BYE")
                dialog = self._of(request)
                if dialog is not None:
                    dialog.over = True
                self.send(make_response(request, 200 if dialog is not None else 481))
            case method:
                shown = request.headers.get("P-Asserted-Identity")
                if shown is None:
                    self.heard.append(method)
                else:
                    self.shows = shown
                body = self.sdp() if request.body else b""
                self.send(make_response(request, 200, None, None, (), body, SDP_TYPE if body else None))

    def _invited(self, request: Request) -> None:
        tag = f"{self.name}{next(self._numbers)}"
        local, remote = f"{request.headers.get('To')};tag={tag}", request.headers.get("From") or ""
        dialog = Dialog(request, False, request.call_id, local, remote, request.contacts[0].uri_text)
        dialog.port = port_of(request)
        self.dialogs.append(dialog)
        self.send(make_response(request, 100))

    def _of(self, message: Message) -> Dialog | None:
        return next((one for one in self.dialogs if one.call_id == message.call_id), None)

    def _answered(self, response: Response) -> None:
        method, status, dialog = response.cseq.method, response.status, self._of(response)
        if status == 401:
            self._challenged(response, dialog)
            return
        if status == 100:
            return
        word = str(status) if method == "INVITE" else f"{status} {method}"
        if method not in ("REGISTER", "CANCEL", "BYE"):
            self.heard.append(word)
        if dialog is None or method != "INVITE":
            return
        if dialog.ours and status > 100 and response.to.tag is not None:
            dialog.remote = response.headers.get("To") or ""
        if response.body:
            dialog.port = port_of(response)
        if status >= 200:
            self.shows = response.headers.get("P-Asserted-Identity") or self.shows
            self._final(dialog, response)

    def _final(self, dialog: Dialog, response: Response) -> None:
        if status_ok(response):
            dialog.up = True
            dialog.target = response.contacts[0].uri_text
            lines = [("From", dialog.local), ("To", dialog.remote), ("Call-ID", dialog.call_id)]
            ack = self._make("ACK", dialog.target, response.cseq.number, lines, (), b"")
            if self.ack == "at once":
                self.send(ack)
            elif self.ack == "late":
                self.late.append(ack)
            return
        dialog.over = dialog.over or not dialog.up
        ack = dialog.request.copy()
        ack.method = "ACK"
        ack.body = b""
        ack.headers.remove("Content-Type")
        ack.headers.set("CSeq", f"{response.cseq.number} ACK")
        ack.headers.set("To", response.headers.get("To") or "")
        self.send(ack)

    def _challenged(self, response: Response, dialog: Dialog | None) -> None:
        request = dialog.request if dialog is not None else self.stage.asked[response.call_id]
        if request.method == "INVITE":
            ack = request.copy()
            ack.method, ack.body = "ACK", b""
            ack.headers.remove("Content-Type")
            ack.headers.set("CSeq", f"{request.cseq.number} ACK")
            ack.headers.set("To", response.headers.get("To") or "")
            self.send(ack)
        again = authorized(request, response, f"{self.user}-desk")
        host, port = self.address
        branch = f"z9hG4bK{self.name}{next(self._numbers)}"
        again.headers.set("Via", [f"SIP/2.0/UDP {host}:{port};branch={branch};rport"])
        if dialog is not None:
            dialog.request, dialog.number = again, again.cseq.number
        self.send(again)


COMPACT = {
    "Via": "v",
    "From": "f",
    "To": "t",
    "Call-ID": "i",
    "Contact": "m",
    "Content-Type": "c",
    "Content-Length": "l",
}


def shortened(data: bytes) -> bytes:
    """The message with compact header names (RFC 3261 7.3.3)."""
    head, end, body = data.partition(b"\r\n\r\n")
    for name, short in COMPACT.items():
        head = head.replace(f"\r\n{name}: ".encode(), f"\r\n{short}: ".encode())
    return head + end + body


def broken(sdp: bytes) -> bytes:
    """A description that says nowhere where its sender is (RFC 8866 5.7)."""
    return b"".join(line for line in sdp.splitlines(keepends=True) if not line.startswith(b"c="))


def news_in(request: Request) -> str:
    """What a NOTIFY says in a word: the status in a sipfrag, the states of dialogs."""
    text = request.body.decode()
    return text.split()[1] if text.startswith("SIP/2.0") else " ".join(re.findall(r"<state>(.*?)</state>", text))


def status_ok(response: Response) -> bool:
    """A 2xx."""
    return 200 <= response.status < 300


def port_of(message: Message) -> int | None:
    """Where the switch wants to hear this phone."""
    return parse_sdp(message.body).media[0].port if message.body else None
