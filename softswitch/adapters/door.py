"""Who may come in: digest authentication of phones with counted failures and bans, the same for unknown and wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.logger import Logger

from configdb.model import Device
from configdb.secrets import Sealer
from softswitch.peers.dialects import Dialects
from softswitch.peers.guard import Guard
from softswitch.peers.identify import Phone, Unknown
from softswitch.peers.limits import CALLER_CHARS_MAX
from softswitch.sip.digest import Nonces, Verdict, hash_of, read_credentials
from softswitch.sip.message import Request


@dataclass(frozen=True, slots=True)
class Challenge:
    """Answer 401 with these headers."""

    headers: tuple[tuple[str, str], ...]


class Door:
    """Challenges and verifies. `now` is monotonic."""

    _log = Logger(namespace="softswitch.door")

    def __init__(self, nonces: Nonces, guard: Guard, sealer: Sealer, realm: str, now: Callable[[], float]) -> None:
        self._nonces, self._guard, self._sealer, self._realm, self._now = nonces, guard, sealer, realm, now
        self._dialects = Dialects()
        self._nobody = {algorithm: sealer.seal(hash_of(algorithm, "nobody")) for algorithm in nonces.algorithms}

    def check(self, who: Phone | Unknown, request: Request, address: str) -> Device | Challenge:
        """The device whose password was proven, or the challenge to answer with."""
        now = self._now()
        if who.credentials is None:
            return self._challenge(address, request)
        device = who.device if isinstance(who, Phone) else None
        username = who.device.username if isinstance(who, Phone) else who.username
        if not self._guard.believes(address, username, now):
            return self._challenge(address, request)
        algorithm = read_credentials(who.credentials).algorithm
        ha1 = self._ha1(device, algorithm)
        verdict = self._nonces.verify(who.credentials, request.method, request.uri, request.body, ha1, now, address)
        if verdict is Verdict.OK and device is not None:
            self._guard.digest_succeeded(address, username, now)
            self._dialects.answered(address, _caller(request.headers.get("From") or ""), algorithm)
            return device
        if verdict is Verdict.WRONG and self._guard.digest_failed(address, username, now):
            self._log.warn(
                "{user!r} at {address} or all of {address} is banned: too many wrong passwords",
                user=username[:64],
                address=address,
            )
        return self._challenge(address, request, verdict)

    def _ha1(self, device: Device | None, algorithm: str) -> dict[str, str] | None:
        """That of the algorithm, if it is one we ask for and the device has one.

        Opening takes its time: it is spent for unknown users too, lest the time of the answer tell who exists.
        """
        sealed = {} if device is None else device.ha1
        nobody = self._nobody.get(algorithm)
        opened = None if nobody is None else self._sealer.open(sealed.get(algorithm, nobody))
        if device is None:
            return None
        return {algorithm: opened} if opened is not None and algorithm in sealed else {}

    def challenge(self, address: str, from_: str, question: str = "") -> Challenge:
        """For a request without an answer, whose sender may be no phone that reads our challenges.

        from_: its From as written.  question: what is the same when it comes again, where no transaction tells.
        """
        now = self._now()
        return self._made(address, now, False, self._dialects.is_plain(address, _caller(from_), now, question))

    def _challenge(self, address: str, request: Request, verdict: Verdict | None = None) -> Challenge:
        """After an answer the phone is one that reads our challenges."""
        if verdict is None:
            return self.challenge(address, request.headers.get("From") or "")
        return self._made(address, self._now(), verdict is Verdict.STALE, False)

    def _made(self, address: str, now: float, stale: bool, plain: bool) -> Challenge:
        values = self._nonces.challenge(self._realm, now, address, stale, plain)
        return Challenge(tuple([("WWW-Authenticate", value) for value in values]))


def _caller(from_: str) -> str:
    """The From without its tag: the same in all requests of a phone, whatever user name it answers with."""
    return from_.partition(";")[0][:CALLER_CHARS_MAX]
