"""ICE for one component on one port, full or lite (RFC 8445, RFC 7675): datagrams and time in, datagrams and a path out.

                   a check has its answer, or a lite agent is told the way          no consent for 30 s
    CHECKING ------------------------------------------------------> CONNECTED ---------------------------> LOST
        |  the far end spoke, but no way worked for 30 s
        +-----------------------------------------------> FAILED

Way tells whom media may come from; Path where it goes: the first way that works, then the nominated one (12.1.1), then the one
that media comes by; Path(None) that there is none any more.
LOST and FAILED are for good, until ICE is started anew with new credentials: another Agent.
A far end that was never heard is waited for: a phone that rings has not told its user's browser where we are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from media.ice import limits, stun
from media.ice.candidates import Address, Candidate, Credentials, Pair, State
from media.ice.check import RTO_S, TRIES_MAX, Check, request
from media.ice.stun import Kind, Message, Name

PACE_S = 0.05
SETTLE_S = 0.3
"""How long a controlling agent that has one way waits for a better one (8.1.1)."""

CONSENT_S, CONSENT_S_MAX = 5.0, 30.0
"""RFC 7675 5.1."""

ROLE_CONFLICT, UNAUTHORIZED, BAD_REQUEST, UNKNOWN = 487, 401, 400, 420


class Stage(Enum):
    """Where an agent stands; see the figure above."""

    CHECKING = "checking"
    CONNECTED = "connected"
    LOST = "lost"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Send:
    """A datagram to be sent from the port."""

    data: bytes
    to: Address


@dataclass(frozen=True, slots=True)
class Path:
    """Where media goes from now on, and comes from; None: nowhere."""

    to: Address | None


@dataclass(frozen=True, slots=True)
class Way:
    """A way that works: media may come from there."""

    address: Address


Effect = Send | Path | Way


class Agent:
    """`random(n)` gives n octets; a transaction begins with `prefix`, 8 octets. `now` is any clock that does not jump."""

    def __init__(
        self,
        local: Credentials,
        remote: Credentials,
        candidates: tuple[Candidate, ...],
        controlling: bool,
        lite: bool,
        random: Callable[[int], bytes],
        prefix: bytes,
        now: float,
    ) -> None:
        self.local, self._remote = local, remote
        self.stage = Stage.CHECKING
        self.controlling, self._lite = controlling and not lite, lite
        self._random, self._prefix = random, prefix
        self._tie = int.from_bytes(random(8), "big")
        self._pairs: dict[Address, Pair] = {}
        self._triggered: deque[tuple[Pair, bool]] = deque()
        self._checks: dict[bytes, Check] = {}
        self._path: Pair | None = None
        self._is_settled = False
        self._heard_at: float | None = None
        self._worked_at: float | None = None
        self._next_check_at, self._next_consent_at, self._consent_until = now, 0.0, 0.0
        self._out: list[Effect] = []
        for candidate in candidates[: limits.candidates_max]:
            self._pairs.setdefault(candidate.address, Pair(candidate.address, candidate.priority))

    # -- what happens ----------------------------------------------------------------------------------------------

    def is_for(self, message: Message) -> bool:
        """Whether it is of this session: of two that overlap in a restart, one knows it."""
        if message.kind is Kind.REQUEST:
            return (message.username or "").partition(":")[0] == self.local.ufrag
        return message.transaction in self._checks

    def received(self, message: Message, source: Address, now: float) -> tuple[Effect, ...]:
        """A message came to the port."""
        match message.kind:
            case Kind.REQUEST:
                self._request(message, source, now)
            case Kind.SUCCESS | Kind.ERROR:
                self._answer(message, source, now)
        return self._flush()

    def follow(self, address: Address, now: float) -> None:
        """Authentic media came by another way that works, and moved the path there."""
        pair = self._pairs.get(address)
        if self.stage is Stage.CONNECTED and pair is not None and pair.state is State.SUCCEEDED:
            self._path = pair
            self._consented(pair, now)

    def timer(self, now: float) -> tuple[Effect, ...]:
        """Time has passed; called at `due` at the latest."""
        if self.stage in (Stage.CHECKING, Stage.CONNECTED):
            for check in [check for check in self._checks.values() if check.again_at <= now]:
                self._again(check, now)
            if now >= self._next_check_at:
                self._next_check(now)
            self._nominate(now)
            self._ask_consent(now)
            self._give_up(now)
        return self._flush()

    @property
    def due(self) -> float | None:
        """When `timer` wants to be called; None: not before something happens."""
        if self.stage in (Stage.LOST, Stage.FAILED):
            return None
        times = [check.again_at for check in self._checks.values()]
        if self._triggered or (not self._lite and any(p.state is State.WAITING for p in self._pairs.values())):
            times.append(self._next_check_at)
        if self.stage is Stage.CONNECTED:
            times += [self._consent_until] if self._lite else [self._next_consent_at, self._consent_until]
        elif self._heard_at is not None:
            times.append(self._heard_at + limits.setup_s_max)
        if self._has_to_name and self._worked_at is not None:
            times.append(self._worked_at + SETTLE_S)
        return min(times, default=None)

    def _flush(self) -> tuple[Effect, ...]:
        out, self._out = tuple(self._out), []
        return out

    # -- requests of the far end (7.3) -----------------------------------------------------------------------------

    def _request(self, message: Message, source: Address, now: float) -> None:
        ours, _, _ = (message.username or "").partition(":")
        if message.username is None or message.get(Name.MESSAGE_INTEGRITY) is None:
            self._refuse(message, source, BAD_REQUEST, None)
        elif ours != self.local.ufrag or not message.is_authentic(self.local.password):
            self._refuse(message, source, UNAUTHORIZED, None)
        elif message.unknown:
            self._refuse(message, source, UNKNOWN, self.local.password, stun.names(message.unknown))
        elif self._conflicts(message):
            self._refuse(message, source, ROLE_CONFLICT, self.local.password)
        else:
            address = stun.mapped(*source, message.transaction)
            self._out.append(
                Send(stun.build(Kind.SUCCESS, message.transaction, (address,), self.local.password), source)
            )
            if self.stage in (Stage.CHECKING, Stage.CONNECTED):
                self._checked(message, source, now)

    def _refuse(self, message: Message, to: Address, code: int, password: str | None, *more: tuple[int, bytes]) -> None:
        attributes = (stun.failure(code), *more)
        self._out.append(Send(stun.build(Kind.ERROR, message.transaction, attributes, password), to))

    def _conflicts(self, message: Message) -> bool:
        """Whether both want the same role and the far end has to change (7.3.1.1); else we change here."""
        name = Name.ICE_CONTROLLING if self.controlling else Name.ICE_CONTROLLED
        theirs = message.number(name, 8)
        if theirs is None:
            return False
        if self._lite or (self._tie >= theirs) is self.controlling:
            return True
        self.controlling = not self.controlling
        return False

    def _checked(self, message: Message, source: Address, now: float) -> None:
        pair = self._pairs.get(source) or self._learn(message, source)
        if pair is None:
            return
        self._heard_at = now if self._heard_at is None else self._heard_at
        pair.heard_at = now
        names = message.get(Name.USE_CANDIDATE) is not None and not self.controlling
        if self._lite:
            self._consented(pair, now)
            self._works(pair)
            if names:
                self._choose(pair, now)
            return
        pair.is_named |= names
        if pair.state is State.SUCCEEDED:
            if names:
                self._choose(pair, now)
        elif not any(waiting is pair for waiting, _ in self._triggered):
            self._cancel(pair, now)
            pair.state = State.WAITING
            self._triggered.append((pair, False))

    def _cancel(self, pair: Pair, now: float) -> None:
        """Its check is not sent again, though an answer would still count (7.3.1.4)."""
        for check in self._checks.values():
            if check.pair is pair and not check.is_single:
                check.cancel(now)

    def _learn(self, message: Message, source: Address) -> Pair | None:
        """A peer-reflexive candidate (7.3.1.3)."""
        if len(self._pairs) >= limits.pairs_max:
            failed = next((one for one in self._pairs.values() if one.state is State.FAILED), None)
            if failed is None:
                return None
            del self._pairs[failed.address]
        pair = self._pairs[source] = Pair(source, message.number(Name.PRIORITY, 4) or 0)
        return pair

    # -- answers to our requests (7.2.5) ---------------------------------------------------------------------------

    def _answer(self, message: Message, source: Address, now: float) -> None:
        check = self._checks.get(message.transaction)
        if check is None or not message.is_authentic(self._remote.password):
            return
        pair = check.pair
        del self._checks[message.transaction]
        self._heard_at = now if self._heard_at is None else self._heard_at
        if self.stage in (Stage.LOST, Stage.FAILED):
            return
        if source != pair.address or message.unknown:
            self._failed(check)
        elif message.kind is Kind.SUCCESS:
            self._worked(check, now)
        elif message.error == ROLE_CONFLICT:
            if self.controlling is check.controlling:
                self.controlling, self._tie = not self.controlling, int.from_bytes(self._random(8), "big")
            pair.state = State.WAITING
            self._triggered.append((pair, check.names and self.controlling))
        else:
            self._failed(check)

    def _worked(self, check: Check, now: float) -> None:
        pair = check.pair
        self._works(pair)
        pair.heard_at = now
        self._worked_at = now if self._worked_at is None else self._worked_at
        self._consented(pair, now)
        if check.names or (pair.is_named and not self.controlling):
            self._choose(pair, now)
        elif self._path is None:
            self._take(pair, now)

    def _works(self, pair: Pair) -> None:
        if pair.state is not State.SUCCEEDED:
            pair.state = State.SUCCEEDED
            self._out.append(Way(pair.address))

    def _failed(self, check: Check) -> None:
        if not check.is_single:  # consent is lost by silence alone
            check.pair.state = State.FAILED

    def _choose(self, pair: Pair, now: float) -> None:
        """It is nominated: the better of two is taken, and any rather than one that has fallen silent."""
        chosen = self._path
        is_silent = chosen is None or chosen.heard_at + CONSENT_S < now
        if chosen is None or not self._is_settled or is_silent or pair.priority >= chosen.priority:
            self._take(pair, now)
            self._is_settled = True

    def _take(self, pair: Pair, now: float) -> None:
        self.stage = Stage.CONNECTED
        if self._path is pair:
            return
        self._path = pair
        self._consented(pair, now)
        self._next_consent_at = now + self._consent_wait()
        self._out.append(Path(pair.address))

    # -- time ------------------------------------------------------------------------------------------------------

    def _again(self, check: Check, now: float) -> None:
        """A request without an answer: once more, or no more."""
        if check.is_single or check.tries >= TRIES_MAX:
            del self._checks[check.transaction]
            self._failed(check)
            return
        check.wait_again(now)
        self._out.append(Send(check.data, check.pair.address))

    def _next_check(self, now: float) -> None:
        """One check a turn: what the far end triggered first, then the best that waits (6.1.4.2)."""
        self._next_check_at = now + PACE_S
        if self._triggered:
            self._check(*self._triggered.popleft(), now)
        elif not self._lite:
            waiting = [pair for pair in self._pairs.values() if pair.state is State.WAITING]
            if waiting:
                self._check(max(waiting, key=lambda pair: pair.priority), False, now)

    def _check(self, pair: Pair, names: bool, now: float, is_consent: bool = False) -> None:
        """Send a Binding request (7.2.2, 7.2.4)."""
        if len(self._checks) >= limits.outstanding_max:
            return
        transaction = self._prefix + self._random(12 - len(self._prefix))
        data = request(self.local, self._remote, self.controlling, self._tie, names, transaction)
        if not is_consent:
            pair.state = State.IN_PROGRESS
        wait = CONSENT_S_MAX if is_consent else RTO_S
        self._checks[transaction] = Check(
            pair, transaction, data, names, self.controlling, now + wait, is_single=is_consent
        )
        self._out.append(Send(data, pair.address))

    @property
    def _has_to_name(self) -> bool:
        """Whether a way has to be named by us, and that is not being done."""
        if (
            not self.controlling
            or self._is_settled
            or not any(p.state is State.SUCCEEDED for p in self._pairs.values())
        ):
            return False
        return not any(check.names for check in self._checks.values()) and not any(
            names for _, names in self._triggered
        )

    def _nominate(self, now: float) -> None:
        """A controlling agent names the best way that works, once there is nothing better to wait for (8.1.1)."""
        works = [pair for pair in self._pairs.values() if pair.state is State.SUCCEEDED]
        if not works or not self._has_to_name or self._worked_at is None:
            return
        best = max(works, key=lambda pair: pair.priority)
        untried = (State.WAITING, State.IN_PROGRESS)
        is_best = not any(p.state in untried and p.priority > best.priority for p in self._pairs.values())
        if is_best or now >= self._worked_at + SETTLE_S:
            self._check(best, True, now)

    def _consent_wait(self) -> float:
        """The time between checks, spread by a fifth (RFC 7675 5.1)."""
        return CONSENT_S * (0.8 + 0.4 * self._random(1)[0] / 255)

    def _consented(self, pair: Pair, now: float) -> None:
        if pair is self._path:
            self._consent_until = now + CONSENT_S_MAX

    def _ask_consent(self, now: float) -> None:
        if self._path is None or self._lite or now < self._next_consent_at:
            return
        self._next_consent_at = now + self._consent_wait()
        self._check(self._path, False, now, is_consent=True)

    def _give_up(self, now: float) -> None:
        if self.stage is Stage.CONNECTED and now >= self._consent_until:
            self.stage = Stage.LOST
        elif self.stage is Stage.CHECKING and self._heard_at is not None:
            if now < self._heard_at + limits.setup_s_max:
                return
            self.stage = Stage.FAILED
        else:
            return
        self._path = None
        self._checks.clear()
        self._out.append(Path(None))
