"""The simulator says which trunk carries a call to the outside, dialled or sent on, and why one is not carried."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from installer.demo_tenant import ANN_NUMBER, CALLER_NUMBER, TENANT, documents
from softswitch.routing.simulate import simulate_number
from tests.softswitch.calls.world import riverside

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
OUTSIDE = "+13125550199"
TENANT_DOCUMENT = documents(lambda *_: ("a" * 32, "b" * 64))["tenant", TENANT]
SENT_ON = {("number", ANN_NUMBER): {"id": ANN_NUMBER, "target": {"kind": "number", "id": OUTSIDE}}}


def codes(dialled: str, caller: str, outbound: dict[str, Any] | None = None) -> tuple[list[str], str]:
    more = {("tenant", TENANT): {**TENANT_DOCUMENT, "outbound": outbound or {}}, **SENT_ON}
    result = simulate_number(riverside(more), TENANT, dialled, caller, NOON)
    return [one.step.code for one in result.steps if one.step.code.startswith("outbound.")], result.outcome


@pytest.mark.parametrize(
    ("dialled", "caller", "rules", "expected"),
    [
        (OUTSIDE, "101", {}, (["outbound.number", "outbound.trunk"], "answered")),
        (OUTSIDE, "101", {"blocked": ["1312"]}, (["outbound.number", "outbound.blocked"], "rejected 403")),
        (ANN_NUMBER, CALLER_NUMBER, {}, (["outbound.trunk"], "answered")),
        (ANN_NUMBER, CALLER_NUMBER, {"countries": ["GB"]}, (["outbound.country"], "unavailable")),
    ],
)
def test_which_trunk_and_why(dialled: str, caller: str, rules: dict[str, Any], expected: tuple[list[str], str]) -> None:
    assert expected == codes(dialled, caller, rules)
