"""Which numbers are emergency calls, also for who dials what they know from home."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from configdb.emergency import NUMBERS, Emergencies
from configdb.model import Gateway, Tenant, Trunk, User
from configdb.snapshot import Directory, make_view
from softswitch.routing.internal import route_phone
from softswitch.routing.route import Route

KNOWN = Emergencies()


@pytest.mark.parametrize("country", [*NUMBERS, "ZZ"])
@pytest.mark.parametrize("dialled", ["112", "911"])
def test_what_mobile_phones_take_everywhere_is_an_emergency_call_everywhere(dialled: str, country: str) -> None:
    meant = KNOWN.meant_by(dialled, country)
    assert (meant is None) is KNOWN.is_one(dialled, country)
    assert KNOWN.is_one(meant or dialled, country)


@pytest.mark.parametrize("dialled", ["", "11", "1122", "113", "999", "+112", "102"])
def test_nothing_else_means_one(dialled: str) -> None:
    assert KNOWN.meant_by(dialled, "US") is None


def routed(
    dialled: str, country: str, extension: str = "101", status: str = "active", known: Emergencies = KNOWN
) -> Route:
    carrier = Trunk(id="carrier", name="Carrier", gateways=(Gateway(host="192.0.2.8"),))
    tenant = Tenant.model_validate({"id": "t", "name": "T", "trunk": "carrier", "country": country, "status": status})
    ann = User(id="ann", name="Ann", extension=extension)
    view = make_view(1, tenant, {"user": {"ann": ann}})
    directory = Directory(trunks={"carrier": carrier}, emergencies=known)
    return route_phone(directory, view, ann, dialled, datetime(2026, 11, 27, tzinfo=UTC))


@pytest.mark.parametrize(
    ("country", "dialled", "called"),
    [("US", "911", "911"), ("US", "112", "911"), ("DE", "911", "112"), ("NZ", "112", "111"), ("MX", "112", "112")],
)
@pytest.mark.parametrize("status", ["active", "suspended", "closed"])
def test_a_call_for_help_goes_to_the_number_of_the_country(
    country: str, dialled: str, called: str, status: str
) -> None:
    route = routed(dialled, country, status=status)
    assert (True, called) == (route.emergency, route.dialled)


def test_an_extension_that_looks_like_one_from_abroad_is_an_extension() -> None:
    assert not routed("112", "US", extension="112").emergency
    assert routed("911", "US", extension="911").emergency


@pytest.mark.parametrize("status", ["active", "suspended", "closed"])
def test_what_the_data_of_the_node_name_is_called_as_what_the_program_knows(status: str) -> None:
    more = Emergencies({"US": frozenset({"988"})})
    assert not routed("988", "US", status=status).emergency
    route = routed("988", "US", status=status, known=more)
    assert (True, "988") == (route.emergency, route.dialled)
    assert routed("911", "US", status=status, known=more).emergency
    assert not routed("988", "DE", known=more).emergency
