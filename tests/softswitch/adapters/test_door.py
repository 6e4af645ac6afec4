"""Who may come in: what a stranger can learn from the answers."""

from __future__ import annotations

import re

from configdb.model import Device
from configdb.secrets import Sealer, sealed_ha1
from softswitch.adapters.door import Challenge, Door
from softswitch.peers.guard import Guard
from softswitch.peers.identify import REALM, Phone, Unknown
from softswitch.sip.challenge import Account, answer_challenges
from softswitch.sip.digest import Nonces, ha1_of
from softswitch.sip.headers import Headers
from softswitch.sip.message import Request, Response

ADDRESS = "203.0.113.7"


class CountingSealer(Sealer):
    """Counts what it opens."""

    opened = 0

    def open(self, sealed: str) -> str:
        self.opened += 1
        return super().open(sealed)


SEALER = CountingSealer(bytes(32))
HASHES = [SEALER.seal(ha1_of(algorithm, "ann-desk", REALM, "secret")) for algorithm in ("MD5", "SHA-256")]
DEVICE = Device(id="ann-desk", user="ann", username="ann-desk", ha1_md5=HASHES[0], ha1_sha256=HASHES[1])


def door() -> Door:
    return Door(Nonces(bytes(16)), Guard(), SEALER, REALM, lambda: 0.0)


def answer(challenge: Challenge, request: Request, username: str, password: str) -> str:
    account = Account(username, password, lambda realm: True)
    return answer_challenges(Response(401, "", Headers(challenge.headers)), request, account, "c0ffee")[0][1]


def asked(ours: Door, request: Request) -> Challenge:
    challenge = ours.check(Unknown("", None), request, ADDRESS)
    assert isinstance(challenge, Challenge)
    return challenge


def masked(challenge: Device | Challenge) -> list[str]:
    assert isinstance(challenge, Challenge)
    return [re.sub('nonce="[^"]*"', "nonce", value) for _, value in challenge.headers]


def test_a_right_password_is_its_device() -> None:
    ours, request = door(), Request("INVITE", "sip:102@pbx")
    header = answer(asked(ours, request), request, "ann-desk", "secret")
    assert DEVICE is ours.check(Phone("riverside", DEVICE, header), request, ADDRESS)


def test_unknown_and_wrong_get_the_same_answer_for_the_same_work() -> None:
    ours, request = door(), Request("INVITE", "sip:nobody@pbx")
    costs, answers = [], []
    for username in ("ann-desk", "mallory"):
        header = answer(asked(ours, request), request, username, "guess")
        who = Phone("riverside", DEVICE, header) if username == "ann-desk" else Unknown(username, header)
        before = SEALER.opened
        answers.append(masked(ours.check(who, request, ADDRESS)))
        costs.append(SEALER.opened - before)
    assert answers[0] == answers[1] == masked(asked(ours, request))
    assert [1, 1] == costs


def test_sha_512_256_lets_in_who_has_a_password_since() -> None:
    ours = Door(Nonces(bytes(16), ("SHA-512-256", "MD5")), Guard(), SEALER, REALM, lambda: 0.0)
    request = Request("INVITE", "sip:102@pbx")
    hashes = sealed_ha1(SEALER, "ann-desk", REALM, "secret")
    device = Device(id="ann-desk", user="ann", username="ann-desk", **hashes)
    header = answer(asked(ours, request), request, "ann-desk", "secret")
    assert "algorithm=SHA-512-256" in header
    assert device is ours.check(Phone("riverside", device, header), request, ADDRESS)
    again = answer(asked(ours, request), request, "ann-desk", "secret")
    assert isinstance(ours.check(Phone("riverside", DEVICE, again), request, ADDRESS), Challenge)


def test_a_replayed_answer_is_told_that_its_nonce_is_stale() -> None:
    ours, request = door(), Request("INVITE", "sip:102@pbx")
    header = answer(asked(ours, request), request, "ann-desk", "secret")
    ours.check(Phone("riverside", DEVICE, header), request, ADDRESS)
    assert all(
        "stale=true" in value for value in masked(ours.check(Phone("riverside", DEVICE, header), request, ADDRESS))
    )


def test_a_phone_that_fails_at_a_challenge_with_two_algorithms_is_asked_with_md5_alone_when_it_comes_back() -> None:
    clock = [0.0]
    ours = Door(Nonces(bytes(16)), Guard(), SEALER, REALM, lambda: clock[0])
    request = Request("REGISTER", "sip:pbx", Headers([("From", "<sip:ann-desk@pbx>;tag=1")]))
    assert 2 == len(asked(ours, request).headers)
    clock[0] = 30.0
    again = asked(ours, request)
    assert ["MD5"] == [value.rpartition("=")[2] for _, value in again.headers]
    assert DEVICE is ours.check(
        Phone("riverside", DEVICE, answer(again, request, "ann-desk", "secret")), request, ADDRESS
    )
    clock[0] = 3600.0
    assert 1 == len(asked(ours, request).headers)
