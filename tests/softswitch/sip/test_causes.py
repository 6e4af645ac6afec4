"""Causes of ends: Reason headers of all kinds, statuses without one, and what we say ourselves."""

from __future__ import annotations

import pytest

from softswitch.sip.causes import Q850, q850_of, reason_value, said
from softswitch.sip.headers import Headers


@pytest.mark.parametrize(
    "values, cause",
    [
        (['Q.850;cause=31;text="Normal, unspecified"'], Q850(31, "Normal, unspecified")),
        (["q.850 ; cause=17"], Q850(17)),
        (['SIP;cause=200;text="Call completed elsewhere"'], Q850(26, "Call completed elsewhere")),
        (["SIP;cause=486"], Q850(17)),
        (["SIP;cause=486, Q.850;cause=34"], Q850(34)),
        (["SIP;cause=404", "Q.850;cause=1"], Q850(1)),
        (["preemption;cause=1"], None),
        (["Q.850;cause=0"], None),
        (["Q.850;cause=128, SIP;cause=503"], Q850(41)),
        (["Q.850"], None),
        (['Q.850;cause="'], None),
        ([], None),
    ],
)
def test_what_a_message_says_itself(values: list[str], cause: Q850 | None) -> None:
    assert cause == said(Headers([("Reason", value) for value in values]))


@pytest.mark.parametrize("status, cause", [(200, 16), (404, 1), (486, 17), (600, 17), (487, 16), (503, 41), (499, 127)])
def test_a_status_without_reason_has_a_cause(status: int, cause: int) -> None:
    assert cause == q850_of(status)


def test_words_of_others_are_bounded_and_quoted() -> None:
    found = said(Headers([("Reason", f'Q.850;cause=16;text="{"x" * 500}"')]))
    assert found is not None
    assert 80 == len(found.text or "")
    value = reason_value(16, 'he said "no"\\')
    assert Q850(16, 'he said "no"\\') == said(Headers([("Reason", value)]))
