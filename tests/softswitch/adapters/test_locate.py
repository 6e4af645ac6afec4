"""Which gateways a number is dialled at, and that nothing keeps an emergency call from one that answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from twisted.internet.task import Clock

from configdb.carrier import Address, Outbound
from configdb.carrier import Route as CarrierRoute
from configdb.model import Device, Number, Target, Tenant, Trunk, User
from configdb.snapshot import Directory, TenantView, make_view
from ivr.effects import Party
from softswitch.adapters.carriers import Carriers, name_of
from softswitch.adapters.locate import Locator
from softswitch.calls import effects as do
from softswitch.calls.contact import Contact, Located
from softswitch.peers.diverted import Diverted
from softswitch.peers.lines import Lines
from softswitch.peers.phones import Phones
from softswitch.routing.inbound import route_inbound
from softswitch.routing.internal import route_phone
from softswitch.routing.numbers import ANONYMOUS
from softswitch.routing.route import Route
from softswitch.sip.fields.diversion import Diversion
from tests.softswitch.calls.world import SDP, World

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
MAIN, OUTSIDE = "+12025550100", "+13125550199"
ANN = User(id="ann", name="Ann", extension="101", address="office")
DESK = Device(id="ann-desk", user="ann", username="ann-desk", ha1_md5="", ha1_sha256="", address="lobby")
OFFICE = Address(id="office", country="US", state="DC", city="Washington", street="Main St", house="1600")
LOBBY = OFFICE.model_copy(update={"id": "lobby", "floor": "1", "room": "Lobby & hall"})


class Silent:
    """Asks nobody anything: health is what a test says it is."""

    def call_id(self) -> str:
        return "c"

    def options(self, *_: object) -> None:
        """Nothing."""

    def register(self, *_: object) -> None:
        """Nothing."""


class OneThread(Clock):
    """Whoever calls, it is done in the next turn."""

    def callFromThread(self, work: Callable[..., Any]) -> None:
        self.callLater(0, work)


class Scene:
    """A tenant, its trunks, and where its calls go."""

    def __init__(self, trunks: dict[str, dict[str, Any]] | None = None, user: User = ANN, **tenant: Any) -> None:
        wanted = trunks if trunks is not None else {"north": {}, "south": {}}
        made = {
            id: Trunk.model_validate(
                {"id": id, "name": id.title(), "gateways": [{"host": f"{id}{n}.example"} for n in range(2)], **more}
            )
            for id, more in wanted.items()
        }
        self.directory = Directory(trunks=made)
        values = {"id": "acme", "name": "Acme", "trunk": "north", "caller_id": MAIN, **tenant}
        objects: dict[str, dict[str, object]] = {
            "user": {"ann": user},
            "device": {"ann-desk": DESK},
            "number": {MAIN: Number(id=MAIN, target=Target(kind="number", id=OUTSIDE))},
            "address": {"office": OFFICE, "lobby": LOBBY},
        }
        self.view: TenantView = make_view(1, Tenant.model_validate(values), objects)
        self.user = user
        clock = self.clock = OneThread()
        self.carriers = Carriers(clock, Silent(), Lines(b"k" * 32), lambda _: None, lambda: 0.5)  # type: ignore[arg-type]  # asks nobody
        self.carriers.configured(self.directory)
        self.locator = Locator(
            Phones(), lambda: self.directory, self.carriers, "node.example", clock.seconds, NOW.timestamp, Random(1)
        )

    def route(self, dialled: str, device: Device | None = None) -> Route:
        return route_phone(self.directory, self.view, self.user, dialled, NOW, device=device)

    def found(self, route: Route, number: str, came: Diverted | None = None) -> Located:
        return self.locator.of_call(self.view, route, came or Diverted())(Party("number", number))

    def called(self, number: str = OUTSIDE) -> Located:
        return self.found(self.route(number), number)

    def hears(self, demerits: dict[str, int]) -> None:
        """Services say how trunks sounded lately."""
        self.carriers.sounds("quality.trunks", {"demerits": demerits})
        self.clock.advance(0)

    def breaks(self, trunk: str) -> None:
        """All gateways of a trunk go down."""
        for gateway in self.directory.trunks[trunk].gateways:
            for _ in range(3):
                self.carriers.heard(trunk, name_of(gateway), None)


def trunks_of(located: Located) -> list[str]:
    return [contact.trunk or "" for contact in located.contacts]


def test_a_number_is_dialled_at_the_gateways_of_its_trunk() -> None:
    located = Scene().called()
    assert {"sip:+13125550199@north0.example:5060", "sip:+13125550199@north1.example:5060"} == {
        contact.uri for contact in located.contacts
    }
    assert {("trunks", MAIN, 4.0)} == {(one.alternatives, one.caller, one.first_answer_s) for one in located.contacts}


def test_numbers_are_written_as_the_trunk_wants_them() -> None:
    how = {"style": "digits", "prefix": "77#", "user_phone": True}
    contact = Scene({"north": {"numbers_out": how}}).called().contacts[0]
    assert "sip:77%2313125550199@" in contact.uri
    assert contact.uri.endswith(";user=phone")
    assert MAIN == contact.caller


def test_a_gateway_that_is_down_is_tried_last_and_said_to_be() -> None:
    scene = Scene()
    scene.carriers.heard("north", "udp:north0.example:5060", 503, "60")
    located = scene.called()
    assert "north0.example" == located.contacts[-1].host
    assert ["gateway.last"] == [step.code for step in located.steps]
    assert 2 == len(located.contacts)


def test_when_all_are_down_all_are_tried() -> None:
    scene = Scene()
    scene.breaks("north")
    assert 2 == len(scene.called().contacts)


@pytest.mark.parametrize("choice, first", [("ordered", "north"), ("best_sound", "south")])
def test_a_trunk_that_lately_sounds_worse_comes_later_where_the_route_says_so(choice: str, first: str) -> None:
    scene = Scene()
    route = CarrierRoute.model_validate({"id": "all", "trunks": ["north", "south"], "choice": choice})
    scene.directory = replace(scene.directory, routes={"all": route})
    scene.hears({"north": 2, "south": 0})
    located = scene.called()
    assert (4, first) == (len(located.contacts), trunks_of(located)[0])
    said = "Trunk North lately sounds worse than the best: 2 places later"
    assert ([said] if choice == "best_sound" else []) == [step.text for step in located.steps]


def test_a_tenant_with_all_its_channels_in_use_is_told_so() -> None:
    scene = Scene(outbound=Outbound(channels_max=1))
    scene.carriers.channels.take("l1", scene.directory.trunks["north"], "out", "acme", 0.0)
    located = scene.called()
    assert ((), 480, ["limit.tenant_channels"]) == (
        located.contacts,
        located.status,
        [step.code for step in located.steps],
    )


def inbound(scene: Scene) -> Route:
    scene.directory = Directory(
        trunks=scene.directory.trunks, tenants={"acme": scene.view}, tenant_of_number={MAIN: "acme"}
    )
    return route_inbound(scene.directory, MAIN, "+14155550123", "north")


def test_a_call_sent_on_is_an_outside_call_with_its_history() -> None:
    scene = Scene()
    located = scene.found(inbound(scene), OUTSIDE)
    assert "outbound.trunk" in [step.code for step in located.steps]
    headers = dict(located.contacts[0].headers)
    assert f"<sip:{MAIN}@node.example>;reason=unconditional;counter=1" == headers["Diversion"]
    assert "History-Info" in headers


@pytest.mark.parametrize(
    ("diverted", "caller", "shown"),
    [
        ("tenant", "+14155550123", MAIN),
        ("caller", "+14155550123", "+14155550123"),
        ("caller", ANONYMOUS, MAIN),
    ],
)
def test_a_call_sent_on_shows_who_the_carrier_takes(diverted: str, caller: str, shown: str) -> None:
    scene = Scene({"north": {"caller_ids": {"diverted": diverted, "allowed": [MAIN]}}})
    route = replace(inbound(scene), caller=caller)
    assert {shown} == {contact.caller for contact in scene.found(route, OUTSIDE).contacts if contact.trunk == "north"}


def test_a_call_sent_on_is_refused_what_the_tenant_may_not_call() -> None:
    scene = Scene(outbound=Outbound(countries=("GB",)))
    located = scene.found(inbound(scene), OUTSIDE)
    assert ((), ["outbound.country"]) == (located.contacts, [step.code for step in located.steps])


def test_a_call_in_circles_is_not_sent_on() -> None:
    scene = Scene()
    came = Diverted((Diversion("", f"sip:{OUTSIDE}@x", "unconditional"),))
    located = scene.found(inbound(scene), OUTSIDE, came)
    assert (["outbound.circle"], 480) == ([step.code for step in located.steps], located.status)


def test_an_emergency_call_carries_priority_location_and_a_number_to_call_back() -> None:
    scene = Scene({"north": {"esnet": True}})
    contact = scene.found(scene.route("911", DESK), "911").contacts[0]
    assert (("Priority", "emergency"), ("Resource-Priority", "esnet.0")) == contact.headers
    assert ("sip:911@north", MAIN) == (contact.uri[:13], contact.caller)
    assert contact.location is not None
    assert "1600 Main St, floor 1, room Lobby & hall, Washington DC, US" == contact.location.text
    assert "user ann" == (scene.route("911").location or contact.location).of


def test_trunks_for_emergencies_come_first_then_the_tenants_own_then_all_others() -> None:
    scene = Scene({"north": {}, "south": {}, "west": {"emergency": True}})
    assert ["west", "west", "north", "north", "south", "south"] == trunks_of(scene.found(scene.route("911"), "911"))


ADVERSE: dict[str, dict[str, Any]] = {
    "nothing is wrong": {},
    "the tenant is suspended": {"tenant": {"status": "suspended"}},
    "the tenant's account is closed": {"tenant": {"status": "closed"}},
    "the tenant has no trunk": {"tenant": {"trunk": None}},
    "the tenant may call nobody": {"tenant": {"outbound": Outbound(countries=(), blocked=("9", "1"), channels_max=0)}},
    "the user does not want to be disturbed": {"user": ANN.model_copy(update={"dnd": True})},
    "trunks have no channels": {"trunks": {"north": {"channels_out_max": 0, "calls_per_s_out_max": 0}}},
    "trunks do not allow the caller": {
        "trunks": {"north": {"caller_ids": {"allowed": ["+4*"], "anonymous": "refuse"}}}
    },
    "all gateways are down": {"down": True},
    "the first gateways refuse": {"refusals": [403, 486, 603, 604]},
    "the first gateways are silent": {"refusals": [None, None]},
    "nobody knows the address": {"user": ANN.model_copy(update={"address": "gone"})},
}


@pytest.mark.parametrize("state", ADVERSE)
def test_a_hundred_of_a_hundred_emergency_calls_are_answered(state: str) -> None:
    given = ADVERSE[state]
    default = {"north": {}, "south": {}, "west": {}}
    scene = Scene({**default, **given.get("trunks", {})}, given.get("user", ANN), **given.get("tenant", {}))
    for name in scene.directory.trunks if given.get("down") else ():
        scene.breaks(name)
    answered = 0
    for number in range(100):
        route = scene.route("911")
        contacts = scene.found(route, "911").contacts
        world = World(route, NOW.timestamp(), gateways=contacts, answers=False).start().run(0.1)
        for status in given.get("refusals", []):
            refused(world, status)
        contact, leg = newest(world)
        trunk = scene.directory.trunks[contact.trunk or ""]
        emergency = contact.emergency
        assert scene.carriers.channels.take(f"{number}{leg}", trunk, "out", "acme", 0.0, 0, emergency) is None
        world.perform(world.call.answered(leg, SDP, world.now))
        answered += len(world.effects(do.AnswerLeg))
    assert 100 == answered


def newest(world: World) -> tuple[Contact, str]:
    effect = world.effects(do.InviteLeg)[-1]
    return effect.contact, effect.leg


def refused(world: World, status: int | None) -> None:
    if status is None:
        world.run(4.5)
    else:
        world.perform(world.call.failed(newest(world)[1], status, "no", world.now))
        world.run(0.1)
