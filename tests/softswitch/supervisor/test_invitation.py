"""One node joins another over TLS on loopback."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from configdb import authority, membership
from configdb.joining import NotJoined
from configdb.membership import Membership
from installer import self_signed
from softswitch.supervisor.invitation import Invitation, join

OWN = Membership("node-1", "127.0.0.1:6222")


@pytest.fixture
def invitation(tmp_path: Path) -> Iterator[Invitation]:
    """One that waits for nodes, in a thread."""
    made = Invitation(tmp_path / "first", OWN, "127.0.0.1", 0, 1.0, self_signed.make(["127.0.0.1"]))
    thread = threading.Thread(target=lambda: made.serve(joined.append, turned_away.append), daemon=True)
    joined: list[str] = []
    turned_away: list[str] = []
    thread.start()
    yield made
    made.token = replace(made.token, until=0.0)
    thread.join(20)
    made.close()


def test_a_node_joins_with_the_token(invitation: Invitation, tmp_path: Path) -> None:
    joined = join(tmp_path / "second", str(invitation.token), "127.0.0.1:6322", None)
    pins = {f"node-{number}": authority.own_pin(tmp_path / name) for number, name in ((1, "first"), (2, "second"))}
    expected = Membership("node-2", "127.0.0.1:6322", {"node-1": "127.0.0.1:6222"}, {"node-1": pins["node-1"]})
    assert expected == joined
    first = membership.read(tmp_path / "first")
    assert first is not None
    assert ({"node-2": "127.0.0.1:6322"}, {"node-2": pins["node-2"]}) == (first.others, first.pins)


def test_who_is_not_the_one_that_invited_is_told_nothing(invitation: Invitation, tmp_path: Path) -> None:
    other = hashlib.sha256(ssl.PEM_cert_to_DER_cert(self_signed.make(["127.0.0.1"])[0])).hexdigest()
    with pytest.raises(NotJoined, match="did not make this token"):
        join(tmp_path / "second", str(replace(invitation.token, print=other)), "127.0.0.1:6322", None)
    assert membership.read(tmp_path / "first") is None


def test_who_does_not_know_the_secret_is_refused(invitation: Invitation, tmp_path: Path) -> None:
    with pytest.raises(NotJoined, match="not good"):
        join(tmp_path / "second", str(replace(invitation.token, secret="guess")), "127.0.0.1:6322", None)
    assert membership.read(tmp_path / "second") is None


def test_a_node_with_a_configuration_of_its_own_does_not_join(invitation: Invitation, tmp_path: Path) -> None:
    (tmp_path / "second" / "config" / "switch").mkdir(parents=True)
    with pytest.raises(NotJoined, match="empty --data"):
        join(tmp_path / "second", str(invitation.token), "127.0.0.1:6322", None)


def test_nobody_at_the_address_is_said_with_what_to_do(tmp_path: Path, invitation: Invitation) -> None:
    nobody = replace(invitation.token, at="127.0.0.1:1")
    with pytest.raises(NotJoined, match="still running"):
        join(tmp_path / "second", str(nobody), "127.0.0.1:6322", None)
