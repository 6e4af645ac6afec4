"""SRTP and SRTCP: published vectors, the compiled kernel equal to its twin, and what a forger or a replay can do."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.kernels import _loop
from media.rtp.srtp import SessionKeys, Srtp, Suite, crypt, derive, keystream, nonce
from media.rtp.srtp_pair import LOCKED, PLAIN, SrtpPair, Way

SEND, RECEIVE = 0, 1
CM_128 = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6")
GCM_128 = bytes.fromhex("000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab")
CM_256 = bytes.fromhex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b63b04803de51ee7c96423ab5b78d2")
RTP = bytes.fromhex("800f1234decafbadcafebabe") + b"\xab" * 16
RTCP = bytes.fromhex("81c8000bcafebabe") + b"\xab" * 16
LIBSRTP = (  # libsrtp, test/srtp_driver.c: srtp_validate, srtp_validate_gcm, srtp_validate_aes_256
    (Suite.AES_CM_128_HMAC_SHA1_80, CM_128, "4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"),
    (Suite.AEAD_AES_128_GCM, GCM_128, "c5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392"),
    (Suite.AES_256_CM_HMAC_SHA1_80, CM_256, "f1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b"),
)
LIBSRTP_RTCP = (
    (Suite.AES_CM_128_HMAC_SHA1_80, CM_128, "7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"),
    (Suite.AEAD_AES_128_GCM, GCM_128, "c98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001"),
)
GALLIA = bytes.fromhex("8040f17b8041f8d35501a0b2"), b"Gallia est omnis divisa in partes tres"
RFC_7714 = (  # sections 16.1 and 16.2
    (16, "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"),
    (32, "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"),
)


@pytest.mark.parametrize(("suite", "master", "sealed"), LIBSRTP)
def test_rtp_is_protected_as_libsrtp_does(suite: Suite, master: bytes, sealed: str) -> None:
    expected = RTP[:12] + bytes.fromhex(sealed)
    assert expected == Srtp(suite, master).protect(RTP)
    assert RTP == Srtp(suite, master).unprotect(expected)
    assert [expected] == _loop.srtp_run(suite, SEND, master, 0, [RTP])
    assert [RTP] == _loop.srtp_run(suite, RECEIVE, master, 0, [expected])


@pytest.mark.parametrize(("suite", "master", "sealed"), LIBSRTP_RTCP)
def test_rtcp_is_protected_as_libsrtp_does(suite: Suite, master: bytes, sealed: str) -> None:
    context = Srtp(suite, master)
    assert RTCP[:8] + bytes.fromhex(sealed) == context.protect_rtcp(RTCP)
    assert RTCP == context.unprotect_rtcp(RTCP[:8] + bytes.fromhex(sealed))


def test_session_keys_are_those_of_rfc_3711_b_3() -> None:
    suite, master = Suite.AES_CM_128_HMAC_SHA1_80, CM_128
    assert bytes.fromhex("C61E7A93744F39EE10734AFE3FF7A087") == derive(suite, master, 0, 16)
    assert bytes.fromhex("30CBBC08863D8C85D49DB34A9AE1") == derive(suite, master, 2, 14)
    assert bytes.fromhex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4") == derive(suite, master, 1, 20)


def test_the_keystream_is_that_of_rfc_3711_b_2() -> None:
    key, iv = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C"), bytes.fromhex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000")
    assert bytes.fromhex("E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB") == keystream(key, iv, 32)


@pytest.mark.parametrize(("size", "sealed"), RFC_7714)
def test_gcm_is_that_of_rfc_7714_16(size: int, sealed: str) -> None:
    suite = Suite.AEAD_AES_128_GCM if size == 16 else Suite.AEAD_AES_256_GCM
    context = Srtp(suite, bytes(suite.master_size))
    context.rtp = SessionKeys(bytes(range(size)), b"", bytes.fromhex("517569642070726f2071756f"))
    header, text = GALLIA
    assert bytes.fromhex("51753c6580c2726f20718414") == nonce(context.rtp, 0x5501A0B2, 0xF17B)
    sealed_bytes = bytes.fromhex(sealed)
    got = context.protect(header + text)
    assert got is not None
    assert header + sealed_bytes == got[: 12 + len(sealed_bytes)]


def test_the_keystream_of_a_packet_depends_on_its_index_and_source() -> None:
    keys = Srtp(Suite.AES_CM_128_HMAC_SHA1_80, CM_128).rtp
    seen = {
        crypt(Suite.AES_CM_128_HMAC_SHA1_80, keys, ssrc, index, bytes(16)) for ssrc in (1, 2) for index in (1, 65537)
    }
    assert 4 == len(seen)


# -- the kernel and its twin ---------------------------------------------------------------------------------------------

suites = st.sampled_from(list(Suite))
masters = st.binary(min_size=46, max_size=46)
steps = st.sampled_from([1, 1, 1, 1, 2, 0, -1, -3, 63, 64, 65, -63, -64, -65, 1000, 30_000, -30_000])
payloads = st.binary(max_size=40)
first_octets = st.sampled_from([0x80, 0x80, 0x80, 0x81, 0x90, 0xA0, 0xBF, 0x00])
sent = st.lists(st.tuples(steps, st.integers(1, 20), first_octets, payloads), max_size=60)


def packets_of(start: int, stream: list[tuple[int, int, int, bytes]]) -> list[bytes]:
    made, sequence = [], start
    for step, ssrc, first, payload in stream:
        sequence = (sequence + step) & 0xFFFF
        made.append(struct.pack(">BBHII", first, 0, sequence, 1, ssrc if ssrc > 3 else 1) + payload)
    return made


@settings(max_examples=150, deadline=None)
@given(suites, masters, st.integers(0, 65535), sent)
def test_any_packets_are_protected_and_opened_alike(
    suite: Suite, master: bytes, start: int, stream: list[tuple[int, int, int, bytes]]
) -> None:
    packets = packets_of(start, stream)
    out, back = Srtp(suite, master), Srtp(suite, master)
    sealed = [out.protect(packet) for packet in packets]
    assert sealed == _loop.srtp_run(suite, SEND, master, 0, packets)
    arrived = [packet for packet in sealed if packet is not None]
    arrived += arrived[::3]  # replayed
    opened = [back.unprotect(packet) for packet in arrived]
    assert opened == _loop.srtp_run(suite, RECEIVE, master, 0, arrived)


@settings(max_examples=200, deadline=None)
@given(suites, st.integers(0, 8), st.binary(max_size=80), first_octets)
def test_any_datagram_is_refused_alike(suite: Suite, mki_size: int, rest: bytes, first: int) -> None:
    data = bytes([first]) + rest
    assert [Srtp(suite, CM_256, mki_size).unprotect(data)] == _loop.srtp_run(suite, RECEIVE, CM_256, mki_size, [data])


@settings(max_examples=100, deadline=None)
@given(suites, st.integers(0, 10_000), st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_noticed(suite: Suite, at: int, bit: int) -> None:
    sealed = bytearray(Srtp(suite, CM_256).protect(RTP) or b"")
    sealed[at % len(sealed)] ^= 1 << bit
    assert [None] == _loop.srtp_run(suite, RECEIVE, CM_256, 0, [bytes(sealed)])
    assert Srtp(suite, CM_256).unprotect(bytes(sealed)) is None


@pytest.mark.parametrize("suite", list(Suite))
def test_a_stream_of_200000_packets_keeps_its_roll_over_counter(suite: Suite) -> None:
    packets = [RTP[:2] + struct.pack(">H", n & 0xFFFF) + RTP[4:] for n in range(30_000, 230_000, 40)]
    sealed = _loop.srtp_run(suite, SEND, CM_256, 0, packets)
    assert packets == _loop.srtp_run(suite, RECEIVE, CM_256, 0, [one for one in sealed if one is not None])
    assert len(packets) == len(set(sealed))


@pytest.mark.parametrize("suite", list(Suite))
def test_an_mki_is_read_over(suite: Suite) -> None:
    sealed = Srtp(suite, CM_256).protect(RTP) or b""
    cut = len(sealed) if suite.is_gcm else len(sealed) - suite.tag_size
    with_mki = sealed[:cut] + b"\x00\x01" + sealed[cut:]
    assert [RTP] == _loop.srtp_run(suite, RECEIVE, CM_256, 2, [with_mki])
    assert RTP == Srtp(suite, CM_256, 2).unprotect(with_mki)


def test_a_sequence_number_is_never_protected_twice() -> None:
    other = RTP[:12] + b"\xcd" * 16
    assert [True, False] == [one is not None for one in _loop.srtp_run(5, SEND, GCM_128, 0, [RTP, other])]


@pytest.mark.parametrize("suite", list(Suite))
@pytest.mark.parametrize("mki_size", [0, 4])
def test_rtcp_is_opened_once_and_never_when_touched(suite: Suite, mki_size: int) -> None:
    sealed = Srtp(suite, CM_256).protect_rtcp(RTCP)
    cut = len(sealed) if suite.is_gcm else len(sealed) - suite.rtcp_tag_size
    arrived = sealed[:cut] + bytes(mki_size) + sealed[cut:]
    context = Srtp(suite, CM_256, mki_size)
    touched = [arrived[:at] + bytes([arrived[at] ^ 1]) + arrived[at + 1 :] for at in range(len(sealed) - 20)]
    assert [None] * len(touched) == [context.unprotect_rtcp(one) for one in touched]
    assert [RTCP, None] == [context.unprotect_rtcp(arrived), context.unprotect_rtcp(arrived)]


@pytest.mark.parametrize("suite", list(Suite))
@given(data=st.binary(max_size=80))
def test_rubbish_is_no_rtcp(suite: Suite, data: bytes) -> None:
    assert Srtp(suite, CM_256).unprotect_rtcp(data) is None


def test_keys_of_no_suite_make_no_context() -> None:
    for suite, mki_size in ((0, 0), (7, 0), (1, 129)):
        with pytest.raises(ValueError, match="no SRTP"):
            _loop.srtp_run(suite, SEND, CM_256, mki_size, [])
    with pytest.raises(ValueError, match="no key"):
        Srtp(Suite.AEAD_AES_256_GCM, b"short")


# -- a pair: what passes when ---------------------------------------------------------------------------------------------


def test_nothing_passes_a_pair_that_waits_for_keys() -> None:
    pair = SrtpPair()
    assert (RTP, RTP) == (pair.open(RTP), pair.close(RTP))
    for way in Way:
        pair.set(way, LOCKED, b"", 0)
    assert (None, None) == (pair.open(RTP), pair.close(RTP))
    for way in Way:
        pair.set(way, PLAIN, b"", 0)
    assert (RTP, RTP) == (pair.open(RTP), pair.close(RTP))
