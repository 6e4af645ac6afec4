"""Which challenges a trunk's password answers."""

from __future__ import annotations

from configdb.model import Gateway, Trunk
from softswitch.peers.realms import Realms

CARRIER = Trunk(id="carrier", name="Carrier", username="u", gateways=(Gateway(host="sip.example"),))


def test_the_realm_of_the_trunk_is_the_only_one_when_it_is_set() -> None:
    realms, trunk = Realms(), CARRIER.model_copy(update={"realm": "carrier.example"})
    assert [False, True, False] == [realms.admits(trunk, each) for each in ("evil", "carrier.example", "")]


def test_without_one_the_first_challenge_is_pinned() -> None:
    realms = Realms()
    assert [True, False, True] == [realms.admits(CARRIER, each) for each in ("one", "two", "one")]


def test_each_trunk_has_its_own() -> None:
    realms = Realms()
    other = CARRIER.model_copy(update={"id": "other"})
    assert (True, True, False) == (
        realms.admits(CARRIER, "one"),
        realms.admits(other, "two"),
        realms.admits(other, "one"),
    )


def test_another_account_learns_anew() -> None:
    realms = Realms()
    assert realms.admits(CARRIER, "one")
    assert realms.admits(CARRIER.model_copy(update={"username": "v"}), "two")
    moved = CARRIER.model_copy(update={"gateways": (Gateway(host="other.example"),)})
    assert realms.admits(moved, "three")
