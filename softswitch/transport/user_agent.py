"""The SIP user agent of the node: sessions of INVITEs both ways, requests in dialogs to their session (RFC 3261 8, 12).

A request outside dialogs passes the checks of RFC 3261 8.2 (method, Request-URI, extensions, content) in that order,
then goes to `on_incoming` (INVITE) or `on_other`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from softswitch.sip import reliable, session_timer
from softswitch.sip.body import SDP, description_of
from softswitch.sip.dialog import MAX_FORWARDS_FIRST, DialogKey, key_of
from softswitch.sip.fields.content import parse_media_type
from softswitch.sip.headers import Headers
from softswitch.sip.locate import Transport
from softswitch.sip.message import METHODS, Request
from softswitch.sip.multipart import Part, make_part, print_multipart
from softswitch.sip.replacing import OPTIONS as TRANSFER_OPTIONS
from softswitch.sip.replacing import check_replaces
from softswitch.sip.secure import NOT_ALLOWED, asks_for_tls, check_contacts
from softswitch.transport.aim import PhoneOf
from softswitch.transport.attempt import Authenticate
from softswitch.transport.exchange import Exchange
from softswitch.transport.flows import Destination, Flow
from softswitch.transport.incoming import IncomingSession
from softswitch.transport.limits import ENDED_DIALOGS_MAX
from softswitch.transport.listener import SessionListener
from softswitch.transport.outgoing import OutgoingSession
from softswitch.transport.policy import LegPolicy
from softswitch.transport.server import ServerHandle
from softswitch.transport.session import Named, Pairs, Session

OnIncoming = Callable[[IncomingSession, Request], SessionListener]
"""Gets each new INVITE; gives the session its listener, and may use its verbs before it returns."""

OnOther = Callable[[ServerHandle, Request], None]
"""Gets every other request outside dialogs; answers `handle.reply(...)`, now or later."""

_SESSION_METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "INFO", "PRACK", "UPDATE", "REFER")
_DIALOG_METHODS = frozenset({"BYE", "INFO", "UPDATE", "PRACK"})


@dataclass(frozen=True, slots=True)
class Identity:
    """How we present ourselves: the user of our Contact, User-Agent and Server, and the methods `on_other` serves.

    `extensions`: option tags a peer may require of us (RFC 3261 8.2.2.3). `policy`: of legs that are given no other.
    `dialogs_elsewhere`: methods whose dialogs are kept by who serves `on_other`.
    """

    user: str = "softswitch"
    product: str = "softswitch"
    others: tuple[str, ...] = ("OPTIONS", "REGISTER")
    extensions: frozenset[str] = frozenset({reliable.OPTION, session_timer.OPTION, *TRANSFER_OPTIONS})
    policy: LegPolicy = field(default_factory=LegPolicy)
    dialogs_elsewhere: frozenset[str] = frozenset()


class UserAgent:
    """All sessions over one exchange; it takes the exchange's handler.

    random: a source of numbers in 0..1 (glare waits).  phone_of: who is behind a GRUU that our registrar gave.
    named: see `Named`.
    """

    phone_of: PhoneOf
    named: Named

    def __init__(
        self,
        exchange: Exchange,
        identity: Identity,
        on_incoming: OnIncoming,
        on_other: OnOther,
        random: Callable[[], float],
    ) -> None:
        self.exchange = exchange
        self.random = random
        self.phone_of = lambda uri: None
        self.named = lambda session, message: None
        self.policy = identity.policy
        self._identity = identity
        self._on_incoming = on_incoming
        self._on_other = on_other
        self._sessions: dict[DialogKey, Session] = {}
        self._ended: dict[DialogKey, None] = {}
        self._allow = (("Allow", ", ".join(dict.fromkeys((*_SESSION_METHODS, *identity.others)))),)
        self._headers: dict[tuple[Transport, str, bool], Pairs] = {}
        always = sorted(identity.extensions - {reliable.OPTION})
        self._supported = {False: ", ".join(always), True: ", ".join([reliable.OPTION, *always])}
        exchange.handler = self.received
        exchange.on_lost = self.lost

    def invite(
        self,
        request_uri: str,
        from_: str,
        to: str,
        destination: Destination | Flow,
        sdp: bytes,
        headers: Iterable[tuple[str, str]] = (),
        *,
        listener: SessionListener,
        authenticate: Authenticate | None = None,
        id: str | None = None,
        policy: LegPolicy | None = None,
        max_forwards: int = MAX_FORWARDS_FIRST,
        beside: Iterable[Part] = (),
    ) -> Session:
        """Calls: sends an INVITE with an offer (empty: the far end offers). The listener is not called before this returns.

        request_uri: bare URI.  from_, to: address values without tag, '"Ann" <sip:101@example.org>'.
        id: of the session, else a new one.  authenticate: see `Attempt`.  max_forwards: hops left (a B2BUA counts down).
        beside: parts of the body beside the offer.
        """
        ids, parts = self.exchange.ids, tuple(beside)
        content_type, body = _mixed(sdp, parts, ids()) if parts else (SDP, sdp)
        fields = Headers()
        fields.set("Via", ())  # keeps the place at the top for the transport
        for name, value in (
            ("From", f"{from_};tag={ids()[:16]}"),
            ("To", to),
            ("Call-ID", ids()),
            ("CSeq", "1 INVITE"),
            ("Max-Forwards", str(max_forwards)),
            *self.headers(None),
            *headers,
            *([("Content-Type", content_type)] if body else []),
        ):
            fields.add(name, value)
        request = Request("INVITE", request_uri, fields, body)
        leg = policy or self.policy
        session = OutgoingSession(self, id or f"l{ids()}", request, sdp, destination, authenticate, leg)
        session.listener = listener
        session.start()
        return session

    @property
    def sessions(self) -> int:
        """Dialogs alive."""
        return len(self._sessions)

    def flows(self) -> Iterator[Flow | None]:
        """That of each of them, None while it is not known."""
        return (session.flow for session in self._sessions.values())

    def find(self, key: DialogKey) -> Session | None:
        """The session of a dialog that is alive, early or not."""
        return self._sessions.get(key)

    def has_ended(self, key: DialogKey) -> bool:
        """Whether that dialog was one of ours and is over since not long ago."""
        return key in self._ended

    # --- for the exchange ---

    def received(self, handle: ServerHandle, request: Request) -> None:
        """A new request. Raises BadMessage, which the exchange answers."""
        check_replaces(request)
        if request.to.tag is not None:
            self._in_dialog(handle, request)
        elif request.method not in METHODS:
            handle.reply(501, headers=self._allow)
        elif request.method in _DIALOG_METHODS:
            handle.reply(481)
        elif self._acceptable(handle, request):
            if request.method == "INVITE":
                self._incoming(handle, request)
            else:
                self._on_other(handle, request)

    def lost(self, flow: Flow) -> list[Session]:
        """A connection is gone; the legs on it look for their far end."""
        lost = [session for session in self._sessions.values() if session.flow == flow]
        for session in lost:
            session.search.begin(session)
        return lost

    # --- for the sessions (SessionHome) ---

    def contact(self, flow: Flow, secure: bool = False) -> str:
        """Our Contact value in a message on that flow; a sips URI in a dialog that began with one (RFC 5630 5.1.1.2)."""
        return self._contact(flow.kind, flow.sent_by, secure)

    def headers(self, flow: Flow | None, secure: bool = False) -> Pairs:
        """Contact, Allow and product; the same in requests and answers (User-Agent is allowed in both, 20).

        flow: None while it is not known; `contact` replaces the Contact when it is.
        """
        kind: Transport = "udp" if flow is None else flow.kind
        sent_by = self.exchange.paths.sent_by(kind) if flow is None else flow.sent_by
        made = self._headers.get((kind, sent_by, secure))
        if made is None:
            made = (
                ("Contact", self._contact(kind, sent_by, secure)),
                *self._allow,
                ("User-Agent", self._identity.product),
            )
            self._headers[kind, sent_by, secure] = made
        return made

    def allow(self) -> Pairs:
        """The Allow header."""
        return self._allow

    def supported(self, reliable: bool) -> str:
        """The Supported value, with 100rel if `reliable`."""
        return self._supported[reliable]

    def remember(self, key: DialogKey, session: Session) -> None:
        """Requests in that dialog are for the session."""
        self._sessions[key] = session

    def forget(self, key: DialogKey) -> None:
        """That dialog is over."""
        self._sessions.pop(key, None)
        self._ended[key] = None
        if len(self._ended) > ENDED_DIALOGS_MAX:
            del self._ended[next(iter(self._ended))]

    # --- inside ---

    def _contact(self, kind: Transport, sent_by: str, secure: bool) -> str:
        scheme = "sips" if secure else "sip"
        # RFC 7118 5.2: "ws" stands for both; RFC 5630 3.1.4: a sips URI needs no "tls".
        named = {"udp": "", "tcp": "tcp", "tls": "" if secure else "tls", "ws": "ws", "wss": "ws"}[kind]
        return f"<{scheme}:{self._identity.user}@{sent_by}{named and ';transport='}{named}>"

    def _in_dialog(self, handle: ServerHandle, request: Request) -> None:
        session = self._sessions.get(key_of(request))
        if session is None and request.method in self._identity.dialogs_elsewhere:
            if self._acceptable(handle, request):
                self._on_other(handle, request)
        elif session is None:
            handle.reply(481)
        elif self._extensions_known(handle, request):
            session.received(handle, request)

    def _incoming(self, handle: ServerHandle, request: Request) -> None:
        session = IncomingSession(self, f"l{self.exchange.ids()}", handle, self.policy)
        try:
            session.listener = self._on_incoming(session, request)
        except BaseException:
            session.leave()  # nobody will ever end it
            raise

    def _acceptable(self, handle: ServerHandle, request: Request) -> bool:
        _ = request.request_uri, request.max_forwards  # 416, 400
        if asks_for_tls(request.uri) and not handle.flow.secure:
            handle.reply(480, headers=[("Warning", NOT_ALLOWED)])
            return False
        check_contacts(request)
        if not self._extensions_known(handle, request):
            return False
        return request.method != "INVITE" or self._invite_acceptable(handle, request)

    def _invite_acceptable(self, handle: ServerHandle, request: Request) -> bool:
        _ = description_of(request)  # 415, 400
        if request.headers.count("Accept") and not any(
            each.takes(SDP) for each in request.read_all("Accept", parse_media_type)
        ):
            handle.reply(406)
            return False
        if shortest := session_timer.too_small(request, self.policy.timer):
            handle.reply(422, headers=shortest)
            return False
        return True

    def _extensions_known(self, handle: ServerHandle, request: Request) -> bool:
        unknown = [tag for tag in request.values("Require") if tag not in self._identity.extensions]
        if unknown:
            handle.reply(420, headers=[("Unsupported", ", ".join(unknown))])
        return not unknown


def _mixed(sdp: bytes, parts: tuple[Part, ...], boundary: str) -> tuple[str, bytes]:
    """Content-Type and body of an offer with more beside it (RFC 5621 3)."""
    return f'multipart/mixed;boundary="{boundary}"', print_multipart((make_part(SDP, sdp), *parts), boundary)
