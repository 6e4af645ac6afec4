"""Who sent a request: a carrier by its address, a phone by the name it claims (not proven yet), or nobody we know.

A trunk is believed by source address (and source ports, when it lists some). What only phones send (PHONES_ONLY) always
is a phone's. A request with credentials of a known device is that phone's even when a trunk shares its address.
"""

from __future__ import annotations

from dataclasses import dataclass

from configdb import model
from configdb.snapshot import Directory
from softswitch.peers.lines import Lines
from softswitch.peers.trunk_sources import TrunkSources
from softswitch.sip.digest import read_credentials
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Request

REALM = "softswitch"
"""The digest realm of our phones."""

PHONES_ONLY = frozenset({"REGISTER", "SUBSCRIBE", "PUBLISH"})


@dataclass(frozen=True, slots=True)
class Trunk:
    """A carrier, known by where it sends from. It is not challenged."""

    trunk: model.Trunk


@dataclass(frozen=True, slots=True)
class Phone:
    """A device of a user. Challenge it, and believe `device.user`, never the From, once its answer is verified.

    `credentials` is the digest answer to verify, None when there is none yet.
    """

    tenant: str
    device: model.Device
    credentials: str | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody we know: answer exactly as for a phone with a wrong password (verify `credentials` with ha1 None)."""

    username: str
    credentials: str | None


Sender = Trunk | Phone | Unknown


def identify(
    directory: Directory,
    sources: TrunkSources,
    source_address: str,
    source_port: int,
    request: Request,
    lines: Lines | None = None,
) -> Sender:
    """Who sent `request` from `source_address`:`source_port`. Raises BadMessage when its From cannot be read.

    sources: those of the directory's trunks.
    lines: the contacts we registered at carriers; one that is called says more than the address it is called from.
    """
    credentials, claimed = _credentials(request)
    if claimed in directory.device_by_username:
        return _phone(directory, claimed, credentials)
    if request.method not in PHONES_ONLY:
        trunk = _of_line(directory, source_address, source_port, request, lines) if lines is not None else None
        trunk = trunk or sources.at(source_address, source_port)
        if trunk is not None:
            return Trunk(trunk)
    return _phone(directory, claimed or request.from_.uri.user or "", credentials)


def _of_line(directory: Directory, address: str, port: int, request: Request, lines: Lines) -> model.Trunk | None:
    trunk = lines.trunk_of(directory.trunks, request.request_uri.user)
    believed = trunk is not None and (
        lines.believes(trunk, address) or TrunkSources((trunk,)).at(address, port) is not None
    )
    return trunk if believed else None


def _phone(directory: Directory, username: str, credentials: str | None) -> Phone | Unknown:
    found = directory.device_by_username.get(username)
    if found is None or _is_disabled(directory, *found):
        return Unknown(username, credentials)
    return Phone(found[0], found[1], credentials)


def _is_disabled(directory: Directory, tenant: str, device: model.Device) -> bool:
    view = directory.tenants.get(tenant)
    person = view.users.get(device.user) if view is not None else None
    return person is not None and person.disabled


def _credentials(request: Request) -> tuple[str | None, str]:
    """The first digest answer for our realm and the user it names; (None, "") without a readable one.

    Answers for other realms are for others on the way (RFC 3261 22.3). A name of the form user@realm is that user's.
    """
    for name in ("Authorization", "Proxy-Authorization"):
        for header in request.headers.all(name):
            try:
                given = read_credentials(header)
            except BadMessage:
                continue  # another scheme, or nothing we understand: as if it were not there (RFC 4475 3.3.7)
            if given.realm == REALM:
                return header, given.username.partition("@")[0]
    return None, ""
