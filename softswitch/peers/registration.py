"""Our registration at one gateway of a carrier (RFC 3261 10.2, 10.3; back-off of RFC 5626 4.5; Service-Route of RFC 3608).

```
          start              200                   refresh timer
  IDLE ---------> TRYING ----------> REGISTERED ------------------+
                  ^  |  ^                |                        |
     back-off over|  |  +----------------|------------------------+
                  |  v failure           |
                 WAITING                 |      stop, from anywhere: Expires 0 if a binding may be there
                                         +----> LEAVING ---- any answer ----> GONE
```
423 is answered at once with what it asks for, once in a row. Challenges are the sender's business: what comes here is the
answer to the request with credentials. `now` is seconds of one clock that never steps back; chance is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from configdb.model import Gateway, Trunk
from softswitch.peers.limits import REGISTER_EXPIRES_S_MAX, RETRY_AFTER_S_MAX
from softswitch.sip.errors import BadMessage
from softswitch.sip.message import Response, seconds_of

REFRESH_FROM, REFRESH_TO = 0.6, 0.85
"""A registration is refreshed when between these parts of its life are over, drawn anew each time."""

BACKOFF_BASE_S, BACKOFF_S_MAX = 30.0, 1800.0
"""RFC 5626 4.5: min(max, base * 2^failures), of which half to all is waited."""


class State(Enum):
    """See the figure."""

    IDLE = "idle"
    TRYING = "trying"
    REGISTERED = "registered"
    WAITING = "waiting"
    LEAVING = "leaving"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Send:
    """Send a REGISTER that asks for so many seconds; 0 takes the registration back."""

    expires_s: int


@dataclass(frozen=True, slots=True)
class Wake:
    """Call `woken` after so many seconds; replaces an earlier one. None: never."""

    after_s: float | None


Effect = Send | Wake


class Registration:
    """See the module. `random` gives numbers in [0, 1); `line` is the user of our Contact, to find it in answers."""

    def __init__(self, line: str, expires_s: int, random: Callable[[], float]) -> None:
        self.state = State.IDLE
        self.said = ""
        self.until = 0.0
        self.service_route: tuple[str, ...] = ()
        self.path: tuple[str, ...] = ()
        self.failures = 0
        self._line, self._asked_s, self._random = line, expires_s, random
        self._minimum_obeyed = False

    def registered(self, now: float) -> bool:
        """Whether the carrier has a binding of ours; a failed refresh does not end it before its time."""
        return self.until > now and self.state in (State.REGISTERED, State.TRYING, State.WAITING)

    def start(self, now: float) -> tuple[Effect, ...]:
        """Begin."""
        return self._try() if self.state is State.IDLE else ()

    def woken(self, now: float) -> tuple[Effect, ...]:
        """The timer ran out: refresh, or try again."""
        return self._try() if self.state in (State.REGISTERED, State.WAITING) else ()

    def stop(self, now: float) -> tuple[Effect, ...]:
        """The trunk is no more, or the node stops in good order."""
        if self.state in (State.LEAVING, State.GONE):
            return ()
        if self.state is State.TRYING or self.until > now:
            self.state = State.LEAVING
            return Wake(None), Send(0)
        self.state = State.GONE
        return (Wake(None),)

    def answered(self, response: Response, now: float) -> tuple[Effect, ...]:
        """The final answer to our last REGISTER."""
        self.said = f"{response.status} {response.reason}"
        match self.state:
            case State.LEAVING:
                self.state = State.GONE
                return ()
            case State.TRYING if 200 <= response.status < 300:
                return self._granted(response, now)
            case State.TRYING if response.status == 423 and not self._minimum_obeyed:
                return self._more(response, now)
            case State.TRYING:
                return self._failed(seconds_of(response.headers.get("Retry-After")), now)
        return ()

    def failed(self, reason: str, now: float) -> tuple[Effect, ...]:
        """No answer came, or it could not be sent."""
        match self.state:
            case State.LEAVING:
                self.state = State.GONE
            case State.TRYING:
                self.said = reason
                return self._failed(None, now)
        return ()

    def _try(self) -> tuple[Effect, ...]:
        self.state = State.TRYING
        return Wake(None), Send(self._asked_s)

    def _granted(self, response: Response, now: float) -> tuple[Effect, ...]:
        granted_s = min(self._granted_s(response), REGISTER_EXPIRES_S_MAX)
        if granted_s <= 0:
            self.said = f"{self.said}, but without our contact"
            return self._failed(None, now)
        self.state, self.failures, self._minimum_obeyed = State.REGISTERED, 0, False
        self.until = now + granted_s
        self.service_route = tuple(response.values("Service-Route"))
        self.path = tuple(response.values("Path"))
        return (Wake(granted_s * (REFRESH_FROM + (REFRESH_TO - REFRESH_FROM) * self._random())),)

    def _granted_s(self, response: Response) -> int:
        """RFC 3261 10.2.4: the expires parameter of our contact, else the Expires header, else what we asked for."""
        try:
            contacts = response.contacts
        except BadMessage:
            contacts = ()
        ours = next((each for each in contacts if each.uri.user == self._line), None)
        if contacts and ours is None:
            return 0
        said = seconds_of(ours.params.get("expires")) if ours is not None else None
        if said is None:
            said = seconds_of(response.headers.get("Expires"))
        return self._asked_s if said is None else said

    def _more(self, response: Response, now: float) -> tuple[Effect, ...]:
        least_s = seconds_of(response.headers.get("Min-Expires"))
        if least_s is None or not self._asked_s < least_s <= REGISTER_EXPIRES_S_MAX:
            return self._failed(None, now)
        self._asked_s, self._minimum_obeyed = least_s, True
        return (Send(least_s),)

    def _failed(self, retry_after_s: int | None, now: float) -> tuple[Effect, ...]:
        self.state, self._minimum_obeyed = State.WAITING, False
        self.failures += 1
        most_s = min(BACKOFF_S_MAX, BACKOFF_BASE_S * 2 ** min(self.failures, 16))
        wait_s = most_s * (0.5 + 0.5 * self._random())
        if retry_after_s:
            wait_s = max(wait_s, float(min(retry_after_s, RETRY_AFTER_S_MAX)))
        return (Wake(wait_s),)


def account_of(trunk: Trunk) -> tuple[object, ...]:
    """What a registration stands on: when it changes, we register anew."""
    return trunk.registration, trunk.username, trunk.password, trunk.realm


def record_of(trunk: Trunk, gateway: Gateway) -> tuple[str, str] | None:
    """The address of record that a trunk registers: user and domain; None when it registers none."""
    wanted = trunk.registration
    if wanted is None:
        return None
    return wanted.user or trunk.username or "", wanted.domain or gateway.host
