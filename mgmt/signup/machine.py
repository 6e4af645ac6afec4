"""A sign-up, and the ways it may go.

    started ──verify──► verified ──choose──► reserved ──provision──► provisioning ──made──► trial ──pay──► active
                          │  ▲                  │  └─choose another─┘    ▲    │               ▲ │            ▲ │
                          │  └──ran out, refused┴────────────────────────┼────┘          resume ended    pay │ suspend
                          └──provision: a plan without a number──────────┘                    │ ▼            │ ▼
                                                                                            suspended      suspended

    trial, active without a number ──upgrade: one with a plan that has it──► trial of that plan
    every state ──close──► closing ──released, refunded──► closed

`provisioning` and `closing` are states of the engine alone: who finds one there takes it to its end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from history.documents import Document

STARTED, VERIFIED, RESERVED, PROVISIONING = "started", "verified", "reserved", "provisioning"
TRIAL, ACTIVE, SUSPENDED, CLOSING, CLOSED = "trial", "active", "suspended", "closing", "closed"
STATES = (STARTED, VERIFIED, RESERVED, PROVISIONING, TRIAL, ACTIVE, SUSPENDED, CLOSING, CLOSED)
LIVING = (TRIAL, ACTIVE, SUSPENDED)


class Step(Enum):
    """What happens to a sign-up."""

    VERIFY = "verify"
    CHOOSE = "choose"
    PROVISION = "provision"
    MADE = "made"
    BACK = "back"
    PAY = "pay"
    UPGRADE = "upgrade"
    END_TRIAL = "end_trial"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"
    GONE = "gone"


WAYS: dict[tuple[str, Step], str] = {
    (STARTED, Step.VERIFY): VERIFIED,
    (VERIFIED, Step.CHOOSE): RESERVED,
    (RESERVED, Step.CHOOSE): RESERVED,
    (VERIFIED, Step.PROVISION): PROVISIONING,
    (RESERVED, Step.PROVISION): PROVISIONING,
    (PROVISIONING, Step.PROVISION): PROVISIONING,
    (PROVISIONING, Step.MADE): TRIAL,
    (RESERVED, Step.BACK): VERIFIED,
    (PROVISIONING, Step.BACK): VERIFIED,
    (TRIAL, Step.PAY): ACTIVE,
    (SUSPENDED, Step.PAY): ACTIVE,
    (TRIAL, Step.UPGRADE): TRIAL,
    (ACTIVE, Step.UPGRADE): TRIAL,
    (TRIAL, Step.END_TRIAL): SUSPENDED,
    (TRIAL, Step.SUSPEND): SUSPENDED,
    (ACTIVE, Step.SUSPEND): SUSPENDED,
    (SUSPENDED, Step.RESUME): TRIAL,
    **{(state, Step.CLOSE): CLOSING for state in STATES if state != CLOSED},
    (CLOSING, Step.GONE): CLOSED,
}


class NotNow(Exception):
    """Theirs: a sign-up in this state does not go that way."""


@dataclass(frozen=True, slots=True)
class Signup(Document):
    """`id` is unguessable: who knows it may go on. tenant: the company's id, from the beginning.

    currency: in which it pays ("": the plan's own).
    code_sha256: of the code that was mailed last; codes, code_tries: how many were, how often one was tried.
    number: what was chosen. trial_until: when the trial ends. free: its plan costs nothing. said: why it went back.
    campaign: what brought them. partner, account: who sent them, and as whom; token: what opens the account there, sealed;
    about: what else the partner said. leaves_at: when everything is given back of who left.
    consent: to news, "yes", "withdrawn" or nothing; told: which stages which sink was told.
    """

    id: str
    tenant: str
    email: str
    company: str
    plan: str
    made_at: float
    country: str = "US"
    language: str = "en"
    partner: str = ""
    account: str = ""
    state: str = STARTED
    changed_at: float = 0.0
    code_sha256: str = ""
    codes: int = 0
    code_tries: int = 0
    number: str | None = None
    trial_until: float | None = None
    said: str = ""
    campaign: str = ""
    token: str = ""
    about: dict[str, str] = field(default_factory=dict)
    leaves_at: float | None = None
    consent: str = ""
    told: list[str] = field(default_factory=list)
    currency: str = ""
    free: bool = False


def stepped(found: Signup, step: Step, now: float, **others: Any) -> Signup:
    """After a step. Raises `NotNow`."""
    state = WAYS.get((found.state, step))
    if state is None:
        raise NotNow(f"it is {found.state}")
    return replace(found, state=state, changed_at=now, **others)
