"""MESSAGE (RFC 3428): text from phone to phone within a tenant, to all phones of who is meant; nothing is stored.

200 when a phone has taken it; 480 when nobody could be reached, and that is written down like a missed call. The text
itself is never kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from configdb.model import Group, User
from configdb.snapshot import TenantView
from softswitch.adapters.caller_leg import hops_of
from softswitch.adapters.locate import way_of
from softswitch.adapters.requests import Asker, whom
from softswitch.peers.phones import Contact, Phones
from softswitch.peers.talk import TalkLimits
from softswitch.sip.dialog import MAX_FORWARDS_FIRST
from softswitch.sip.grammar import quote_string
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response
from softswitch.transport.clock import stop
from softswitch.transport.exchange import Exchange
from softswitch.transport.server import ServerHandle

TEXT_BYTES_MAX = 8_192
"""Content over a connection; over UDP the whole request may have UDP_BYTES_MAX (RFC 3428 8)."""

UDP_BYTES_MAX = 1_300
RECIPIENTS_MAX = 50
ANSWER_S_MAX = 20.0
"""Sooner than the sender's own timer F, which would give up without a reason."""

RELAYED = ("Content-Encoding", "Content-Language", "Content-Disposition", "Subject", "Priority", "In-Reply-To", "Date")
_HOPS = (("Max-Forwards", str(MAX_FORWARDS_FIRST)),)
COMPOSING = "application/im-iscomposing+xml"
"""Somebody types (RFC 3994): passed on, but nothing that was missed."""


@dataclass(slots=True)
class _Delivery:
    """One MESSAGE on its way to all phones of who is meant; the best answer wins."""

    handle: ServerHandle
    open: int
    timer: Any = None
    worst: list[int] = field(default_factory=list)


class Messages:
    """Serves MESSAGE. `outside` is the status for a number outside, `write` takes records."""

    def __init__(
        self,
        reactor: Any,
        exchange: Exchange,
        phones: Phones,
        write: Callable[[Mapping[str, Any]], None],
        host: Callable[[], str],
        wall: Callable[[], float],
        outside: int = 405,
    ) -> None:
        self._reactor, self._exchange, self._phones, self._write = reactor, exchange, phones, write
        self._host, self._wall, self._outside = host, wall, outside
        self._limits = TalkLimits()

    def serve(self, handle: ServerHandle, request: Request, asker: Asker) -> None:
        """Answer it, at once or when the phones have."""
        if len(request.body) > (TEXT_BYTES_MAX if handle.flow.reliable else UDP_BYTES_MAX):
            return handle.reply(413)
        if request.body and request.content_type is None:
            return handle.reply(400, "Missing Content-Type")
        if hops_of(request) == 0:
            return handle.reply(483)
        wait_s = self._limits.spend(asker.key, self._reactor.seconds())
        if wait_s:
            return handle.reply(480, "Too Many Messages", [("Retry-After", str(wait_s))])
        name = request.request_uri.user or ""
        found = whom(asker, name)
        if found is None:
            return self._not_ours(handle, name)
        people = found.members if isinstance(found, Group) else (found.id,)
        now, tenant = self._reactor.seconds(), asker.view.tenant.id
        contacts = [contact for user in people for contact in self._phones.contacts_of(tenant, user, now)]
        contacts = [contact for contact in contacts if contact.device != asker.device.id][:RECIPIENTS_MAX]
        about = {"to": found.extension or found.id, "to_name": found.name}
        if not contacts:
            self._missed(request, asker, about)
            return handle.reply(480)
        return self._deliver(handle, request, asker, about, contacts)

    def _not_ours(self, handle: ServerHandle, name: str) -> None:
        if not name.lstrip("+").isdigit() or len(name) < 7:
            return handle.reply(404)
        allow = [("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS")] if self._outside == 405 else []
        return handle.reply(self._outside, headers=allow)

    def _deliver(
        self, handle: ServerHandle, request: Request, asker: Asker, about: dict[str, Any], contacts: list[Contact]
    ) -> None:
        delivery = _Delivery(handle, len(contacts))

        def over(status: int) -> None:
            if status < 200 or handle.answered:
                return
            delivery.open -= 1
            if status < 300:
                stop(delivery.timer)
                handle.reply(200)
                return
            delivery.worst.append(status)
            if delivery.open <= 0:
                stop(delivery.timer)
                self._missed(request, asker, about)
                handle.reply(_told(delivery.worst))

        def too_late() -> None:
            if not handle.answered:
                self._missed(request, asker, about)
                handle.reply(480)

        delivery.timer = self._reactor.callLater(ANSWER_S_MAX, too_late)
        for contact in contacts:
            self._send(request, asker, contact, over)

    def notify(self, view: TenantView, to: str, text: str) -> str:
        """A text of the tenant itself to somebody's phones; why it was not sent, "" when it is on its way."""
        user = view.users.get(to) or view.by_extension.get(to)
        if not isinstance(user, User):
            return f"{to} is nobody's extension, and this node has no carrier for texts"
        contacts = self._phones.contacts_of(view.tenant.id, user.id, self._reactor.seconds())[:RECIPIENTS_MAX]
        if not contacts:
            return f"no phone of {user.name} is registered"
        sender = f"{quote_string(view.tenant.name)} <sip:{self._host()}>"
        for contact in contacts:
            self._submit(contact, sender, _HOPS, "text/plain;charset=utf-8", text.encode(), lambda status: None)
        return ""

    def _send(self, request: Request, asker: Asker, contact: Contact, over: Callable[[int], None]) -> None:
        sender = f"{quote_string(asker.user.name)} <sip:{asker.user.extension}@{self._host()}>"
        kept = [(name, value) for name in RELAYED for value in request.headers.all(name)]
        more = ("Max-Forwards", str(hops_of(request) - 1)), *kept
        content_type = request.headers.get("Content-Type") or "text/plain"
        self._submit(contact, sender, more, content_type, request.body, over)

    def _submit(
        self,
        contact: Contact,
        sender: str,
        more: tuple[tuple[str, str], ...],
        content_type: str,
        body: bytes,
        over: Callable[[int], None],
    ) -> None:
        ids, binding = self._exchange.ids, contact.binding
        headers = Headers()
        headers.set("Via", ())  # keeps the place at the top for the transport
        for name, value in (
            *(("Route", route) for route in binding.path),
            ("From", f"{sender};tag={ids()[:16]}"),
            ("To", f"<{binding.target}>"),
            ("Call-ID", ids()),
            ("CSeq", "1 MESSAGE"),
            *more,
        ):
            headers.add(name, value)
        if body:
            headers.add("Content-Type", content_type)
        sent = Request("MESSAGE", binding.target, headers, body)
        way = way_of(self._exchange.paths, binding)
        if binding.source.transport == "udp" and len(sent.to_bytes()) > UDP_BYTES_MAX:
            self._reactor.callLater(0, over, 513)
            return

        def answered(response: Response) -> None:
            over(response.status)

        def failed(status: int, reason: str) -> None:
            self._reactor.callLater(0, over, status)

        self._exchange.request(sent, way, answered, failed)

    def _missed(self, request: Request, asker: Asker, about: dict[str, Any]) -> None:
        if request.content_type == COMPOSING:
            return
        self._write(
            {
                "kind": "message",
                "id": f"m{uuid.uuid4().hex}",
                "tenant": asker.view.tenant.id,
                "at": self._wall(),
                "from": asker.user.extension,
                "from_name": asker.user.name,
                **about,
            }
        )


def _told(statuses: list[int]) -> int:
    """The answer to the sender when no phone took it: what a person said, else what a phone could not, else 480."""
    final = [status for status in statuses if status >= 600]
    said = [status for status in statuses if status in (413, 415, 486, 488, 513)]
    return (final or said or [480])[0]
