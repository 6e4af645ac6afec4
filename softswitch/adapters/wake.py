"""Sleeping phones (RFC 8599 5): a phone is asked to wake by push, what is meant for it waits until it registers again.

Who sends the push is not decided here: `ask` hands the wish over, with the time until which it is of use, and takes it back
("cancel") when the call was answered elsewhere, is over, or waits no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from softswitch.calls.effects import InviteLeg
from softswitch.peers.phones import Change, Contact
from softswitch.routing.numbers import ANONYMOUS
from softswitch.sip.fields.outbound import Push
from softswitch.transport.clock import stop

WAITING_MAX = 2_000
"""Who may wait for sleeping phones at a time."""
BY_ITSELF_S_MAX, BY_HAND_S_MAX = 12.0, 25.0
"""How long a call waits for a phone that wakes by itself; for a page, which its person opens."""


@dataclass(frozen=True, slots=True)
class Wake:
    """A phone to be woken. `caller` is the number that calls; after `deadline_s` seconds nobody waits any more."""

    tenant: str
    user: str
    device: str
    push: Push
    call: str
    caller: str
    deadline_s: float

    def document(self) -> dict[str, Any]:
        """As it goes to the push service."""
        return {
            "tenant": self.tenant,
            "user": self.user,
            "device": self.device,
            "provider": self.push.provider,
            "prid": self.push.prid,
            "param": self.push.param,
            "call": self.call,
            "from": self.caller,
            "deadline_s": self.deadline_s,
        }


@dataclass(slots=True)
class _Waiting:
    leg: str
    wake: Wake
    woken: Callable[[Contact], None]
    timer: Any


class Wakes:
    """Everybody who waits for a phone."""

    def __init__(self, reactor: Any, ask: Callable[[str, Wake], None]) -> None:
        self._reactor, self._ask = reactor, ask
        self._waiting: list[_Waiting] = []

    def wait(self, leg: str, wake: Wake, woken: Callable[[Contact], None], gone: Callable[[], None]) -> None:
        """Wakes a phone for a leg; `woken` gets its contact once it has registered, `gone` is told at the deadline."""
        if len(self._waiting) >= WAITING_MAX:
            self._reactor.callLater(0, gone)
            return
        waiting = _Waiting(leg, wake, woken, None)

        def over() -> None:
            self._waiting.remove(waiting)
            self._ask("cancel", wake)  # what is shown of the call is over
            gone()

        waiting.timer = self._reactor.callLater(wake.deadline_s, over)
        self._waiting.append(waiting)
        self._ask("wake", wake)

    def released(self, leg: str) -> None:
        """The leg is over: whoever still sleeps need not wake for it any more."""
        for waiting in [w for w in self._waiting if w.leg == leg]:
            self._waiting.remove(waiting)
            stop(waiting.timer)
            self._ask("cancel", waiting.wake)

    def changed(self, change: Change) -> None:
        """An observer of the registrar: the phone of that push name is there."""
        contact = change.contact
        if change.event not in ("created", "refreshed") or contact.binding.push is None or not self._waiting:
            return
        name = (contact.tenant, contact.user, contact.device, contact.binding.push.prid)
        for waiting in [w for w in self._waiting if _name(w.wake) == name]:
            self._waiting.remove(waiting)
            stop(waiting.timer)
            waiting.woken(contact)


def wake_s_max(push: Push) -> float:
    """How long a call waits for it."""
    return BY_HAND_S_MAX if push.provider == "webpush" else BY_ITSELF_S_MAX


def wake_for(sleeper: Contact, push: Push, call: str, wanted: InviteLeg) -> Wake:
    """What wakes that phone for that leg: who hides is not named to the push service either."""
    caller = ANONYMOUS if wanted.withheld else wanted.caller
    return Wake(sleeper.tenant, sleeper.user, sleeper.device, push, call, caller, wake_s_max(push))


def _name(wake: Wake) -> tuple[str, str, str, str | None]:
    return wake.tenant, wake.user, wake.device, wake.push.prid
