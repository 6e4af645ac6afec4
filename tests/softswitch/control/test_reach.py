"""The lists of several nodes are one; a refusal is not hidden in it."""

from __future__ import annotations

from softswitch.control.reach import REACHES, Reach, is_absent, together
from softswitch.control.verbs import VERBS


def test_every_verb_is_done_where_the_call_is() -> None:
    assert {Reach.HOLDER} == {REACHES[verb.name] for verb in VERBS}


def test_lists_are_put_together() -> None:
    answers = [{"ok": True, "rooms": [1]}, {"ok": True, "rooms": []}, {"ok": True, "rooms": [2, 3]}]
    assert {"ok": True, "rooms": [1, 2, 3]} == together(answers, ())


def test_who_is_missing_is_said() -> None:
    assert {"ok": True, "rooms": [], "missing": ["b"]} == together([{"ok": True, "rooms": []}], ("b",))


def test_a_refusal_is_the_answer() -> None:
    refused = {"ok": False, "code": "bad_tenants", "text": "", "status": 422}
    assert refused == together([{"ok": True, "calls": []}, refused], ())


def test_a_node_of_a_version_that_does_not_know_the_operation_yet_says_nothing_to_it() -> None:
    older = {"ok": False, "code": "unknown_operation", "text": "", "status": 404}
    assert {"ok": True, "rooms": [1, 2]} == together(
        [{"ok": True, "rooms": [1]}, older, {"ok": True, "rooms": [2]}], ()
    )
    assert is_absent(older)
    assert older == together([older], ())


def test_only_what_is_not_there_is_looked_for_elsewhere() -> None:
    assert [True, True, False, False] == [
        is_absent(answer) for answer in ({"code": "no_call"}, {"code": "no_room"}, {"code": "no_user"}, {"ok": True})
    ]
