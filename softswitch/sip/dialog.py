"""Dialogs: the relation of two user agents that an INVITE starts (RFC 3261 12), as caller (UAC) and as called (UAS).

```
    101-199 with a tag          2xx                      ended()
  ---------------------> EARLY ------> CONFIRMED ----------------> ENDED
  ------------------- 2xx ------------------^   (EARLY too) --------^
```
Answers of a forked INVITE differ in the To tag: one dialog each (`key`).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from enum import Enum

from softswitch.sip.errors import BadMessage
from softswitch.sip.headers import Headers
from softswitch.sip.message import Message, Request, Response
from softswitch.sip.uri import Uri, parse_uri

MAX_FORWARDS_FIRST = 70
"""Hops that a request of ours may take (RFC 3261 8.1.1.6)."""

DialogKey = tuple[str, str | None, str | None]
"""Call-ID, our tag, their tag (None from an RFC 2543 peer)."""


class State(Enum):
    EARLY = "early"
    CONFIRMED = "confirmed"
    ENDED = "ended"


class Verdict(Enum):
    """What a request inside the dialog gets before its method is looked at (RFC 3261 12.2.2)."""

    ACCEPT = (200, "OK")
    OUT_OF_ORDER = (500, "CSeq Out Of Order")
    UNKNOWN = (481, "Call/Transaction Does Not Exist")


class Dialog:
    """One dialog. `local` and `remote` are From/To values with their tags, `target` the URI that reaches the far end.

    `routes` are Route values in the order in which our requests visit them; `key` equals `key_of` every request of the
    far end inside the dialog.
    """

    __slots__ = ("key", "local", "local_number", "remote", "remote_number", "routes", "state", "target")

    def __init__(self, key: DialogKey, local: str, remote: str, target: str) -> None:
        self.state = State.EARLY
        self.key = key
        self.local = local
        self.remote = remote
        self.target = target
        self.routes: tuple[str, ...] = ()
        self.local_number = 0
        self.remote_number: int | None = None

    @classmethod
    def called(cls, invite: Request, local_tag: str) -> Dialog:
        """The dialog of an INVITE we received and answer with `local_tag` (UAS, 12.1.1).

        Raises BadMessage 400 when the INVITE has no Contact that can be used.
        """
        to = invite.headers.get("To") or ""
        if invite.to.tag is None:
            to = f"{to};tag={local_tag}"
        key = (invite.call_id, invite.to.tag or local_tag, invite.from_.tag)
        dialog = cls(key, to, invite.headers.get("From") or "", _contact_of(invite))
        dialog.routes = _routes_of(invite)
        dialog.remote_number = invite.cseq.number
        return dialog

    @classmethod
    def calling(cls, invite: Request, response: Response) -> Dialog:
        """The dialog of a 101-2xx to an INVITE we sent (UAC, 12.1.2). Without a good Contact the INVITE's target stays."""
        key = (invite.call_id, invite.from_.tag, response.to.tag)
        local, remote = invite.headers.get("From") or "", response.headers.get("To") or ""
        dialog = cls(key, local, remote, invite.uri)
        dialog.local_number = invite.cseq.number
        dialog._follow(response)
        return dialog

    def confirm(self, response: Response | None = None) -> None:
        """A 2xx was sent, or (with `response`) received: then the route set is taken from it anew (13.2.2.4)."""
        if self.state is State.ENDED:
            return
        self.state = State.CONFIRMED
        if response is not None:
            self._follow(response)

    def ended(self) -> None:
        """The dialog is over; nothing is accepted any more."""
        self.state = State.ENDED

    def accepts(self, request: Request) -> Verdict:
        """Whether the request belongs here and comes in order; if so its number becomes the latest seen."""
        if self.state is State.ENDED or key_of(request) != self.key:
            return Verdict.UNKNOWN
        number = request.cseq.number
        if self.remote_number is not None and number < self.remote_number and request.method != "ACK":
            return Verdict.OUT_OF_ORDER
        if request.method not in ("ACK", "CANCEL"):
            self.remote_number = number
        return Verdict.ACCEPT

    def refresh(self, message: Message) -> None:
        """A target refresh (re-INVITE, UPDATE, or a 2xx to one) moves the remote target to its Contact (12.2)."""
        with suppress(BadMessage):
            self.target = _contact_of(message)

    def request(
        self,
        method: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str | None = None,
        number: int | None = None,
    ) -> Request:
        """A request inside the dialog, without Via (12.2.1.1). `number`: the INVITE's for its ACK, else the next."""
        if number is None:
            number = self.local_number = self.local_number + 1
        uri, routes = self._path()
        fields = Headers()
        fields.set("Via", ())  # keeps the place at the top for the transport
        if routes:
            fields.set("Route", routes)
        fields.add("From", self.local)
        fields.add("To", self.remote)
        fields.add("Call-ID", self.key[0])
        fields.add("CSeq", f"{number} {method}")
        fields.add("Max-Forwards", str(MAX_FORWARDS_FIRST))
        for name, value in headers:
            fields.add(name, value)
        if content_type is not None:
            fields.add("Content-Type", content_type)
        return Request(method, uri, fields, body)

    def next_hop(self) -> Uri:
        """The URI whose host gets the next request: the first route, or the remote target (8.1.2)."""
        return parse_uri(_route_uri(self.routes[0]) if self.routes else self.target)

    def _path(self) -> tuple[str, list[str]]:
        if not self.routes:
            return self.target, []
        first = parse_uri(_route_uri(self.routes[0]))
        if "lr" in first.params:
            return self.target, list(self.routes)
        # A strict router of RFC 2543 takes its own URI as Request-URI and wants the target as the last route.
        uri = Uri(first.scheme, first.user, first.host, first.port, first.params)
        return str(uri), [*self.routes[1:], f"<{self.target}>"]

    def _follow(self, response: Response) -> None:
        with suppress(BadMessage):
            self.routes = _routes_of(response)[::-1]
        self.refresh(response)


def key_of(request: Request) -> DialogKey:
    """The dialog a received request says it is in."""
    return request.call_id, request.to.tag, request.from_.tag


def _contact_of(message: Message) -> str:
    contacts = message.contacts
    if len(contacts) != 1 or contacts[0].is_wildcard:
        raise BadMessage(400, "Exactly One Contact Needed")
    return contacts[0].target  # one that cannot be read is refused at the door


def _routes_of(message: Message) -> tuple[str, ...]:
    for route in message.record_routes:
        _ = route.uri
    return tuple([str(route) for route in message.record_routes])


def _route_uri(route: str) -> str:
    return route[route.index("<") + 1 : route.index(">")]
