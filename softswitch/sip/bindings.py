"""The contacts of one address-of-record: the registrar's rule as a pure function (RFC 3261 10.3, 3327, 5626 6, 8599).

```
    contacts --register(request)--> Registered(new contacts)   all changes of the request, or
                                    Refused(status, headers)   none of them
```
A contact is known by its URI; with an instance and a reg-id by those two, so that each flow of a phone is one contact.
`now` is seconds of one clock that never steps back; so is `expires_at`.
"""

from __future__ import annotations

from dataclasses import dataclass

from softswitch.sip.address import NameAddr, parse_address
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.outbound import Outbound, Push, outbound_of, push_of
from softswitch.sip.grammar import quote_string
from softswitch.sip.limits import CONTACTS_PER_USER_MAX, PATH_VALUES_MAX, USER_AGENT_CHARS_MAX
from softswitch.sip.message import Request, seconds_of
from softswitch.sip.parameters import Parameters, print_parameters
from softswitch.sip.plain import plain
from softswitch.sip.uri import Uri


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request came from: `flow` names the connection it came in on, None for a plain UDP socket."""

    transport: str
    address: str
    port: int
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a registrar grants: seconds of life, and how many contacts at once (the one that ends first gives way).

    push_providers: the push services (RFC 8599) this node can reach; without any, push parameters mean nothing. A phone that
    can be woken may stay registered for longer: it sleeps meanwhile, and costs nothing.
    """

    expires_s_min: int = 60
    expires_s_max: int = 3600
    expires_s_default: int = 3600
    asleep_s_max: int = 7 * 24 * 3600
    contacts_max: int = CONTACTS_PER_USER_MAX
    push_providers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Binding:
    """One contact. `uri` is as the phone wrote it; requests to it go to `source` (NAT), by its flow if it has one.

    reg_id: which of the phone's flows this is (RFC 5626).  path: Route values towards the phone (RFC 3327).
    """

    uri: str
    q: float
    expires_at: float
    call_id: str
    cseq: int
    source: Source
    instance: str | None = None
    user_agent: str = ""
    reg_id: int | None = None
    path: tuple[str, ...] = ()
    push: Push | None = None

    @property
    def key(self) -> tuple[str, int] | str:
        """What tells it from the others of the same phone."""
        return self.uri if self.reg_id is None or self.instance is None else (self.instance, self.reg_id)

    @property
    def target(self) -> str:
        """The Request-URI of what is sent to it: `uri` without headers and method."""
        return NameAddr("", self.uri).target

    def expires_in_s(self, now: float) -> int:
        """Whole seconds of life left, at least 0."""
        return max(0, int(self.expires_at - now))

    def contact(self, now: float, gruus: Parameters | None = None) -> str:
        """The Contact value that lists this binding in a 200, with its GRUUs when they were asked for."""
        more: Parameters = {}
        if self.instance is not None:
            more["+sip.instance"] = quote_string(f"<{self.instance}>")
        if self.reg_id is not None:
            more["reg-id"] = str(self.reg_id)
        return f"<{self.uri}>;expires={self.expires_in_s(now)};q={self.q:g}{print_parameters(more | (gruus or {}))}"


Bindings = tuple[Binding, ...]
"""The contacts of one address-of-record, best first (q, then the latest)."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The update was made: answer 200. Each binding is in one of `added`, `refreshed`, `removed`, or was not touched.

    `outbound`: the phone's flow is kept apart by its reg-id; the answer requires that it understands this (RFC 5626 6).
    """

    bindings: Bindings
    added: Bindings = ()
    refreshed: Bindings = ()
    removed: Bindings = ()
    outbound: bool = False


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
            return _remove_all(current, request)
        if len(contacts) > policy.contacts_max:
            return Refused(400, "Too Many Contacts")
        path = _path_of(request)
        flows = "outbound" in request.values("Supported") and _first_hop_knows(request, path)
        wanted = [_Wanted.of(contact, request, policy, flows) for contact in contacts]
    except BadMessage as bad:
        return Refused(400, bad.reason)
    refused = _refused(wanted, request, policy, flows)
    if refused is not None:
        return refused
    replaced = [binding for binding in current if any(each.is_same(binding) for each in wanted)]
    if any(_is_old(request, binding) for binding in replaced):
        return Refused(500, "Out Of Order")
    made = {each.key: each.bound(request, now, source, path) for each in wanted if each.expires_s}
    kept = [binding for binding in current if binding not in replaced]
    after = _fitting([*kept, *made.values()], policy)
    return _registered(current, after, request, any(each.reg_id is not None for each in wanted))


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
    about: Outbound
    expires_s: int
    reg_id: int | None
    asks_outbound: bool
    push: Push | None

    @classmethod
    def of(cls, contact: NameAddr, request: Request, policy: Policy, flows: bool) -> _Wanted:
        uri = contact.uri
        if uri.scheme not in ("sip", "sips"):
            raise BadMessage(400, "Bad Contact")
        asked = contact.params["expires"] if "expires" in contact.params else request.headers.get("Expires")
        expires_s = seconds_of(asked)
        if expires_s is None:
            expires_s = policy.expires_s_default
        about = outbound_of(contact)
        asks_outbound = about.reg_id is not None and about.instance is not None
        push = _push_of(uri, policy)
        life_s = min(expires_s, policy.expires_s_max if push is None else policy.asleep_s_max)
        reg_id = about.reg_id if asks_outbound and flows else None
        return cls(contact.uri_text, uri, about, life_s, reg_id, asks_outbound, push)

    @property
    def key(self) -> tuple[str, int] | str:
        """As `Binding.key`."""
        return self.text if self.reg_id is None or self.about.instance is None else (self.about.instance, self.reg_id)

    def is_same(self, binding: Binding) -> bool:
        """By RFC 3261 19.1.4; or the same flow (RFC 5626 6), or phone, which may have a new address after a restart."""
        if self.about.instance is not None and self.about.instance == binding.instance:
            return self.reg_id is None or binding.reg_id in (None, self.reg_id)
        if binding.reg_id is not None:
            return False
        return self.text == binding.uri or self.uri.equals(_parsed(binding))

    def bound(self, request: Request, now: float, source: Source, path: tuple[str, ...]) -> Binding:
        return Binding(
            self.text,
            self.about.q,
            now + self.expires_s,
            request.call_id,
            request.cseq.number,
            source,
            self.about.instance,
            plain(request.headers.get("User-Agent") or "", USER_AGENT_CHARS_MAX),
            self.reg_id,
            path,
            self.push,
        )


def _refused(wanted: list[_Wanted], request: Request, policy: Policy, flows: bool) -> Refused | None:
    if any(0 < each.expires_s < policy.expires_s_min for each in wanted):
        return Refused(423, "Interval Too Brief", (("Min-Expires", str(policy.expires_s_min)),))
    outbound = any(each.asks_outbound for each in wanted) and "outbound" in request.values("Supported")
    if outbound and not flows:
        return Refused(439, "First Hop Lacks Outbound Support")
    if outbound and sum(each.expires_s > 0 for each in wanted) > 1:
        return Refused(400, "One Flow At A Time")
    providers = {each.uri.params.get("pn-provider") or "" for each in wanted if each.expires_s} - {""}
    if policy.push_providers and not providers <= policy.push_providers:
        return Refused(555, "Push Notification Service Not Supported")
    return None


def _remove_all(current: Bindings, request: Request) -> Registered | Refused:
    if len(request.contacts) > 1 or request.expires != 0:
        return Refused(400, "Bad Wildcard Contact")
    if any(_is_old(request, binding) for binding in current):
        return Refused(500, "Out Of Order")
    return _registered(current, (), request, False)


def _is_old(request: Request, binding: Binding) -> bool:
    """Whether the binding was made by this request or by a later one of the same phone."""
    return request.call_id == binding.call_id and request.cseq.number <= binding.cseq


def _fitting(bindings: list[Binding], policy: Policy) -> Bindings:
    kept = sorted(bindings, key=lambda binding: -binding.expires_at)[: policy.contacts_max]
    return tuple(sorted(kept, key=lambda binding: (-binding.q, -binding.expires_at)))


def _registered(before: Bindings, after: Bindings, request: Request, outbound: bool) -> Registered:
    known, kept = {binding.key for binding in before}, {binding.key for binding in after}
    of_this = [b for b in after if (b.call_id, b.cseq) == (request.call_id, request.cseq.number)]
    return Registered(
        after,
        tuple(binding for binding in after if binding.key not in known),
        tuple(binding for binding in of_this if binding.key in known),
        tuple(binding for binding in before if binding.key not in kept),
        outbound,
    )


def _parsed(binding: Binding) -> Uri:
    return NameAddr("", binding.uri).uri


def _push_of(uri: Uri, policy: Policy) -> Push | None:
    """Without a name at a service of ours a phone asks what there is, but cannot be woken (RFC 8599 4.1.1)."""
    push = push_of(uri)
    return push if push is not None and push.provider in policy.push_providers and push.prid else None


def _path_of(request: Request) -> tuple[str, ...]:
    values = request.values("Path")
    if len(values) > PATH_VALUES_MAX:
        raise BadMessage(400, "Too Many Path Values")
    for value in values:
        _ = parse_address(value).uri
    return tuple(values)


def _first_hop_knows(request: Request, path: tuple[str, ...]) -> bool:
    """Whether the phone's flow ends here, or at a proxy that keeps it (`ob` in its Path, RFC 5626 6)."""
    return len(request.vias) == 1 or any("ob" in parse_address(value).uri.params for value in path)
