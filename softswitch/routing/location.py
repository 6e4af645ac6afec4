"""Where an emergency caller is, for the call itself: PIDF-LO by value (RFC 4119, RFC 5139, RFC 6442, RFC 5491).

The document goes with the INVITE as a part of its body, named by the Geolocation header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from configdb.carrier import Address
from configdb.model import Device, User
from configdb.snapshot import TenantView

PIDF_TYPE = "application/pidf+xml"
RETENTION = timedelta(days=1)
_FIELDS = (
    ("A1", "state"),
    ("A2", "county"),
    ("A3", "city"),
    ("RD", "street"),
    ("HNO", "house"),
    ("LOC", "place"),
    ("FLR", "floor"),
    ("ROOM", "room"),
    ("PC", "postal_code"),
)


@dataclass(frozen=True, slots=True)
class Location:
    """An address with whose it is ("device ann-desk")."""

    address: Address
    of: str

    @property
    def text(self) -> str:
        """As people write it."""
        one = self.address
        street = " ".join(filter(None, (one.house, one.street)))
        inside = ", ".join(
            filter(None, (one.place, one.floor and f"floor {one.floor}", one.room and f"room {one.room}"))
        )
        city = " ".join(filter(None, (one.city, one.state, one.postal_code)))
        return ", ".join(filter(None, (street, inside, city, one.country)))


def location_of(view: TenantView, user: User, device: Device | None) -> Location | None:
    """The address of the device, else of the user, else of the tenant; None when none is known."""
    named = [("device", device.id, device.address)] if device is not None else []
    named += [("user", user.id, user.address), ("tenant", view.tenant.id, view.tenant.address)]
    for kind, id, address in named:
        found = view.addresses.get(address) if address is not None else None
        if found is not None:
            return Location(found, f"{kind} {id}")
    return None


def pidf(location: Location, entity: str, at: datetime) -> bytes:
    """The PIDF-LO document; `entity` is the caller's URI."""
    civic = "".join(_civic(location.address))
    expires = (at + RETENTION).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\r\n'
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"'
        ' xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy"'
        ' xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
        f' xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" entity={quoteattr(entity)}>\r\n'
        '<dm:device id="caller"><gp:geopriv>'
        f"<gp:location-info><ca:civicAddress>{civic}</ca:civicAddress></gp:location-info>"
        "<gp:usage-rules><gbp:retransmission-allowed>true</gbp:retransmission-allowed>"
        f"<gbp:retention-expiry>{expires}</gbp:retention-expiry></gp:usage-rules>"
        "<gp:method>Manual</gp:method></gp:geopriv>"
        f"<dm:deviceID>caller</dm:deviceID><dm:timestamp>{stamp}</dm:timestamp></dm:device>\r\n"
        "</presence>\r\n"
    ).encode()


def _civic(address: Address) -> Iterator[str]:
    yield f"<ca:country>{escape(address.country)}</ca:country>"
    for tag, name in _FIELDS:
        value = getattr(address, name)
        if value:
            yield f"<ca:{tag}>{escape(value)}</ca:{tag}>"
