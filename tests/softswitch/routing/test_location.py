"""The location document of an emergency call."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

from configdb.carrier import Address
from softswitch.routing.location import Location, pidf

AT = datetime(2026, 11, 24, 17, tzinfo=UTC)
CIVIC = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"
PLACE = Address(
    id="a", country="US", state="DC", city="Washington", street="A & B <St>", house="1", postal_code="20001"
)


def test_the_document_is_xml_with_each_field_of_the_address() -> None:
    root = ElementTree.fromstring(pidf(Location(PLACE, "user ann"), "sip:+12025550100@node.example", AT))
    assert "sip:+12025550100@node.example" == root.attrib["entity"]
    found = {element.tag.removeprefix(CIVIC): element.text for element in root.iter() if element.tag.startswith(CIVIC)}
    found.pop("civicAddress")
    expected = {"country": "US", "A1": "DC", "A3": "Washington", "RD": "A & B <St>", "HNO": "1", "PC": "20001"}
    assert expected == found
