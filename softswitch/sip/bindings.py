"""The contacts of one address-of-record: the registrar's rule as a pure function (RFC 3261 10.3).

```
    contacts --register(request)--> Registered(new contacts)   all changes of the request, or
                                    Refused(status, headers)   none of them
```
`now` is seconds of one clock that never steps back; so is `expires_at`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from softswitch.sip.address import NameAddr
from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import unquote_string
from softswitch.sip.limits import CONTACTS_PER_USER_MAX, USER_AGENT_CHARS_MAX
from softswitch.sip.message import Request, seconds_of
from softswitch.sip.plain import plain
from softswitch.sip.uri import Uri

_Q = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request came from: `flow` names the connection it came in on, None for a plain UDP socket."""

    transport: str
    address: str
    port: int
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a registrar grants: seconds of life, and how many contacts at once (the one that ends first gives way)."""

    expires_s_min: int = 60
    expires_s_max: int = 3600
    expires_s_default: int = 3600
    contacts_max: int = CONTACTS_PER_USER_MAX


@dataclass(frozen=True, slots=True)
class Binding:
    """One contact. `uri` is as the phone wrote it; requests to it go to `source` (NAT), by its flow if it has one."""

    uri: str
    q: float
    expires_at: float
    call_id: str
    cseq: int
    source: Source
    instance: str | None = None
    user_agent: str = ""

    def expires_in_s(self, now: float) -> int:
        """Whole seconds of life left, at least 0."""
        return max(0, int(self.expires_at - now))

    def contact(self, now: float) -> str:
        """The Contact value that lists this binding in a 200."""
        return f"<{self.uri}>;expires={self.expires_in_s(now)};q={self.q:g}"


Bindings = tuple[Binding, ...]
"""The contacts of one address-of-record, best first (q, then the latest)."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The update was made: answer 200 with `contacts` (Contact values). Refreshes are not in `added` and `removed`."""

    bindings: Bindings
    contacts: tuple[str, ...]
    added: Bindings = ()
    removed: Bindings = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed: answer so."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


def register(
    bindings: Bindings, request: Request, now: float, source: Source, policy: Policy | None = None
) -> Registered | Refused:
    """Applies an authenticated REGISTER, whole or not at all (RFC 3261 10.3 steps 6 to 8)."""
    policy = policy or Policy()
    current, _ = expire(bindings, now)
    try:
        contacts = request.contacts
        if any(contact.is_wildcard for contact in contacts):
            return _remove_all(current, request, now)
        if len(contacts) > policy.contacts_max:
            return Refused(400, "Too Many Contacts")
        wanted = [_Wanted.of(contact, request, policy) for contact in contacts]
    except BadMessage as bad:
        return Refused(400, bad.reason)
    if any(0 < each.expires_s < policy.expires_s_min for each in wanted):
        return Refused(423, "Interval Too Brief", (("Min-Expires", str(policy.expires_s_min)),))
    updated = list(current)
    for each in wanted:
        replaced = [binding for binding in updated if each.is_same(binding)]
        if any(_is_old(request, binding) for binding in replaced):
            return Refused(500, "Out Of Order")
        updated = [binding for binding in updated if binding not in replaced]
        if each.expires_s:
            updated.append(each.bound(request, now, source))
    return _registered(current, _fitting(updated, policy), now)


def expire(bindings: Bindings, now: float) -> tuple[Bindings, Bindings]:
    """The bindings alive at `now`, and those that have ended."""
    if all(binding.expires_at > now for binding in bindings):
        return bindings, ()
    alive = tuple(binding for binding in bindings if binding.expires_at > now)
    return alive, tuple(binding for binding in bindings if binding.expires_at <= now)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One Contact of a REGISTER, read."""

    text: str
    uri: Uri
    q: float
    expires_s: int
    instance: str | None

    @classmethod
    def of(cls, contact: NameAddr, request: Request, policy: Policy) -> _Wanted:
        uri = contact.uri
        if uri.scheme not in ("sip", "sips"):
            raise BadMessage(400, "Bad Contact")
        asked = contact.params["expires"] if "expires" in contact.params else request.headers.get("Expires")
        expires_s = seconds_of(asked)
        if expires_s is None:
            expires_s = policy.expires_s_default
        instance = contact.params.get("+sip.instance")
        return cls(
            contact.uri_text,
            uri,
            _q_of(contact.params.get("q")),
            min(expires_s, policy.expires_s_max),
            None if instance is None else unquote_string(instance),
        )

    def is_same(self, binding: Binding) -> bool:
        """By RFC 3261 19.1.4; or the same phone (RFC 5626 5.1), which may have a new address after a restart."""
        if self.instance is not None and self.instance == binding.instance:
            return True
        return self.text == binding.uri or self.uri.equals(_parsed(binding))

    def bound(self, request: Request, now: float, source: Source) -> Binding:
        return Binding(
            self.text,
            self.q,
            now + self.expires_s,
            request.call_id,
            request.cseq.number,
            source,
            self.instance,
            plain(request.headers.get("User-Agent") or "", USER_AGENT_CHARS_MAX),
        )


def _remove_all(current: Bindings, request: Request, now: float) -> Registered | Refused:
    if len(request.contacts) > 1 or request.expires != 0:
        return Refused(400, "Bad Wildcard Contact")
    if any(_is_old(request, binding) for binding in current):
        return Refused(500, "Out Of Order")
    return _registered(current, (), now)


def _is_old(request: Request, binding: Binding) -> bool:
    """Whether the binding was made by this request or by a later one of the same phone."""
    return request.call_id == binding.call_id and request.cseq.number <= binding.cseq


def _fitting(bindings: list[Binding], policy: Policy) -> Bindings:
    kept = sorted(bindings, key=lambda binding: -binding.expires_at)[: policy.contacts_max]
    return tuple(sorted(kept, key=lambda binding: (-binding.q, -binding.expires_at)))


def _registered(before: Bindings, after: Bindings, now: float) -> Registered:
    known, kept = {binding.uri for binding in before}, {binding.uri for binding in after}
    return Registered(
        after,
        tuple(binding.contact(now) for binding in after),
        tuple(binding for binding in after if binding.uri not in known),
        tuple(binding for binding in before if binding.uri not in kept),
    )


def _parsed(binding: Binding) -> Uri:
    return NameAddr("", binding.uri).uri


def _q_of(text: str | None) -> float:
    return float(text) if text is not None and _Q.fullmatch(text) else 1.0
