"""Log lines are one JSON object each, hold what strangers sent, and stay lines; they say which call they are about."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.logger import Logger, LogLevel, PredicateResult
from twisted.python.failure import Failure

from logs.about import About, about
from logs.process import LEVELS, LineFormatter, LineObserver, Wanted, level, set_level

EVIL = 'x\r\n{"event": "all is lost"}\x1b]0;owned\x07\udcff'


def observed(event: dict[str, Any]) -> dict[str, Any]:
    """The line of an event of Twisted's, read again."""
    out = io.StringIO()
    LineObserver("switch", "n1", out)(event)
    (text,) = out.getvalue().splitlines()
    assert text.isascii()
    assert not set("\r\x1b\x07") & set(text)
    return dict(json.loads(text))


def event(**more: Any) -> dict[str, Any]:
    return {"log_level": LogLevel.warn, "log_namespace": "softswitch.trunks", "log_time": 0.0, **more}


def test_an_event_has_the_names_of_every_line_and_its_facts() -> None:
    found = observed(event(log_format="trunk {trunk}: {state}", trunk="north", state="down", log_logger=Logger()))
    expected = {
        "at": "1970-01-01T00:00:00.000Z",
        "level": "warning",
        "process": "switch",
        "node": "n1",
        "event": "softswitch.trunks",
        "text": "trunk north: down",
        "trunk": "north",
        "state": "down",
    }
    assert expected == found
    assert list(expected) == list(found)


def test_what_strangers_wrote_stays_within_its_line() -> None:
    found = observed(event(log_format="phone {uri}", uri=EVIL, log_failure=Failure(ValueError(EVIL))))
    assert EVIL == found["uri"]
    assert f"phone {EVIL}" == found["text"]
    assert "ValueError" in found["failure"]


def test_a_line_says_which_call_and_company_it_is_about() -> None:
    with About("riverside", "c1"):
        inside = observed(event(log_format="hello"))
        with About("lakeside", None):
            nearer = observed(event(log_format="hello", call="c2"))
    assert ("riverside", "c1") == (inside["tenant"], inside["call"])
    assert ("lakeside", "c2") == (nearer["tenant"], nearer["call"])
    assert (None, None) == about()
    assert "call" not in observed(event(log_format="hello"))


def test_a_record_of_python_has_the_same_form() -> None:
    try:
        raise ValueError(EVIL)
    except ValueError:
        record = logging.LogRecord("sip", logging.ERROR, "f", 1, "from %s", (EVIL,), sys.exc_info())
    record.created = 0.0
    with About("riverside", "c1"):
        text = LineFormatter("switch", "n1").format(record)
    found = json.loads(text)
    assert 1 == len(text.splitlines())
    assert ("error", "sip", f"from {EVIL}") == (found["level"], found["event"], found["text"])
    assert ("riverside", "c1", "1970-01-01T00:00:00.000Z") == (found["tenant"], found["call"], found["at"])
    assert "ValueError" in found["failure"]


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Python's root logger, as it was afterwards."""
    found = logging.getLogger()
    before = found.level
    yield found
    found.setLevel(before)


@pytest.mark.parametrize("chosen", LEVELS)
def test_the_level_counts_for_our_lines_at_once_and_of_others_only_what_is_wrong(
    root: logging.Logger, chosen: str
) -> None:
    wanted = Wanted("softswitch")
    set_level(chosen)
    assert chosen == level()
    assert logging.getLevelName(chosen.upper()) == root.level
    levels = (LogLevel.debug, LogLevel.info, LogLevel.warn, LogLevel.error, LogLevel.critical)

    def written(place: str | None) -> list[bool]:
        return [wanted(event(log_level=one, log_namespace=place)) is PredicateResult.maybe for one in levels]

    ours = [at >= LEVELS.index(chosen) for at in range(len(levels))]
    assert [ours, ours] == [written("softswitch"), written("softswitch.trunks")]
    for place in ("softswitchboard", "twisted.web", "", None):
        assert [False, False, True, True, True] == written(place)
