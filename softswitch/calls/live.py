"""A call in progress as the operator sees it: one JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

State = Literal["routing", "menu", "queue", "ringing", "talking", "voicemail", "ended"]

steps_shown_max = 50


def live_document(
    identity: Mapping[str, Any],
    state: State,
    where: str,
    started_at: float,
    answered_at: float | None,
    mos: float | None,
    steps: Sequence[Mapping[str, Any]],
    queue: str | None = None,
    flow: str | None = None,
) -> dict[str, Any]:
    """The document of `GET /api/v1/calls/live` with epoch times; the newest `steps_shown_max` steps.

    queue: the last one in which the caller waited; flow: the one that they are in, as far as it is known.
    """
    shown = [{key: step[key] for key in ("at", "code", "text", "node")} for step in steps[-steps_shown_max:]]
    return {
        **identity,
        "state": state,
        "where": where,
        "queue": queue,
        "flow": flow,
        "started_at": started_at,
        "answered_at": answered_at,
        "mos": mos,
        "steps": shown,
    }
