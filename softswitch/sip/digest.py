"""HTTP digest for SIP as server (RFC 7616, RFC 8760, RFC 3261 22): the better algorithm first, MD5 for old phones.

A nonce is `time-serial-mac`, the mac over both and the source address: nothing is kept for a challenge. Kept is the
last nonce count of each nonce that authenticated, so that a replay is answered `STALE`; `now` is seconds of one clock
that never steps back. The secret is new in each run, so an answer from before a restart is `STALE` too. We ask for qop
auth; auth-int and, once per nonce, no qop at all (old phones) are understood. The other side is `challenge`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import QUOTED, quote_string, unquote_string
from softswitch.sip.limits import CREDENTIAL_CHARS_MAX, NONCE_LIFE_S, NONCES_TRACKED_MAX, PARAMETERS_MAX, URI_MAX

ALGORITHMS = ("SHA-256", "MD5")
"""In the order of our preference, which is the order of the challenges (RFC 8760 2.4)."""

READ_MAX = 16
"""Answers that are kept read: those of the requests in hand."""

UNDERSTOOD = ("SHA-256", "SHA-512-256", "MD5")
"""In answers, whatever we ask for."""

_PARAMETER = re.compile(rf"[\s,]*+([A-Za-z0-9_\-*]++)\s*+=\s*+({QUOTED}|[^\s,\"]++)\s*+(?:,[\s,]*+|\Z)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_COUNT = re.compile(r"[0-9A-Fa-f]{1,8}")
_NONCE = re.compile(r"([0-9a-f]{1,16})-([0-9a-f]{1,16})-([0-9a-f]{32})")


class Verdict(Enum):
    """What `Nonces.verify` found."""

    OK = "ok"
    STALE = "stale"
    """The password is right, the nonce is too old, replayed or not ours: challenge again with stale=true."""
    WRONG = "wrong"
    """Wrong answer to a nonce that we gave to this source: challenge again, and count it."""
    FOREIGN = "foreign"
    """Wrong answer to a nonce that this source never got from us: challenge again, do not count (it may be spoofed)."""
    MALFORMED = "malformed"
    """Not a digest answer that we understand: challenge again."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The fields of an Authorization or Proxy-Authorization header, quotes removed. `nc` is 0 without qop.

    `qop` and `nc_text` are as they were written: they are part of what was hashed.
    """

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str
    qop: str | None
    cnonce: str
    nc: int
    nc_text: str


class Nonces:
    """Makes and checks nonces, and with them the answers to challenges. `secret` is at least 16 random bytes.

    algorithms: those we ask for, in our order of preference; an answer with another one is malformed.
    """

    def __init__(self, secret: bytes, algorithms: Sequence[str] = ALGORITHMS) -> None:
        self._secret, self.algorithms = secret, tuple(algorithms)
        self._serial = 0
        self._counts: dict[str, tuple[float, int]] = {}  # nonce -> (issued at, last nc), in order of first use
        self._floor = float("-inf")  # nonces from before are stale: their counts may have been forgotten

    def challenge(self, realm: str, now: float, source: str, stale: bool = False, plain: bool = False) -> list[str]:
        """The values of the WWW- or Proxy-Authenticate headers, best first. `source` is the peer's address.

        plain: with MD5 alone, if we take it at all.
        """
        algorithms = ("MD5",) if plain and "MD5" in self.algorithms else self.algorithms
        self._serial += 1
        stamp = f"{int(now * 1000):x}-{self._serial:x}"
        fields = f'Digest realm={quote_string(realm)}, nonce="{stamp}-{self._mac(stamp, source)}", qop="auth"'
        return [f"{fields}{', stale=true' if stale else ''}, algorithm={algorithm}" for algorithm in algorithms]

    def verify(
        self,
        header: str,
        method: str,
        uri: str,
        body: bytes,
        ha1: Mapping[str, str] | None,
        now: float,
        source: str,
    ) -> Verdict:
        """Judges an answer. `uri` is the Request-URI, `ha1` the user's H(user:realm:password) in hex by algorithm.

        An unknown user is `ha1=None` and costs the same work. A user who has no hash for the algorithm has a password from
        before we asked for it: that proves nothing against the one who answers. The uri of the answer has to name the same
        user and host as the Request-URI (RFC 7616 3.4.6: equivalent; phones differ in ports and parameters).
        """
        try:
            given = read_credentials(header)
        except BadMessage:
            return Verdict.MALFORMED
        if given.algorithm not in self.algorithms or not _same_target(given.uri, uri):
            return Verdict.MALFORMED
        known = None if ha1 is None else ha1.get(given.algorithm)
        secret_hash = known if known is not None else self._decoy(given)
        expected = response_of(secret_hash, given, method, body)
        matches = hmac.compare_digest(expected.encode(), given.response.lower().encode("utf-8", "surrogateescape"))
        issued_at = self._issued_at(given.nonce, source)
        if ha1 is not None and known is None:
            return Verdict.MALFORMED
        if known is None or not matches:
            return Verdict.FOREIGN if issued_at is None else Verdict.WRONG
        if issued_at is None or not self._count(given, issued_at, now):
            return Verdict.STALE
        return Verdict.OK

    def _decoy(self, given: Credentials) -> str:
        digest = hmac.digest(self._secret, given.username.encode("utf-8", "surrogateescape"), "sha256").hex()
        return digest[:32] if given.algorithm == "MD5" else digest

    def _mac(self, stamp: str, source: str) -> str:
        return hmac.digest(self._secret, f"{stamp}-{source}".encode(), "sha256").hex()[:32]

    def _issued_at(self, nonce: str, source: str) -> float | None:
        """When we gave this nonce to this source, None when we never did."""
        found = _NONCE.fullmatch(nonce)
        if found is None or not hmac.compare_digest(self._mac(f"{found[1]}-{found[2]}", source), found[3]):
            return None
        return int(found[1], 16) / 1000

    def _count(self, given: Credentials, issued_at: float, now: float) -> bool:
        """Takes the nonce count of a right answer; False if replayed or too old. Without qop a nonce works once."""
        last = self._counts.get(given.nonce, (0.0, 0))[1]
        count = given.nc or 1
        if count <= last or now - issued_at > NONCE_LIFE_S or issued_at <= self._floor:
            return False
        self._counts[given.nonce] = (issued_at, count)
        self._forget(now)
        return True

    def _forget(self, now: float) -> None:
        while self._counts:
            nonce = next(iter(self._counts))
            issued_at = self._counts[nonce][0]
            if now - issued_at <= NONCE_LIFE_S and len(self._counts) <= NONCES_TRACKED_MAX:
                return
            self._floor = max(self._floor, issued_at)
            del self._counts[nonce]


def ha1_of(algorithm: str, username: str, realm: str, password: str) -> str:
    """H(user:realm:password) in hex (RFC 7616 3.4.2): as secret as the password itself."""
    return hash_of(algorithm, f"{username}:{realm}:{password}")


def response_of(ha1: str, given: Credentials, method: str, body: bytes) -> str:
    """The response in hex that answers `given`'s nonce (RFC 7616 3.4.1, 3.4.3)."""
    qop = given.qop.lower() if given.qop is not None else None
    entity = f":{hash_of_bytes(given.algorithm, body)}" if qop == "auth-int" else ""
    ha2 = hash_of(given.algorithm, f"{method}:{given.uri}{entity}")
    if qop is None:
        return hash_of(given.algorithm, f"{ha1}:{given.nonce}:{ha2}")
    return hash_of(given.algorithm, f"{ha1}:{given.nonce}:{given.nc_text}:{given.cnonce}:{given.qop}:{ha2}")


@lru_cache(READ_MAX)
def read_credentials(header: str) -> Credentials:
    """The fields of a digest answer. Raises BadMessage for another scheme, an unknown algorithm or missing fields.

    Read once for who sent it, for the check and for what follows.
    Phones that quote `qop`, `nc` or `algorithm`, quote nothing, write short counts or stray commas are understood.
    """
    fields = read_fields(header)
    qop = fields.get("qop")
    algorithm = fields.get("algorithm", "MD5").upper()
    nc = fields.get("nc", "")
    if algorithm not in UNDERSTOOD or (qop is not None and qop.lower() not in ("auth", "auth-int")):
        raise BadMessage(400, "Bad Credentials")
    if qop is not None and (_COUNT.fullmatch(nc) is None or int(nc, 16) == 0 or "cnonce" not in fields):
        raise BadMessage(400, "Bad Credentials")
    if not {"username", "realm", "nonce", "uri", "response"} <= fields.keys():
        raise BadMessage(400, "Bad Credentials")
    return Credentials(
        fields["username"],
        fields["realm"],
        fields["nonce"],
        fields["uri"],
        fields["response"],
        algorithm,
        qop,
        fields.get("cnonce", ""),
        0 if qop is None else int(nc, 16),
        nc,
    )


def read_fields(header: str) -> dict[str, str]:
    """The parameters of a digest challenge or answer by lower-case name, quotes removed. Raises BadMessage."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        raise BadMessage(400, "Unknown Authentication Scheme")
    if _CONTROL.search(rest) is not None:
        raise BadMessage(400, "Bad Credentials")
    fields: dict[str, str] = {}
    at = 0
    while at < len(rest):
        found = _PARAMETER.match(rest, at)
        if found is None or len(fields) >= PARAMETERS_MAX:
            raise BadMessage(400, "Bad Credentials")
        name, value = found[1].lower(), unquote_string(found[2])
        if name in fields or len(value) > (URI_MAX if name == "uri" else CREDENTIAL_CHARS_MAX):
            raise BadMessage(400, "Bad Credentials")
        fields[name] = value
        at = found.end()
    return fields


def _same_target(given: str, wanted: str) -> bool:
    """Whether two URIs name the same user at the same host. Some phones leave the user out: then the host decides.

    That an answer was made for another number is no gain to a replayer: its nonce count is used up.
    """
    if given == wanted:
        return True
    (user, host), (wanted_user, wanted_host) = _target(given), _target(wanted)
    return host == wanted_host and user in ("", wanted_user)


def _target(uri: str) -> tuple[str, str]:
    address = re.split(r"[;?]", uri.partition(":")[2], maxsplit=1)[0]
    user, _, host = address.rpartition("@")
    return user, re.sub(r":[0-9]*\Z", "", host).lower()


def hash_of(algorithm: str, text: str) -> str:
    """The hash in hex of a text."""
    return hash_of_bytes(algorithm, text.encode("utf-8", "surrogateescape"))


def hash_of_bytes(algorithm: str, data: bytes) -> str:
    """The hash in hex by the base name of a digest algorithm: "SHA-256", "SHA-512-256" or "MD5"."""
    match algorithm:
        case "SHA-256":
            return hashlib.sha256(data).hexdigest()
        case "SHA-512-256":
            return hashlib.new("sha512_256", data).hexdigest()
        case _:
            return hashlib.md5(data, usedforsecurity=False).hexdigest()
