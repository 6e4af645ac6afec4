"""Answers to the digest challenges of others (RFC 3261 22.2, 22.3; RFC 7616 3.4; RFC 8760 2.4).

One answer may carry challenges of several proxies and of the user agent behind them: each realm that `admits` is answered
once, by the first of its challenges that we understand (the order is the challenger's preference). Credentials that were
given to other realms before go along again. Credentials just refused are not repeated: a nonce comes back only as `stale`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from softswitch.sip.digest import UNDERSTOOD, Credentials, ha1_of, hash_of, read_fields, response_of
from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import quote_string
from softswitch.sip.message import Request, Response

Pairs = tuple[tuple[str, str], ...]

ANSWERS = (("WWW-Authenticate", "Authorization"), ("Proxy-Authenticate", "Proxy-Authorization"))
"""Where a challenge stands, and where its answer goes."""

_NC = "00000001"  # every answer is to a new nonce


@dataclass(frozen=True, slots=True)
class Account:
    """What we prove. `admits(realm)` says which realms may have an answer."""

    username: str
    password: str
    admits: Callable[[str], bool]


def answer_challenges(response: Response, request: Request, account: Account, cnonce: str) -> Pairs:
    """All (Proxy-)Authorization fields of the next try, () to give up. `cnonce` is fresh random text."""
    made: list[tuple[str, str]] = []
    answered = False
    for asks, answers in ANSWERS:
        given = {_realm(value): value for value in request.headers.all(answers)}
        for realm, challenge in _by_realm(response.headers.all(asks)).items():
            if account.admits(realm) and not _refused(challenge, given.get(realm)):
                given[realm] = _answer(challenge, account, request, cnonce)
                answered = True
        made += [(answers, value) for value in given.values()]
    return tuple(made) if answered else ()


def _by_realm(challenges: Iterable[str]) -> dict[str, dict[str, str]]:
    """The first challenge of each realm that we can answer."""
    found: dict[str, dict[str, str]] = {}
    for challenge in challenges:
        try:
            fields = read_fields(challenge)
        except BadMessage:
            continue
        if _algorithm(fields)[0] in UNDERSTOOD and "nonce" in fields and "realm" in fields and _qop(fields) != "":
            found.setdefault(fields["realm"], fields)
    return found


def _realm(answer: str) -> str:
    try:
        return read_fields(answer).get("realm", "")
    except BadMessage:
        return ""


def _refused(challenge: Mapping[str, str], given: str | None) -> bool:
    """Whether this very nonce was answered already and is not called stale."""
    if given is None or challenge.get("stale", "").lower() == "true":
        return False
    return read_fields(given).get("nonce") == challenge["nonce"]


def _algorithm(fields: Mapping[str, str]) -> tuple[str, bool]:
    """The base algorithm, and whether it is its session variant (RFC 7616 3.4.2)."""
    name = fields.get("algorithm", "MD5").upper()
    return name.removesuffix("-SESS"), name.endswith("-SESS")


def _qop(fields: Mapping[str, str]) -> str | None:
    """auth before auth-int; None without qop (RFC 2069), "" when only others are offered."""
    offered = [qop.strip() for qop in fields.get("qop", "").lower().split(",") if qop.strip()]
    return next((each for each in ("auth", "auth-int") if each in offered), "" if offered else None)


def _answer(challenge: Mapping[str, str], account: Account, request: Request, cnonce: str) -> str:
    (algorithm, of_session), qop, realm = _algorithm(challenge), _qop(challenge), challenge["realm"]
    given = Credentials(
        account.username, realm, challenge["nonce"], request.uri, "", algorithm, qop, cnonce, int(_NC, 16), _NC
    )
    ha1 = ha1_of(algorithm, account.username, realm, account.password)
    if of_session:
        ha1 = hash_of(algorithm, f"{ha1}:{given.nonce}:{cnonce}")
    fields = [
        f"username={quote_string(account.username)}, realm={quote_string(realm)}, nonce={quote_string(given.nonce)}",
        f'uri={quote_string(given.uri)}, response="{response_of(ha1, given, request.method, request.body)}"',
    ]
    if "algorithm" in challenge:
        fields.append(f"algorithm={challenge['algorithm']}")
    if "opaque" in challenge:
        fields.append(f"opaque={quote_string(challenge['opaque'])}")
    if qop is not None:
        fields.append(f"qop={qop}, nc={_NC}")
    if qop is not None or of_session:
        fields.append(f"cnonce={quote_string(cnonce)}")
    return f"Digest {', '.join(fields)}"
