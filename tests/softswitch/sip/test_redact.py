"""Nothing secret stays in a kept message, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softswitch.sip.redact import redact

HEAD = b"REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n"
SECRET = "5ec3e7SECRET"


def odd(text: str, flips: list[bool]) -> str:
    """The text in odd case."""
    return "".join(c.upper() if flips[i % len(flips)] else c.lower() for i, c in enumerate(text))


FLIPS = st.lists(st.booleans(), min_size=1, max_size=8)
SPACE = st.sampled_from(["", " ", "\t", "  "])
FOLD = st.sampled_from(["", " ", "\r\n ", "\r\n\t", " \r\n  "])
FILLER = st.text(st.characters(codec="utf-8", exclude_characters="\r\n*", exclude_categories=["Cs"]), max_size=20)


@given(st.sampled_from(["Authorization", "Proxy-Authorization"]), FLIPS, SPACE, FOLD, FOLD, FILLER, st.booleans())
def test_credentials_go_in_every_spelling(
    name: str, flips: list[bool], space: str, fold: str, inner: str, filler: str, before: bool
) -> None:
    value = f'Digest{inner or " "}username="{SECRET}",{inner}nonce="{SECRET}",{filler},response={inner}"{SECRET}"'
    header = f"{odd(name, flips)}{space}:{fold}{value}\r\n".encode()
    rest = b"Call-ID: one\r\n\r\n"
    data = HEAD + (header + rest if before else rest[:14] + header + b"\r\n")
    kept = redact(data)
    assert SECRET.encode() not in kept
    assert len(data) == len(kept)
    assert kept.startswith(HEAD)
    assert b"Call-ID: one\r\n" in kept


@given(
    st.sampled_from(["WWW-Authenticate", "Proxy-Authenticate", "Authentication-Info"]),
    st.sampled_from(["nonce", "nextnonce", "rspauth", "cnonce", "opaque"]),
    FLIPS,
    FOLD,
    st.booleans(),
)
def test_nonces_and_proofs_of_challenges_go_and_the_realm_stays(
    name: str, parameter: str, flips: list[bool], fold: str, quoted: bool
) -> None:
    secret = f'"{SECRET}\\" {SECRET}"' if quoted else SECRET
    value = f'Digest realm="office",{fold}{odd(parameter, flips)}{fold}={fold}{secret},{fold}nonce=x{SECRET}'
    kept = redact(HEAD + f"{odd(name, flips)}:{fold}{value}\r\nCall-ID: one\r\n\r\n".encode())
    assert SECRET.encode() not in kept
    assert b'realm="office"' in kept
    assert b"Call-ID: one" in kept


@given(FLIPS, SPACE, FILLER)
def test_media_keys_go(flips: list[bool], space: str, filler: str) -> None:
    crypto = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {odd('inline', flips)}:{SECRET}|2^20|1:4;inline:{SECRET} {filler}"
    body = f"v=0\r\nk=clear:{SECRET}\r\na{space}=ice-pwd:{SECRET}\r\n{crypto}\r\na=sendrecv\r\n"
    data = f"INVITE sip:h SIP/2.0\r\nCall-ID: one\r\n\r\n{body}".encode()
    kept = redact(data)
    assert SECRET.encode() not in kept
    assert len(data) == len(kept)
    assert b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 " in kept
    assert kept.endswith(b"\r\na=sendrecv\r\n")


def test_the_words_of_a_message_go_unless_they_are_asked_for() -> None:
    data = f"MESSAGE sip:h SIP/2.0\r\nCall-ID: one\r\nContent-Length: 20\r\n\r\n{SECRET} {SECRET}".encode()
    assert data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + b"*" * 12 + b" " + b"*" * 12 == redact(data)
    assert data == redact(data, with_text=True)


@pytest.mark.parametrize(
    "body, kept", [(b"5", b"*"), (b"5\r\n", b"*\r\n"), (b"Signal=5\r\nDuration=160", b"Signal=*\r\nDuration=160")]
)
def test_keys_pressed_in_info_go(body: bytes, kept: bytes) -> None:
    head = b"INFO sip:h SIP/2.0\r\nCall-ID: one\r\n\r\n"
    assert head + kept == redact(head + body)


@pytest.mark.parametrize(
    "line",
    [
        b"Identity: eyJhbGciOiJFUzI1NiJ9..x;info=<https://h/c>;alg=ES256",
        b'WWW-Authenticate: Digest realm="r", qop="auth", algorithm=MD5',
        b"Subject: authorization",
        b"Subject: my nonce=1",
        b"X-Authorization-Not: 1",
    ],
)
def test_what_is_no_secret_stays(line: bytes) -> None:
    data = HEAD + line + b"\r\n\r\n"
    assert data == redact(data)


@given(st.binary(max_size=400))
def test_any_bytes_keep_their_length_and_are_redacted_once(data: bytes) -> None:
    once = redact(data)
    assert len(data) == len(once)
    assert once == redact(once)
