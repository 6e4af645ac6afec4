"""A client's key: done once, answered alike, refused for another request, bounded."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.control.messages import ControlError
from softswitch.control.once import Once


class Counter:
    """An operation that counts; the first is refused when it is to be."""

    def __init__(self, refuse: bool = False) -> None:
        self.done, self._refuse = 0, refuse

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        self.done += 1
        if self._refuse:
            raise ControlError("no_call", "there is no such call", 404)
        return {"number": self.done}


def test_the_same_request_with_the_same_key_is_done_once() -> None:
    counter = Counter()
    once = Once().guarded(counter)
    answers = [once({"id": number, "op": "hold", "tenant": "t", "key": "k", "call": "c"}) for number in (1, 2)]
    assert ([{"number": 1}] * 2, 1) == (answers, counter.done)


def test_without_a_key_each_request_is_its_own() -> None:
    counter = Counter()
    once = Once().guarded(counter)
    assert [1, 2] == [once({"op": "hold"})["number"] for _ in range(2)]


@pytest.mark.parametrize("other", [{"tenant": "u"}, {"key": "l"}, {"op": "mute"}])
def test_keys_are_of_a_tenant_and_an_operation(other: dict[str, Any]) -> None:
    counter = Counter()
    once = Once().guarded(counter)
    first = {"op": "hold", "tenant": "t", "key": "k"}
    once(first)
    once(first | other)
    assert 2 == counter.done


def test_a_key_for_another_request_is_refused() -> None:
    once = Once().guarded(Counter())
    once({"op": "hold", "key": "k", "call": "c"})
    with pytest.raises(ControlError, match="another request"):
        once({"op": "hold", "key": "k", "call": "d"})


@pytest.mark.parametrize("key", ["", "x" * 129, 5, True, ["k"]])
def test_what_is_no_key_is_refused(key: Any) -> None:
    with pytest.raises(ControlError, match="a key is"):
        Once().guarded(Counter())({"op": "hold", "key": key})


def test_a_refusal_is_an_answer_too() -> None:
    counter = Counter(refuse=True)
    once = Once().guarded(counter)
    for _ in range(2):
        with pytest.raises(ControlError, match="no such call") as refused:
            once({"op": "hold", "key": "k"})
        assert 404 == refused.value.status
    assert 1 == counter.done


def test_the_oldest_answers_are_forgotten() -> None:
    counter = Counter()
    once = Once(kept_max=2).guarded(counter)
    for key in "abca":
        once({"op": "hold", "key": key})
    assert 4 == counter.done
