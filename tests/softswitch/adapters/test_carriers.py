"""OPTIONS and REGISTER to a carrier's gateway, over a network in memory."""

from __future__ import annotations

from typing import Any

import pytest

from configdb.model import Gateway, Trunk
from configdb.snapshot import Directory
from softswitch.adapters.asking import Asking
from softswitch.adapters.carriers import Carriers
from softswitch.peers.lines import Lines
from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.digest import Nonces, Verdict, ha1_of
from softswitch.sip.message import Request
from tests.softswitch.transport.harness import Peer, World

GATEWAY = "udp:10.0.0.9:5060"
HA1 = {name: ha1_of(name, "acme", "carrier.example", "secret") for name in ("MD5", "SHA-256")}


class Scene:
    """A node, one gateway of a trunk, and the carriers under test. `status` is what the gateway answers; None: nothing."""

    def __init__(self, **trunk: Any) -> None:
        self.world = World()
        self.peer = Peer(self.world.network, "10.0.0.9")
        self.status: int | None = 200
        self.headers: tuple[tuple[str, str], ...] = ()
        account = Account("acme", "secret", lambda realm: True)
        node = self.world.caller
        self.lines = Lines(b"k" * 32)
        self.carriers = Carriers(
            self.world.clock,
            Asking(self.world.clock, node.agent, node.host),
            self.lines,
            lambda _: lambda response, request: answer_challenges(response, request, account, "c"),
            lambda: 0.0,
        )
        self.nonces = Nonces(b"n" * 32)
        self.configure(**trunk)

        self.turns: list[tuple[str, bool, str]] = []
        self.carriers.turned = lambda turn: self.turns.append((turn.gateway, turn.up, turn.said))

    def configure(self, **trunk: Any) -> None:
        document = {"id": "north", "name": "North", "gateways": [{"host": "10.0.0.9"}], **trunk}
        self.carriers.configured(Directory(trunks={"north": Trunk.model_validate(document)}))

    def run(self, seconds: float) -> None:
        """Lets time pass; the gateway answers what comes."""
        for _ in range(round(seconds / 0.1)):
            self.world.run(0.1)
            for request in [each for each in self.peer.got if isinstance(each, Request)]:
                self.peer.got.remove(request)
                self.seen.append(request)
                if self.status is not None:
                    self.peer.answer(request, *self.said(request))

    @property
    def seen(self) -> list[Request]:
        return self.__dict__.setdefault("_seen", [])

    def said(self, request: Request) -> tuple[Any, ...]:
        if request.method != "REGISTER" or self.status != 200:
            return self.status, "peer", b"", self.headers
        credentials = request.headers.get("Authorization")
        now = self.world.clock.seconds()
        if credentials is not None:
            uri = request.uri
            verdict = self.nonces.verify(credentials, "REGISTER", uri, b"", HA1, now, "10.0.0.1")
            if verdict is Verdict.OK:
                contact = ("Contact", request.headers.get("Contact") or "")
                return 200, "peer", b"", (contact, ("Service-Route", "<sip:core.example;lr>"))
        challenges = self.nonces.challenge("carrier.example", now, "10.0.0.1")
        return 401, "peer", b"", tuple(("WWW-Authenticate", value) for value in challenges)

    def of(self, method: str) -> list[Request]:
        return [request for request in self.seen if request.method == method]

    def gateway(self) -> dict[str, Any]:
        (trunk,) = self.carriers.documents()
        (gateway,) = trunk["gateways"]
        return gateway  # type: ignore[no-any-return]  # a document


ASKED = {"health": {"interval_s": 10, "answer_s": 2, "up_after": 2, "down_after": 2}}


def test_a_gateway_that_answers_options_is_up_whatever_it_says() -> None:
    scene = Scene(**ASKED)
    for scene.status in (200, 404, 486, 405):
        scene.run(10)
    assert ("up", "405") == (scene.gateway()["state"], scene.gateway()["said"])
    assert "sip:10.0.0.9:5060" == scene.of("OPTIONS")[0].uri


def test_the_way_to_a_gateway_and_back_is_measured_by_its_newest_answer() -> None:
    scene = Scene(**ASKED)
    assert scene.gateway()["rtt_ms"] is None
    scene.status = 200
    scene.run(10)
    measured = scene.gateway()["rtt_ms"]
    assert 0 <= measured < 2000
    scene.status = None
    scene.run(10)
    assert measured == scene.gateway()["rtt_ms"]


def test_a_silent_gateway_goes_down_and_comes_up_again_with_patience() -> None:
    scene = Scene(**ASKED)
    states = []
    for scene.status in (200, None, None, 200, 200):
        scene.run(10)
        states.append(scene.gateway()["state"])
    assert ["up", "up", "down", "down", "up"] == states
    assert [("udp:10.0.0.9:5060", False, "no answer"), ("udp:10.0.0.9:5060", True, "200")] == scene.turns


def test_a_trunk_is_down_with_its_last_gateway_and_up_with_the_first() -> None:
    scene = Scene(health={"interval_s": 0, "down_after": 1, "up_after": 1})
    rule = {"interval_s": 10, "answer_s": 2, "up_after": 1, "down_after": 1}
    scene.configure(health=rule, gateways=[{"host": "10.0.0.9"}, {"host": "10.0.0.8"}])
    first, second = "udp:10.0.0.9:5060", "udp:10.0.0.8:5060"
    for gateway, status in ((first, None), (second, None), (second, 200), (first, 200), (first, None)):
        scene.carriers.heard("north", gateway, status)
    assert [(second, False, "no answer"), (second, True, "200")] == scene.turns


def test_what_was_given_up_is_not_asked_for_again() -> None:
    scene = Scene(**ASKED)
    scene.status = None
    scene.run(8)
    assert 1 == len({request.call_id for request in scene.of("OPTIONS")})
    assert 0 == scene.world.caller.exchange.transactions


def test_a_503_with_retry_after_rests_a_gateway() -> None:
    scene = Scene(**ASKED)
    scene.status, scene.headers = 503, (("Retry-After", "60 (busy);duration=5"),)
    scene.run(3)
    assert ("up", True) == (scene.gateway()["state"], 50 < scene.gateway()["rests_s"] <= 60)


def test_a_trunk_registers_with_its_password_refreshes_and_takes_it_back() -> None:
    scene = Scene(health={"interval_s": 0}, username="acme", password="sealed", registration={"expires_s": 100})
    scene.run(1)
    first, second = scene.of("REGISTER")
    assert (["1 REGISTER", "2 REGISTER"], 1) == (
        [one.headers.get("CSeq") for one in (first, second)],
        len({one.call_id for one in (first, second)}),
    )
    assert first.contacts[0].uri.user == scene.lines.line("north")
    assert "<sip:acme@10.0.0.9>" == first.headers.get("To")
    assert scene.gateway()["registration"]["registered"]
    assert ("<sip:core.example;lr>",) == scene.carriers.route("north", Gateway(host="10.0.0.9"))
    scene.run(58)
    assert 2 == len(scene.of("REGISTER"))
    scene.run(3)
    assert 4 == len(scene.of("REGISTER"))
    scene.carriers.stop()
    assert scene.carriers.leaving
    scene.run(1)
    assert "0" == scene.of("REGISTER")[-1].headers.get("Expires")
    assert not scene.carriers.leaving
    scene.world.run(40)
    assert scene.world.clean()


def test_a_wrong_password_is_tried_once_in_a_while_and_not_hammered() -> None:
    scene = Scene(health={"interval_s": 0}, username="acme", password="sealed", registration={"expires_s": 100})
    scene.status = 403
    scene.run(100)
    assert [1, 403] == [
        scene.gateway()["registration"]["failures"] // 2,
        int(scene.gateway()["registration"]["said"][:3]),
    ]
    assert len(scene.of("REGISTER")) <= 3


@pytest.mark.parametrize(
    ("change", "expires"),
    [
        ({"name": "Another name"}, []),
        ({"channels_max": 5}, []),
        ({"password": "other"}, ["3600", "3600"]),
        ({"registration": {"expires_s": 200}}, ["200", "200"]),
        ({"registration": {"user": "other"}}, ["0", "3600", "0", "3600"]),
        ({"registration": None}, ["0", "0"]),
    ],
)
def test_a_changed_trunk_registers_anew_only_with_another_account(change: dict[str, Any], expires: list[str]) -> None:
    fields: dict[str, Any] = {"health": {"interval_s": 0}, "username": "acme", "password": "s", "registration": {}}
    scene = Scene(**fields)
    scene.run(1)
    scene.seen.clear()
    scene.configure(**{**fields, **change})
    scene.run(1)
    assert sorted(expires) == sorted(request.headers.get("Expires") or "" for request in scene.of("REGISTER"))
    if change.get("registration", 0) is not None:
        assert scene.gateway()["registration"]["registered"]


def test_a_trunk_that_is_gone_is_asked_nothing_any_more() -> None:
    scene = Scene(**ASKED)
    scene.run(1)
    scene.carriers.configured(Directory())
    scene.seen.clear()
    scene.run(30)
    assert ([], []) == (scene.seen, scene.carriers.documents())


def test_who_answered_our_registration_is_known_when_another_gateway_of_the_trunk_is_gone() -> None:
    named = {"registration": {}, "username": "acme", "password": "x"}
    scene = Scene(**named, gateways=[{"host": "10.0.0.9"}, {"host": "10.0.0.8"}])
    trunk = Trunk.model_validate({"id": "north", "name": "North", "gateways": [{"host": "sip.example"}], **named})
    scene.run(2)
    assert scene.lines.believes(trunk, "10.0.0.9")
    scene.configure(**named)
    assert scene.lines.believes(trunk, "10.0.0.9")
    scene.carriers.configured(Directory())
    assert not scene.lines.believes(trunk, "10.0.0.9")
