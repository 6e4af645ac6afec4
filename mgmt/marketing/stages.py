"""Which stages a sign-up has reached. Pure."""

from __future__ import annotations

from configdb.marketing import STAGES, Stage
from mgmt.limits import trial_ending_s
from mgmt.signup.machine import ACTIVE, CLOSED, CLOSING, STARTED, SUSPENDED, TRIAL, Signup


def reached(found: Signup, called: bool, now: float) -> tuple[Stage, ...]:
    """In their order; `called`: the company had a call. What a sign-up was before it was closed cannot be seen any longer."""
    held: set[Stage] = {"lead"}
    if found.state != STARTED:
        held.add("signup")
    if found.state in (TRIAL, ACTIVE, SUSPENDED):
        held.add("trial_started")
        if called:
            held.add("first_call")
    if found.state == TRIAL and 0 < (found.trial_until or 0.0) - now <= trial_ending_s:
        held.add("trial_ending")
    if found.state == ACTIVE:
        held.add("paid")
    if found.state in (SUSPENDED, CLOSING, CLOSED):
        held.add("cancelled")
    return tuple(stage for stage in STAGES if stage in held)
