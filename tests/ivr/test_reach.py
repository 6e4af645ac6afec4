"""Why a call is sent on to somebody outside, as the carrier is told (RFC 5806 4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from configdb.model import Target, Tenant, User
from configdb.snapshot import TenantView
from ivr.effects import Dial, Party
from ivr.events import DialDone
from ivr.reach import Reach
from ivr.talk import Caller, Talk

MOBILE = "+12025550177"
OUT = {"kind": "number", "id": MOBILE}


def sent_on(user: dict[str, Any], outcome: str | None) -> Party:
    """Whom a call to that user is sent on to, when ringing them ended like that."""
    ann = User.model_validate({"id": "ann", "name": "Ann", "extension": "101", **user})
    talk = Talk(TenantView(Tenant(id="t", name="T", timezone="UTC"), 1, users={"ann": ann}), Caller("+1"), True, NOON)
    reach = Reach()
    reach.begin(Target(kind="user", id="ann"), None, talk)
    if outcome is not None:
        reach.hear(DialDone(outcome=outcome, who=None, declined=()), talk)  # type: ignore[arg-type]  # one of the outcomes
    dials = [effect for effect in talk.taken() if isinstance(effect, Dial)]
    return dials[-1].parties[-1]


NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("user", "outcome", "because"),
    [
        ({"forward": OUT}, None, "unconditional"),
        ({"no_answer": OUT}, "no_answer", "no-answer"),
        ({"no_answer": OUT}, "busy", "user-busy"),
        ({"on_busy": OUT}, "declined", "user-busy"),
        ({"on_unreachable": OUT}, "unreachable", "unavailable"),
        ({"no_answer": OUT}, "failed", "unknown"),
        ({"statuses": [{"id": "out", "name": "Out", "forward": OUT}], "status": "out"}, None, "away"),
        ({"follow_me": [OUT], "follow_me_when": "together"}, None, "follow-me"),
    ],
)
def test_the_carrier_is_told_why(user: dict[str, Any], outcome: str | None, because: str) -> None:
    found = sent_on(user, outcome)
    assert (MOBILE, because) == (found.id, found.because)
