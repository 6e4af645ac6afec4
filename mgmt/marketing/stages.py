"""Which stages a sign-up has reached. Pure."""

from __future__ import annotations

from configdb.marketing import STAGES, Stage
from mgmt.limits import trial_ending_s
from mgmt.signup.machine import ACTIVE, CLOSED, CLOSING, RESERVED, STARTED, SUSPENDED, TRIAL, VERIFIED, Signup


def reached(found: Signup, called: bool, now: float, abandoned_s: float) -> tuple[Stage, ...]:
    """In their order; `called`: the company had a call. What a sign-up was before it was closed cannot be seen any longer.

    abandoned_s: how long somebody may stand still on the way to a company.
    """
    held: set[Stage] = {"lead"}
    ended = found.state in (CLOSING, CLOSED)
    if found.trial_until is not None or not (ended or found.state == STARTED):
        held.add("signup")
    waits = found.state in (STARTED, VERIFIED, RESERVED)
    if (waits and now - found.changed_at >= abandoned_s) or (ended and found.trial_until is None):
        held.add("abandoned")
    living = found.state in (TRIAL, ACTIVE, SUSPENDED)
    if living and not found.free:
        held.add("trial_started")
    if living and called:
        held.add("first_call")
    if found.state == TRIAL and 0 < (found.trial_until or 0.0) - now <= trial_ending_s:
        held.add("trial_ending")
    if found.state == ACTIVE and not found.free:
        held.add("paid")
    if found.state == SUSPENDED or (ended and found.trial_until is not None):
        held.add("cancelled")
    return tuple(stage for stage in STAGES if stage in held)
