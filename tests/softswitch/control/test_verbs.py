"""What each verb takes: the table whole, wrong values refused before anything is done."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.control.messages import ControlError
from softswitch.control.verbs import BY_NAME, VERBS, read

GOOD: dict[str, Any] = {
    "side": "callee",
    "target": "103",
    "keep": "caller",
    "as": "ann",
    "slot": "07",
    "with": "c2",
    "loop": True,
    "prompts": ["sound:vm-intro", "tone:de/busy", "prompt:hello"],
    "digits": "42",
    "text": "Your number is 42.",
    "language": "ru",
    "mode": "mask",
}
BAD = ["both", 5, "", "x" * 65, "00", "123", [], ["/etc/passwd"], ["sound:../x"], "4x", None, True, {}, "caller\n"]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_takes_its_fields(verb: Any) -> None:
    given = {field.name: GOOD[field.name] for field in verb.fields}
    assert given == read(verb, {"op": verb.name, "v": 1, "call": "c1", "key": "k", **given})


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_field_refuses_what_it_is_not(verb: Any) -> None:
    for field in verb.fields:
        fine = {one.name: GOOD[one.name] for one in verb.fields}
        wrong = [value for value in BAD if not field.check(value) and value is not None]
        assert len(BAD) - (6 if field.name == "text" else 5) <= len(wrong), (field.name, wrong)
        for value in wrong:
            with pytest.raises(ControlError) as refused:
                read(verb, {**fine, field.name: value})
            assert ("bad_field", 422) == (refused.value.code, refused.value.status)


def test_what_may_be_left_out_has_a_default() -> None:
    assert {"side": "caller"} == read(BY_NAME["hold"], {})
    assert {"slot": None, "keep": None, "as": None} == read(BY_NAME["park"], {})


def test_a_field_that_is_needed_is_missed() -> None:
    with pytest.raises(ControlError, match="target"):
        read(BY_NAME["transfer"], {})
