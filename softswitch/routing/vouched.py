"""What a verdict on the caller's signature does to a route: a step, the attestation, and the refusal where one is due."""

from __future__ import annotations

from dataclasses import replace

from ivr.steps import Step
from softswitch.routing.route import Reject, Route


def vouched(route: Route, outcome: str, why: str, attestation: str | None, reject: Reject | None) -> Route:
    """`outcome` is "passed", "failed", "unknown" or "none"; `attestation` is A, B or C of one that passed."""
    step = Step(f"stir.{outcome}", why, {"attestation": attestation} if attestation is not None else {})
    return replace(route, steps=(*route.steps, step), attestation=attestation or outcome, reject=route.reject or reject)
