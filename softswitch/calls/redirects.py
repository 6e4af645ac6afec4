"""Where a 3xx answer of a gateway sends the call, and what of that is followed (RFC 3261 8.1.3.4, 21.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from configdb.model import User
from configdb.snapshot import TenantView
from ivr.effects import Party
from softswitch.calls.contact import Contact, Located
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
    asked: Contact | None, found: tuple[NameAddr, ...], view: TenantView, locate: Callable[[Party], Located]
) -> tuple[Contact, ...]:
    """The contacts to call in place of the one that was asked.

    A gateway may send the call anywhere within its trunk, if the trunk's configuration says so; a phone to the phones of
    another extension, and never outside: what its owner may dial is not asked for here.
    """
    if asked is None:
        return ()
    if asked.kind == "gateway":
        return targets(asked, found) if asked.redirects else ()
    users = [view.by_extension.get(address.uri.user or "") for address in found]
    return tuple(
        contact for user in users if isinstance(user, User) for contact in locate(Party("user", user.id)).contacts
    )


def targets(asked: Contact, found: tuple[NameAddr, ...]) -> tuple[Contact, ...]:
    """The contacts to call in place of a gateway, in the same trunk: `sip` addresses with a user and a host."""
    return tuple(_target(asked, address.uri) for address in found if _is_callable(address.uri))


def _target(asked: Contact, uri: Uri) -> Contact:
    transport = "tcp" if (uri.params.get("transport") or "").lower() == "tcp" else "udp"
    plain = Uri(uri.scheme, uri.user, uri.host, uri.port, {k: v for k, v in uri.params.items() if k == "transport"})
    return replace(
        asked,
        label=f"{uri.user} via {uri.host}",
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
