"""Who calls: found in time the name is shown, found late or not at all the call is as it was, and it never waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from history.contact import Contact, puts
from history.embedded import EmbeddedStore
from softswitch.adapters import caller_names
from softswitch.adapters.caller_names import ASKED_MAX, FOUND_S_MAX, KEPT_S, CallerNames
from tests.softswitch.stage import Stage

CALLER = "+12025550100"
INTO = "+12025550124"
"""Ann's number."""

Asked = list[tuple[tuple[str, str], "Deferred[str | None]"]]


@pytest.fixture
def asked() -> Iterator[Asked]:
    """What is asked of the history, which answers when the test wants it to."""
    found: Asked = []

    def defer(reactor: Any, pool: Any, find: Callable[..., Any], *about: str) -> Deferred[str | None]:
        answer: Deferred[str | None] = Deferred()
        found.append(((about[0], about[1]), answer))
        return answer

    with patch.object(caller_names, "deferToThreadPool", defer):
        yield found


class Reactor(Clock):
    """It never shuts down."""

    def addSystemEventTrigger(self, *_: object) -> None:
        """Nothing ends here."""


def names(clock: Reactor) -> CallerNames:
    return CallerNames(clock, lambda tenant, number: None, None)  # type: ignore[arg-type]  # the board is not used


def test_a_name_that_comes_in_time_is_told_and_kept_for_a_while(asked: Asked) -> None:
    clock, told = Reactor(), list[str]()
    book = names(clock)
    book.ask("riverside", CALLER, told.append)
    clock.advance(FOUND_S_MAX)
    asked[0][1].callback("Eve")
    book.ask("riverside", CALLER, told.append)
    assert (["Eve", "Eve"], 1) == (told, len(asked))
    book.ask("lakeside", CALLER, told.append)
    clock.advance(KEPT_S)
    book.ask("riverside", CALLER, told.append)
    assert ["riverside", "lakeside", "riverside"] == [about[0] for about, _ in asked]


def test_a_name_that_comes_late_is_for_the_next_call(asked: Asked) -> None:
    clock, told = Reactor(), list[str]()
    book = names(clock)
    book.ask("riverside", CALLER, told.append)
    clock.advance(FOUND_S_MAX + 0.01)
    asked[0][1].callback("Eve")
    assert [] == told
    book.ask("riverside", CALLER, told.append)
    assert ["Eve"] == told


def test_a_history_that_fails_or_hangs_costs_nothing_and_room_comes_back(asked: Asked) -> None:
    clock, told = Reactor(), list[str]()
    book = names(clock)
    for number in range(ASKED_MAX + 5):
        book.ask("riverside", f"+1202555{number:04}", told.append)
    assert ASKED_MAX == len(asked)
    asked[0][1].errback(OSError("away"))
    book.ask("riverside", "+12025559999", told.append)
    assert (ASKED_MAX + 1, []) == (len(asked), told)


def test_the_phone_that_rings_shows_the_name_of_the_contact(tmp_path: Path) -> None:
    history = EmbeddedStore(tmp_path / "history.sqlite3")
    eve = Contact("c1", "riverside", "Eve Stone", 1.0, 1.0, phones=[CALLER])
    history.shelves.write(puts(eve, None))
    history.close()
    stage = Stage(tmp_path)
    try:
        stage.phones["sam"].call(INTO)
        stage.turn()
        invite = stage.phones["ann"].dialogs[0].request
        assert "Eve Stone" in (invite.headers.get("From") or "")
        assert "caller.known" in stage.steps()
        (live,) = stage.switch.service._board.documents({"riverside"})
        assert "Eve Stone" == live["from_name"]
    finally:
        stage.close()


def test_without_contacts_the_call_is_as_it_was(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        stage.phones["sam"].call(INTO)
        stage.turn()
        assert ["INVITE"] == stage.phones["ann"].take()
        assert "caller.known" not in stage.steps()
    finally:
        stage.close()
