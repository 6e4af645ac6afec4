"""Callers judged on the live switch: certificates on their way, callers who do not wait, keys on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.internet.task import Clock

from softswitch.adapters.shelf import FETCHES_MAX
from softswitch.adapters.stir import PATIENCE_S_MAX, WAIT_S_MAX, Verifier, read_roots, read_signer, sent_on, signed
from softswitch.stir.faults import Kind
from softswitch.stir.sign import Signer
from softswitch.stir.verify import Verdict, refuses
from tests.softswitch.sip.messages import invite
from tests.softswitch.stir.ca import (
    CLAIMS,
    DAY_S,
    DEST,
    DIVERTED,
    HEADER,
    LIST_URL,
    NOW,
    ORIG,
    SENT_ON_HEADER,
    URL,
    Ca,
    point,
    token,
)

ROOT, KEY, OTHER = Ca(), ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
CHAIN = ROOT.leaf(KEY)


def identity(url: str = URL, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    return f"Identity: {token(key, HEADER | {'x5u': url}, CLAIMS)};info=<{url}>;alg=ES256;ppt=shaken"


class World:
    """A verifier whose web is the test."""

    def __init__(self) -> None:
        self.clock, self.told = Clock(), list[Verdict]()
        self.asked: list[tuple[str, Callable[[bytes | str], None]]] = []
        self.lists: list[tuple[str, Callable[[bytes | str], None]]] = []
        self.verifier = Verifier(
            self.clock,
            self.wall,
            lambda url, done: self.asked.append((url, done)),
            lambda url, done: self.lists.append((url, done)),
            (ROOT.certificate,),
        )

    def wall(self) -> float:
        return NOW + self.clock.seconds()

    def call(self, *headers: str, patient: bool = False) -> None:
        self.verifier.verify(invite(*headers), f"+{ORIG}", f"+{DEST}", patient, self.told.append)

    def outcomes(self) -> list[str]:
        return [verdict.outcome for verdict in self.told]


def test_a_call_waits_for_its_certificate_and_the_next_does_not() -> None:
    world = World()
    world.call(identity())
    assert [] == world.told
    world.asked[0][1](CHAIN)
    world.call(identity())
    assert (["passed", "passed"], 1) == (world.outcomes(), len(world.asked))
    assert "A" == world.told[0].attestation
    assert [] == world.clock.getDelayedCalls()


def test_calls_that_want_the_same_certificate_fetch_it_once() -> None:
    world = World()
    world.call(identity())
    world.call(identity())
    world.asked[0][1](CHAIN)
    assert (["passed", "passed"], [URL]) == (world.outcomes(), [url for url, _ in world.asked])


def test_a_call_without_a_signature_does_not_wait() -> None:
    world = World()
    world.call()
    assert (["none"], []) == (world.outcomes(), world.asked)


def test_nothing_is_fetched_for_a_header_that_cannot_hold() -> None:
    world = World()
    world.call(f"Identity: {token(KEY, HEADER, CLAIMS | {'iat': 0})};info=<{URL}>;ppt=shaken")
    assert (["failed"], []) == (world.outcomes(), world.asked)


def test_an_impatient_call_goes_on_unknown_and_the_certificate_serves_the_next() -> None:
    world = World()
    world.call(identity())
    world.clock.advance(WAIT_S_MAX)
    assert ["unknown"] == world.outcomes()
    world.asked[0][1](CHAIN)
    assert ["unknown"] == world.outcomes()
    world.call(identity())
    assert ["unknown", "passed"] == world.outcomes()


def test_a_patient_call_waits_as_long_as_the_fetch() -> None:
    world = World()
    world.call(identity(), patient=True)
    world.clock.advance(WAIT_S_MAX * 2)
    assert [] == world.told
    world.asked[0][1]("no certificate within 3 s")
    fault = world.told[0].fault
    assert fault is not None
    assert ("unknown", 436, Kind.BAD_INFO) == (world.told[0].outcome, fault.status, fault.kind)


def test_a_failure_is_remembered_for_a_minute() -> None:
    world = World()
    world.call(identity())
    world.asked[0][1]("the server of the certificate answered 404")
    world.call(identity())
    assert (["unknown", "unknown"], 1) == (world.outcomes(), len(world.asked))
    world.clock.advance(59.0)
    world.call(identity())
    assert 1 == len(world.asked)
    world.clock.advance(1.0)
    world.call(identity())
    assert 2 == len(world.asked)


def test_what_was_fetched_and_is_no_certificate_fails() -> None:
    world = World()
    world.call(identity())
    world.asked[0][1](b"<html>")
    fault = world.told[0].fault
    assert fault is not None
    assert ("failed", 437) == (world.told[0].outcome, fault.status)


def test_the_second_header_is_tried_when_the_first_does_not_hold() -> None:
    world = World()
    other = "https://other.example.org/x.pem"
    world.call(identity(other, OTHER), identity())
    world.asked[0][1](CHAIN)
    world.asked[1][1](CHAIN)
    assert ([other, URL], ["passed"]) == ([url for url, _ in world.asked], world.outcomes())


def test_so_many_fetches_and_no_more_at_a_time() -> None:
    world = World()
    for number in range(FETCHES_MAX + 1):
        world.call(identity(f"{URL}?{number}"))
    assert (FETCHES_MAX, ["unknown"]) == (len(world.asked), world.outcomes())


def test_a_date_that_cannot_be_read_is_stale() -> None:
    world = World()
    world.call(identity(), "Date: yesterday")
    fault = world.told[0].fault
    assert fault is not None
    assert 403 == fault.status


@pytest.mark.parametrize(("policy", "status"), [("off", None), ("verify", None), ("require", 428)])
def test_only_a_trunk_that_requires_a_signature_turns_a_call_away(policy: str, status: int | None) -> None:
    world = World()
    world.call()
    fault = refuses(world.told[0], policy)  # type: ignore[arg-type]  # one of the three
    assert status == (None if fault is None else fault.status)


def write_key(path: Path, key: ec.EllipticCurvePrivateKey = KEY, mode: int = 0o600) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(mode)
    return path


def test_the_node_signs_with_its_key(tmp_path: Path) -> None:
    signer = read_signer(write_key(tmp_path / "key.pem"), URL, b"s" * 32)
    assert signer is not None
    attestation, fields = signed(signer, "riverside", {f"+{ORIG}"}, True, f"+{ORIG}", f"+{DEST}", NOW)
    world = World()
    world.call(*[f"{name}: {value}" for name, value in fields])
    world.asked[0][1](CHAIN)
    assert ("A", "passed", "A") == (attestation, world.told[0].outcome, world.told[0].attestation)


def test_without_key_or_url_nothing_is_signed(tmp_path: Path) -> None:
    assert read_signer(None, URL, b"s" * 32) is None
    assert read_signer(write_key(tmp_path / "key.pem"), None, b"s" * 32) is None


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="chmod 600"):
        read_signer(write_key(tmp_path / "key.pem", mode=0o640), URL, b"s" * 32)


def test_a_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="P-256"):
        read_signer(write_key(tmp_path / "key.pem", ec.generate_private_key(ec.SECP384R1())), URL, b"s" * 32)


def test_a_call_to_no_number_is_not_signed() -> None:
    assert (None, ()) == signed(Signer(KEY, URL, UUID(int=1)), "t", (), True, f"+{ORIG}", "ann", NOW)


def test_the_roots_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_bytes(b"".join(each.certificate.public_bytes(Encoding.PEM) for each in (ROOT, Ca("Another"))))
    assert (2, ()) == (len(read_roots(file)), read_roots(None))


def test_a_call_that_was_sent_on_waits_for_all_certificates() -> None:
    world, hers = World(), "https://hers.example.org/x.pem"
    ours = f"Identity: {token(OTHER, SENT_ON_HEADER | {'x5u': hers}, DIVERTED)};info=<{hers}>;ppt=div"
    first = token(KEY, HEADER, CLAIMS | {"dest": {"tn": [DIVERTED["div"]["tn"]]}})
    world.call(f"Identity: {first};info=<{URL}>;ppt=shaken", ours)
    world.asked[0][1](CHAIN)
    assert ([URL, hers], []) == ([url for url, _ in world.asked], world.told)
    world.asked[1][1](ROOT.leaf(OTHER))
    assert (["passed"], "A") == (world.outcomes(), world.told[0].attestation)


def test_a_list_of_revoked_certificates_holds_up_no_call_and_serves_the_next() -> None:
    world, chain = World(), ROOT.leaf(KEY, more=[point(LIST_URL)])
    world.call(identity())
    world.asked[0][1](chain)
    assert (["passed"], [LIST_URL]) == (world.outcomes(), [url for url, _ in world.lists])
    world.lists[0][1](ROOT.revoked(chain))
    world.call(identity())
    fault = world.told[1].fault
    assert fault is not None
    assert (437, 1) == (fault.status, len(world.lists))


def test_where_a_signature_is_required_the_call_waits_for_the_list() -> None:
    world, chain = World(), ROOT.leaf(KEY, more=[point(LIST_URL)])
    world.call(identity(), patient=True)
    world.asked[0][1](chain)
    assert [] == world.told
    world.lists[0][1](ROOT.revoked(chain))
    fault = world.told[0].fault
    assert fault is not None
    assert 437 == fault.status


def test_a_patient_call_with_several_signatures_waits_no_longer_than_with_one() -> None:
    world, urls = World(), [f"https://slow.example.org/{number}.pem" for number in range(5)]
    world.call(*(identity(url) for url in urls), patient=True)
    for number in range(3):  # each server answers just in time, one after the other
        world.clock.advance(1.9)
        if number < len(world.asked):
            world.asked[number][1]("the server of the certificate answered 404")
    assert ["unknown"] == world.outcomes()
    assert PATIENCE_S_MAX <= world.clock.seconds()
    fault = world.told[0].fault
    assert fault is not None
    assert (436, []) == (fault.status, world.clock.getDelayedCalls())


def test_lists_of_one_chain_are_asked_for_together() -> None:
    others = [f"{LIST_URL}{number}" for number in range(3)]
    world, chain = World(), ROOT.leaf(KEY, more=[point(*others)])
    world.call(identity(), patient=True)
    world.asked[0][1](chain)
    assert sorted(others) == sorted(url for url, _ in world.lists)
    for _, done in world.lists:
        assert [] == world.told
        done("no list within 3 s")
    assert ["passed"] == world.outcomes()


@pytest.mark.parametrize(("revoked", "expected"), [(True, 437), (False, None)])
def test_a_list_that_is_late_says_nothing_but_those_that_came_do(revoked: bool, expected: int | None) -> None:
    world, chain = World(), ROOT.leaf(KEY, more=[point(LIST_URL, f"{LIST_URL}2")])
    world.call(identity(), patient=True)
    world.asked[0][1](chain)
    came = dict(world.lists)[LIST_URL]
    if revoked:
        came(ROOT.revoked(chain))
    world.clock.advance(PATIENCE_S_MAX)
    (verdict,) = world.told
    assert expected == (None if verdict.fault is None else verdict.fault.status)


@pytest.mark.parametrize("answer", ["the server of the certificate answered 404", b"<html>"])
def test_a_list_that_cannot_be_had_says_nothing(answer: bytes | str) -> None:
    world, chain = World(), ROOT.leaf(KEY, more=[point(LIST_URL)])
    world.call(identity(), patient=True)
    world.asked[0][1](chain)
    world.lists[0][1](answer)
    world.call(identity(), patient=True)
    assert (["passed", "passed"], 1) == (world.outcomes(), len(world.lists))


def test_what_we_send_on_goes_with_the_signatures_it_came_with_and_ours() -> None:
    signer = Signer(OTHER, "https://ours.example.org/x.pem", UUID(int=1))
    came = invite(f"Identity: {token(KEY, HEADER, CLAIMS)};info=<{URL}>;alg=ES256;ppt=shaken")
    fields = sent_on(signer, came, f"+{DEST}", "+12025550177", NOW)
    assert ["Date", "Identity", "Identity"] == [name for name, _ in fields]
    world = World()
    there = invite(*(f"{name}: {value}" for name, value in fields))
    world.verifier.verify(there, f"+{ORIG}", "+12025550177", False, world.told.append)
    world.asked[0][1](CHAIN)
    world.asked[1][1](ROOT.leaf(OTHER, ends_s=DAY_S))
    assert ["passed"] == world.outcomes()


def test_a_call_without_a_signature_is_sent_on_without_one() -> None:
    signer = Signer(OTHER, "https://ours.example.org/x.pem", UUID(int=1))
    assert () == sent_on(signer, invite(), f"+{DEST}", "+12025550177", NOW)
