"""How a node joins: an invitation is a token and a port that is open while the token is good; what is asked and answered.

```
 softswitch cluster invite          softswitch up --join TOKEN
   opens a TLS port     <-- TLS --   the certificate must be the one the token names
                        <-- {secret, name, listen, request}
   signs, adds the node --> {name, shard, certificate, ca, ca_key, secrets, others}    or {refused}
```
The token holds who to ask, the fingerprint of a certificate that was made for this invitation alone, and a secret. Who reads
the token before it is used or over can join: it goes by a safe way, as a password does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from configdb import authority, membership
from configdb.keys import MAIN
from configdb.membership import Membership
from configdb.node import JOINED, LATER, secret, write_private

PREFIX = "join1."
FIRST = ("node.key", "gruu.key", "vault.key", "bundle.key", "cluster.password")
SHARED = (*FIRST, *sorted(LATER))
"""Secrets that all nodes of a cluster have in common; the operator's token and the password of the own server are not.

The first ones every version has told; of later ones who joins takes what it is told, and makes the others itself from node.key.
"""

_SECRET = re.compile(r"[a-z][a-z-]{0,30}\.(key|password)")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LISTEN = re.compile(r"[^\s\"{}@]{1,255}:[0-9]{1,5}")


class NotJoined(Exception):
    """Why a node cannot join, for the operator; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Token:
    """`at`: host:port of who invites. `print`: SHA-256 of its certificate, hex. `until`: epoch seconds."""

    at: str
    print: str
    secret: str
    until: float

    def __str__(self) -> str:
        text = json.dumps([self.at, self.print, self.secret, round(self.until)], separators=(",", ":"))
        return PREFIX + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(text: str) -> Token:
    """Raises NotJoined."""
    try:
        if not text.startswith(PREFIX):
            raise ValueError("it does not begin right")
        body = text.removeprefix(PREFIX)
        at, print_, secret_, until = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Token(str(at), str(print_), str(secret_), float(until))
    except (ValueError, TypeError, binascii.Error) as error:
        raise NotJoined("this is no token of `softswitch cluster invite`: copy the whole line") from error


def is_right(certificate: bytes, token: Token) -> bool:
    """Whether a certificate (DER) is the one of the invitation."""
    return hmac.compare_digest(hashlib.sha256(certificate).hexdigest(), token.print)


def admit(
    data_dir: Path, own: Membership, token: Token, asked: Mapping[str, Any], now: float, shard: str = MAIN
) -> dict[str, Any]:
    """Takes a node into the cluster of a shard: what it is answered. Raises NotJoined."""
    if not hmac.compare_digest(str(asked.get("secret", "")).encode(), token.secret.encode()) or now > token.until:
        raise NotJoined("the token is not good any more: ask for a new one")
    listen, wanted = str(asked.get("listen", "")), asked.get("name")
    if not _LISTEN.fullmatch(listen):
        raise NotJoined("`listen` of a node that joins is host:port")
    if (theirs := asked.get("shard")) not in (None, shard):
        raise NotJoined(
            f"this is the shard {shard}, and the settings of the node that joins say {theirs!r}: take `shard` out"
        )
    name = _free_name(own) if wanted is None else str(wanted)
    if not _NAME.fullmatch(name):
        raise NotJoined(f"{name!r} is no name for a node: small letters, digits and hyphens")
    if name == own.name or own.others.get(name, listen) != listen:
        raise NotJoined(f"there is a node {name} already: choose another --name")
    try:
        certificate = authority.sign(data_dir, str(asked.get("request", "")), name, [listen.rpartition(":")[0]])
    except authority.BadRequest as error:
        raise NotJoined(str(error)) from error
    before = own.pins.get(name)
    known = own if before is None else membership.met(own, {}, frozenset({before}))  # it joined again, with a new key
    pins = {**known.pins, name: authority.pin(certificate)}
    made = replace(known, others={**known.others, name: listen}, pins=pins)
    membership.write(data_dir, made)
    folder = membership.folder(data_dir)
    return {
        "name": name,
        "shard": shard,
        "certificate": certificate,
        "ca": (folder / "ca.pem").read_text(),
        "ca_key": (folder / "ca.key").read_text(),
        "secrets": {one: secret(data_dir, one) for one in SHARED},
        "others": {**{other: at for other, at in own.others.items() if other != name}, own.name: own.listen},
        "pins": {**{other: one for other, one in pins.items() if other != name}, own.name: authority.own_pin(data_dir)},
        "removed": sorted(made.removed),
    }


def settle(data_dir: Path, listen: str, key: str, answer: Mapping[str, Any]) -> Membership:
    """Writes down what a node that joins was answered; the members last: until then it has not joined. Raises NotJoined."""
    try:
        told = {str(name): str(text) for name, text in answer["secrets"].items()}
        files = {"node.pem": answer["certificate"], "ca.pem": answer["ca"], "ca.key": answer["ca_key"]}
        others = {str(name): str(at) for name, at in answer["others"].items()}
        pins = {str(name): str(pin) for name, pin in answer["pins"].items()}
        name, shard = _checked(_NAME, answer["name"]), _checked(_NAME, answer.get("shard", MAIN))
        joined = Membership(name, listen, others, pins, frozenset(map(str, answer["removed"])))
    except (KeyError, TypeError, AttributeError) as error:
        raise NotJoined("the answer makes no sense: is the node that invites of a much older version?") from error
    if lacking := [name for name in FIRST if name not in told]:
        raise NotJoined(f"the answer lacks {', '.join(lacking)}: is the node that invites of a much older version?")
    for name, text in told.items():
        if _SECRET.fullmatch(name):  # of a version to come, too: it is kept until this node is of that version
            write_private(data_dir / "secrets" / name, text)
    for name, text in {**files, "node.key": key}.items():
        write_private(membership.folder(data_dir) / name, str(text))
    write_private(data_dir / JOINED, f'name = "{joined.name}"\nshard = "{shard}"\n')
    membership.write(data_dir, joined)
    return joined


def _checked(pattern: re.Pattern[str], text: object) -> str:
    """Raises TypeError."""
    if not pattern.fullmatch(str(text)):
        raise TypeError(f"{text!r} is no name")
    return str(text)


def _free_name(own: Membership) -> str:
    taken = {own.name, *own.others}
    return next(name for number in range(1, len(taken) + 2) if (name := f"node-{number}") not in taken)
