"""Who calls, as a peer may be believed, and as others may be told (RFC 3261 8.1.1.3, 3323, 3325; Remote-Party-ID).

Read: a trunk of our trust domain asserts numbers (P-Asserted-Identity, else the older Remote-Party-ID); any other trunk only
has its From. A phone has proven who it is, so its identities are wishes: numbers for `routing.caller_id` to allow or not.
Told: phones see a name and a number or "Anonymous"; a trunk gets them in the form it wants, and a withheld number only when
it is of our trust domain, marked `Privacy: id` (RFC 3325 7). Of RFC 3323 we do `user` and `id` here; `header` and `session`
hold for every call (a back-to-back user agent hides headers, addresses and media), so `critical` is always met.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from configdb.model import Trunk, User
from softswitch.peers.crossing import Side
from softswitch.peers.limits import NAME_CHARS_MAX, NUMBER_CHARS_MAX
from softswitch.sip.address import NameAddr
from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.identity import parse_asserted_identity
from softswitch.sip.grammar import print_host, quote_string, split_list, unquote_string
from softswitch.sip.message import Message, Request
from softswitch.sip.plain import plain
from softswitch.sip.uri import Uri

Pairs = tuple[tuple[str, str], ...]

ANONYMOUS_ADDRESS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
"""The From of a caller who is withheld (RFC 3323 4.1.1.3, RFC 3325 9.1)."""

_HIDDEN_USERS = ("", "anonymous", "unavailable", "restricted", "private", "unknown")
HIDDEN_HOST = "anonymous.invalid"
_HIDING = ("id", "user")
_CALLING, _ANY_PARTY = ("", "calling"), ("", "calling", "called")
"""The parties of a Remote-Party-ID: of who calls, and of who is at the far end, whoever called."""


@dataclass(frozen=True, slots=True)
class Caller:
    """`number` is as it was written, "" when unknown; when `withheld`, it and `name` are not for the called one.

    asserted: said by a peer that is trusted to know.
    """

    number: str
    name: str | None = None
    withheld: bool = False
    asserted: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a phone asks to be shown as: its numbers, first the one it wants most, or that it be withheld."""

    numbers: tuple[str, ...]
    withheld: bool


def caller_of(request: Request, trusted: bool) -> Caller:
    """The caller a trunk names. `trusted`: of our trust domain. Raises BadMessage when From cannot be read."""
    withheld = _wants_privacy(request) or _is_hidden(request.from_)
    found = next(_asserted(request), None) if trusted else None
    if found is None:
        return Caller("" if _is_hidden(request.from_) else number_of(request.from_.uri), _name(request.from_), withheld)
    address, hidden = found
    return Caller(number_of(address.uri), _name(address) or _name(request.from_), withheld or hidden, asserted=True)


def connected_of(message: Message) -> Caller | None:
    """Who a trunk of our trust domain says is at the far end of its leg now (RFC 3325 5, RFC 5876 3); None: it says nothing."""
    found = next(_asserted(message, _ANY_PARTY), None)
    if found is None:
        return None
    address, hidden = found
    hidden = hidden or _wants_privacy(message) or _is_hidden(address)
    return Caller(number_of(address.uri), _name(address), hidden, asserted=True)


def asserted_number(request: Request) -> str:
    """The number that somebody on the way asserted, trusted or not: the one a signature is for when From hides it."""
    found = next(_asserted(request), None)
    return number_of((found[0] if found is not None else request.from_).uri)


def wishes_of(request: Request) -> Wishes:
    """What the authenticated phone asks for (RFC 3325 9.2). Raises BadMessage when From cannot be read."""
    addresses = (
        *_addresses(request, "P-Preferred-Identity"),
        *_addresses(request, "P-Asserted-Identity"),
        request.from_,
    )
    numbers = dict.fromkeys(number_of(address.uri) for address in addresses if not _is_hidden(address))
    return Wishes(tuple(numbers), _wants_privacy(request) or _is_hidden(request.from_))


def told_to_phone(caller: Caller, uri: str) -> tuple[str, Pairs]:
    """From, and the identity fields, of a call to a phone. `uri` is the caller's."""
    if caller.withheld or not caller.number:
        return ANONYMOUS_ADDRESS, (("Privacy", "id"),)
    address = _print(caller.name, uri)
    return address, (("P-Asserted-Identity", address),)


def told_to_trunk(caller: Caller, uri: str, trunk: Trunk, gateway: str) -> tuple[str, Pairs]:
    """From, and the identity fields, of a call to a trunk. `uri` is the caller's, as that carrier writes numbers.

    gateway: its host, which is the domain of an account that has no other.
    """
    account = _account(trunk, gateway) if trunk.identity_out == "account" else None
    anonymous = _print("Anonymous", account) if account else ANONYMOUS_ADDRESS
    if not caller.number or (caller.withheld and not trunk.trusted_identity):
        return anonymous, (("Privacy", "id"),)
    privacy = (("Privacy", "id"),) if caller.withheld else ()
    address = _print(caller.name, uri)
    shown = anonymous if caller.withheld else _print(caller.name, account or uri)
    match trunk.identity_out:
        case "pai" | "account":
            return shown, (("P-Asserted-Identity", address), *privacy)
        case "rpid":
            hidden = "full" if caller.withheld else "off"
            return shown, (("Remote-Party-ID", f"{address};party=calling;screen=yes;privacy={hidden}"), *privacy)
        case "from":
            return shown, privacy


def _account(trunk: Trunk, gateway: str) -> str | None:
    """Our address of record there, by whose user Asterisk and others know who calls; None: we have no account."""
    registration = trunk.registration
    user = (registration.user if registration is not None else None) or trunk.username
    domain = (registration.domain if registration is not None else None) or gateway
    return str(Uri("sip", user, domain)) if user else None


def told_of_answer(side: Side | None, user: User | None, host: str) -> Pairs:
    """Who answered, in the 200 to a phone of the same tenant. Carriers are told nothing: who sits where is not theirs."""
    if user is None or side is not Side.PHONE or not host:
        return ()
    return (("P-Asserted-Identity", _print(user.name, f"sip:{user.extension}@{print_host(host)}")),)


def told_of_partner(number: str | None, name: str | None, host: str) -> Pairs:
    """Who a phone talks with now, after a transfer or a pick-up. `number` None or "anonymous": somebody who is hidden."""
    if not number or number.lower() in _HIDDEN_USERS:
        return (("P-Asserted-Identity", ANONYMOUS_ADDRESS), ("Privacy", "id"))
    return (("P-Asserted-Identity", _print(name, str(Uri("sip", number, host)))),)


def number_of(uri: Uri) -> str:
    """The user or telephone number of a URI, fit to be shown, without the parameters inside it (RFC 3261 19.1.6)."""
    return plain((uri.user or "").partition(";")[0], NUMBER_CHARS_MAX)


def _asserted(request: Message, parties: tuple[str, ...] = _CALLING) -> Iterator[tuple[NameAddr, bool]]:
    """Asserted addresses and whether they say themselves that they are hidden, telephone numbers first."""
    found = [(address, False) for address in _addresses(request, "P-Asserted-Identity")]
    found = sorted(found, key=lambda each: not number_of(each[0].uri).lstrip("+").isdigit())
    for address in _addresses(request, "Remote-Party-ID"):
        if _parameter(address, "party") in parties:
            found.append((address, _parameter(address, "privacy") in ("full", "uri", "yes")))
    return iter(found)


def _parameter(address: NameAddr, name: str) -> str:
    return unquote_string(address.params.get(name) or "").lower()


def _addresses(request: Message, name: str) -> list[NameAddr]:
    """What can be read of a list of addresses: one that cannot is not there."""
    found = []
    for value in [value for header in request.headers.all(name) for value in _split(header)]:
        try:
            address = parse_asserted_identity(value)
            _ = address.uri
        except BadMessage:
            continue
        if number_of(address.uri):
            found.append(address)
    return found


def _split(header: str) -> list[str]:
    try:
        return split_list(header)
    except BadMessage:
        return []


def _wants_privacy(request: Message) -> bool:
    """RFC 3323 4.2; `none` (the caller insists on being shown) wins over everything else. Odd tokens hide nothing."""
    text = ";".join(request.headers.all("Privacy")).lower().replace(",", ";")
    values = [value.strip() for value in text.split(";")]
    return "none" not in values and any(value in _HIDING for value in values)


def _is_hidden(address: NameAddr) -> bool:
    return number_of(address.uri).lower() in _HIDDEN_USERS or address.uri.host.lower() == HIDDEN_HOST


def _name(address: NameAddr) -> str | None:
    return plain(address.display, NAME_CHARS_MAX) or None


def _print(name: str | None, uri: str) -> str:
    return f"{quote_string(name)} <{uri}>" if name else f"<{uri}>"
