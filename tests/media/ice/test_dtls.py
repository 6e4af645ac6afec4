"""The handshake of DTLS-SRTP in memory: keys both sides agree on, certificates that were not announced, loss, bounds."""

from __future__ import annotations

import pytest

from media.ice import dtls, limits
from media.ice.dtls import Association, Identity, Stage

ONE, OTHER = Identity(), Identity()
LOWER = OTHER.fingerprint.replace("sha-256", "sha-1")


def shake(client: Association, server: Association) -> None:
    """Datagrams go to and fro until nobody has one."""
    flying = [(server, client, data) for data in client.start()]
    while flying:
        to, source, data = flying.pop(0)
        flying += [(source, to, more) for more in to.received(data)]


def pair(announced_server: str, announced_client: str) -> tuple[Association, Association]:
    return Association(ONE, True, (announced_server,)), Association(OTHER, False, (announced_client,))


def test_both_sides_have_the_same_keys_one_for_each_direction() -> None:
    client, server = pair(OTHER.fingerprint, ONE.fingerprint)
    shake(client, server)
    assert (Stage.DONE, Stage.DONE) == (client.stage, server.stage)
    assert client.keys is not None
    assert server.keys is not None
    assert (client.keys.suite, client.keys.send, client.keys.receive) == (
        server.keys.suite,
        server.keys.receive,
        server.keys.send,
    )
    assert client.keys.send != client.keys.receive
    assert client.keys.suite.master_size == len(client.keys.send)
    assert str(client.keys.send) not in repr(client.keys)


@pytest.mark.parametrize(
    "wrong",
    ["sha-256 00", ONE.fingerprint, LOWER, OTHER.fingerprint[:-3], "", "md5 00:11"],
    ids=["short", "another", "another digest", "cut", "none", "unknown"],
)
def test_a_certificate_that_was_not_announced_gives_no_keys(wrong: str) -> None:
    client, server = pair(wrong, ONE.fingerprint)
    shake(client, server)
    assert (Stage.FAILED, None) == (client.stage, client.keys)
    assert "its certificate is not the one of its description" == client.trouble
    assert server.keys is None
    client, server = pair(OTHER.fingerprint, wrong.replace(ONE.fingerprint, OTHER.fingerprint))
    shake(client, server)
    assert (Stage.FAILED, None) == (server.stage, server.keys)


def test_one_of_several_announced_certificates_is_enough() -> None:
    client = Association(ONE, True, ("sha-256 00", OTHER.fingerprint))
    server = Association(OTHER, False, (ONE.fingerprint,))
    shake(client, server)
    assert Stage.DONE is client.stage


def test_a_flight_without_an_answer_is_timed_by_its_sender_alone() -> None:
    client, server = pair(OTHER.fingerprint, ONE.fingerprint)
    assert server.due_s is None
    first = client.start()
    assert 0 < (client.due_s or 0) <= 1
    assert [] == client.timeout()  # not yet
    for data in first:
        server.received(data)
    assert 0 < (server.due_s or 0) <= 1


def test_good_bye_ends_it_and_garbage_does_not() -> None:
    client, server = pair(OTHER.fingerprint, ONE.fingerprint)
    shake(client, server)
    for garbage in (b"\x16", bytes([20] * 200), bytes([22, 254, 253]) + bytes(40), b""):
        assert [] == server.received(garbage)
    assert Stage.DONE is server.stage
    for data in client.close():
        server.received(data)
    assert (Stage.CLOSED, Stage.CLOSED) == (client.stage, server.stage)
    assert [] == server.received(b"\x16\x01")


def test_garbage_before_the_handshake_is_read_over() -> None:
    client, server = pair(OTHER.fingerprint, ONE.fingerprint)
    for garbage in (b"\x16", bytes([20] * 200), bytes([22, 254, 253]) + bytes(40)):
        server.received(garbage)
    shake(client, server)
    assert Stage.DONE is server.stage


def test_a_handshake_is_bounded() -> None:
    server = Association(OTHER, False, (ONE.fingerprint,))
    for _ in range(limits.handshake_datagrams_max):
        server.received(b"\x16")
    assert Stage.HANDSHAKING is server.stage
    server.received(b"\x16")
    assert (Stage.FAILED, "too many datagrams") == (server.stage, server.trouble)


def test_records_are_sent_whole_as_many_in_a_datagram_as_fit() -> None:
    def record(size: int) -> bytes:
        return bytes([22, 254, 253]) + bytes(8) + size.to_bytes(2, "big") + bytes(size)

    small, large = record(500), record(1100)
    assert [small + small, large, small] == list(dtls.datagrams(small + small + large + small))
    assert [] == list(dtls.datagrams(b""))


def test_a_new_worker_has_a_new_certificate_by_sha_256() -> None:
    assert ONE.fingerprint != OTHER.fingerprint
    name, _, digest = ONE.fingerprint.partition(" ")
    assert ("sha-256", 32) == (name, len(digest.split(":")))
