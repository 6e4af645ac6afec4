"""Where a 3xx answer of a gateway sends the call, and what of that is followed (RFC 3261 8.1.3.4, 21.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from configdb.model import User
from configdb.snapshot import TenantView
from ivr.arrangement import Ring, arranged
from ivr.effects import Party
from ivr.talk import Caller
from softswitch.calls.contact import Contact, Located
from softswitch.calls.desk import Desk
from softswitch.peers.identity import number_of
from softswitch.routing.numbers import caller_of
from softswitch.sip.address import NameAddr, parse_contact
from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import split_list
from softswitch.sip.headers import Headers
from softswitch.sip.uri import Uri

FOLLOWED = (300, 301, 302, 305)
ADDRESSES_MAX = 5


def addresses(headers: Headers) -> tuple[NameAddr, ...]:
    """The Contact values of a 3xx, the most wanted first (q, 20.10); those that cannot be read are left out."""
    found = [value for field in headers.all("Contact") for value in _readable(field)]
    return tuple(sorted(found, key=lambda address: -_q(address))[:ADDRESSES_MAX])


def instead(
    desk: Desk,
    asked: Contact | None,
    found: tuple[NameAddr, ...],
    caller: Caller,
    view: TenantView,
    locate: Callable[[Party], Located],
) -> tuple[Contact, ...]:
    """The contacts to call in place of the one that was asked.

    A gateway may send the call anywhere within its trunk, if the trunk's configuration says so, and back to this node to
    the phones of an extension or a number of the same tenant: such a call does not go out to come in again. A phone may
    send it to the phones of another extension, and never outside: what its owner may dial is not asked for here. Nobody
    rings so who does not want that caller now.
    """
    if asked is None or (asked.kind == "gateway" and not asked.redirects):
        return ()
    contacts: tuple[Contact, ...] = ()
    for address in found:
        uri = address.uri
        if asked.kind == "gateway" and (uri.host.lower(), uri.port or 5060) not in desk.settings.ours:
            contacts += targets(asked, (address,))
            continue
        name = number_of(uri)
        user = _user_of(name, view, asked.kind == "gateway")
        contacts += _phones_of(desk, user, caller, view, locate) if user is not None else ()
        if user is None and asked.kind == "gateway":
            text = f"{asked.label}: sent back to this node, to {name or 'nobody'}, whom no phone here is for"
            desk.step("dial.sent_back", text, party=asked.party)
    return contacts


def _phones_of(
    desk: Desk, user: User, caller: Caller, view: TenantView, locate: Callable[[Party], Located]
) -> tuple[Contact, ...]:
    """The phones of a user whom this caller may ring; why not is in the steps."""
    wants = arranged(user, caller, view)
    own = wants.verdict.rounds[0][0] if isinstance(wants.verdict, Ring) else None
    there = Located((), wants.steps) if own is None else locate(own)
    for step in there.steps:
        desk.took(step)
    return tuple(replace(contact, screened=own is not None and own.screened) for contact in there.contacts)


def _user_of(name: str, view: TenantView, by_number: bool) -> User | None:
    """Whose extension it is, or the number of which user, with its + or without, or as it is dialled in their country."""
    found = view.by_extension.get(name)
    if found is None and by_number:
        number = view.numbers.get(f"+{name}") or view.numbers.get(caller_of(name, view.tenant.country))
        target = number.target if number is not None else None
        found = view.users.get(target.id) if target is not None and target.kind == "user" else None
    return found if isinstance(found, User) else None


def targets(asked: Contact, found: tuple[NameAddr, ...]) -> tuple[Contact, ...]:
    """The contacts to call in place of a gateway, in the same trunk: `sip` addresses with a user and a host."""
    return tuple(_target(asked, address.uri) for address in found if _is_callable(address.uri))


def _target(asked: Contact, uri: Uri) -> Contact:
    transport = "tcp" if (uri.params.get("transport") or "").lower() == "tcp" else "udp"
    plain = Uri(uri.scheme, uri.user, uri.host, uri.port, {k: v for k, v in uri.params.items() if k == "transport"})
    return replace(
        asked,
        label=f"{number_of(uri)} via {uri.host}",
        uri=str(plain),
        host=uri.host,
        port=uri.port or 5060,
        transport=transport,
        flow=None,
        gateway=None,
    )


def _is_callable(uri: Uri) -> bool:
    return uri.scheme == "sip" and bool(uri.user) and bool(uri.host)


def _readable(field: str) -> list[NameAddr]:
    try:
        found = [parse_contact(value) for value in split_list(field)]
        return [address for address in found if not address.is_wildcard and address.uri]
    except BadMessage:
        return []


def _q(address: NameAddr) -> float:
    value = address.params.get("q") or ""
    try:
        return min(1.0, max(0.0, float(value))) if len(value) <= 5 else 0.0
    except ValueError:
        return 1.0
