"""A message as it may be kept and shown: secrets blotted out with stars, byte for byte, so that lengths stay true.

Blotted out: credentials (Authorization, Proxy-Authorization), nonces and proofs of challenges and of Authentication-Info
(RFC 7616), media keys (a=crypto inline keys RFC 4568 9.1, a=ice-pwd RFC 8839 5.4, k= RFC 4566 5.12), keys pressed in INFO
(card numbers), and the words of MESSAGE (RFC 3428) unless asked for. Identity (RFC 8224) is meant to be read and stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_VALUE = rb"((?:[^\r\n]++|\r\n[ \t]|\r(?!\n)|\n)*+)"
_CREDENTIALS = re.compile(rb"([\r\n](?:proxy-)?authorization[ \t]*+:)" + _VALUE, re.IGNORECASE)
_CHALLENGE = re.compile(
    rb"([\r\n](?:(?:www|proxy)-authenticate|(?:proxy-)?authentication-info)[ \t]*+:)" + _VALUE, re.IGNORECASE
)
_PROOF = re.compile(
    rb"(\b(?:nonce|nextnonce|cnonce|rspauth|response|opaque)\s*+=\s*+)(\"(?:[^\"\\]|\\.)*+\"?|[^\s,;\"]*+)",
    re.IGNORECASE | re.DOTALL,
)
_MEDIA_KEY = re.compile(rb"(inline[ \t]*+:|[\r\n]a[ \t]*+=[ \t]*+ice-pwd[ \t]*+:|[\r\n]k=)([^\r\n]*+)", re.IGNORECASE)
_SIGNAL = re.compile(rb"([\r\n]signal[ \t]*+=)([^\r\n]*+)", re.IGNORECASE)
_STARS = bytes(octet if octet in b"\r\n\t " else ord("*") for octet in range(256))


def redact(data: bytes, with_text: bool = False) -> bytes:
    """The message without its secrets, as long as it was. with_text: leave the body of MESSAGE as it is."""
    lower = data.lower()
    if b"authorization" in lower:
        data = _CREDENTIALS.sub(_blot, data)
    if b"nonce" in lower or b"rspauth" in lower:
        data = _CHALLENGE.sub(_blot_proofs, data)
    if b"inline" in lower or b"ice-pwd" in lower or b"\nk=" in lower or b"\rk=" in lower:
        data = _MEDIA_KEY.sub(_blot, data)
    method = lower[:8].lstrip()
    if method.startswith(b"info "):
        return _with_body(data, lambda body: _blot_keys(b"\r\n" + body)[2:])
    if method.startswith(b"message ") and not with_text:
        return _with_body(data, lambda body: body.translate(_STARS))
    return data


def _blot(found: re.Match[bytes]) -> bytes:
    return found[1] + found[2].translate(_STARS)


def _blot_proofs(found: re.Match[bytes]) -> bytes:
    return found[1] + _PROOF.sub(_blot, found[2])


def _blot_keys(body: bytes) -> bytes:
    """All of a body that is a digit alone (application/dtmf), else the value of Signal= (application/dtmf-relay)."""
    if len(body.strip()) <= 2:
        return body.translate(_STARS)
    return _SIGNAL.sub(_blot, body)


def _with_body(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    head, end, body = data.partition(b"\r\n\r\n")
    return head + end + change(body)
