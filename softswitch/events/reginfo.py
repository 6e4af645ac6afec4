"""The registrations of a user: application/reginfo+xml (RFC 3680 5), whole or only what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from softswitch.events.markup import element, written
from softswitch.peers.phones import Change, Contact

CONTENT_TYPE = "application/reginfo+xml"
NAMESPACE = "urn:ietf:params:xml:ns:reginfo"
ENDS = frozenset({"expired", "unregistered", "deactivated"})


def reg_info(aor: str, version: int, changes: Iterable[Change], active: bool, now: float, full: bool) -> bytes:
    """The document. `active`: whether any contact is left; a contact that only is there has the event "registered"."""
    state = "full" if full else "partial"
    root = element(None, "reginfo", xmlns=NAMESPACE, version=str(version), state=state)
    shown = "active" if active else "terminated"
    registration = element(root, "registration", aor=aor, id=_id(aor), state=shown)
    for change in changes:
        binding = change.contact.binding
        ended = change.event in ENDS
        contact = element(
            registration,
            "contact",
            id=contact_id(change.contact),
            state="terminated" if ended else "active",
            event=change.event,
            q=f"{binding.q:g}",
            callid=binding.call_id,
            cseq=str(binding.cseq),
            **({} if ended else {"expires": str(binding.expires_in_s(now))}),
        )
        element(contact, "uri", binding.uri)
        if binding.user_agent:
            element(contact, "unknown-param", binding.user_agent, name="user-agent")
    return written(root)


def contact_id(contact: Contact) -> str:
    """The same for one contact of one device as long as it is registered."""
    return _id(f"{contact.device} {contact.binding.key}")


def _id(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
