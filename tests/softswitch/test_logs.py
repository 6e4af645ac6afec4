"""Log lines hold what strangers sent, and stay lines."""

from __future__ import annotations

import logging
import sys

from twisted.logger import LogLevel
from twisted.python.failure import Failure

from softswitch.logs import PlainFormatter, plain_event

EVIL = "x\r\n2026-01-01 [softswitch#error] all is lost\x1b]0;owned\x07\udcff"


def test_a_message_is_one_line_whatever_is_in_it() -> None:
    record = logging.LogRecord("sip", logging.INFO, "f", 1, "from %s", (EVIL,), None)
    text = PlainFormatter("%(name)s %(message)s").format(record)
    assert "sip from x\ufffd\ufffd2026-01-01 [softswitch#error] all is lost\ufffd]0;owned\ufffdÿ" == text
    assert text.encode()


def test_only_a_traceback_has_more_lines() -> None:
    try:
        raise ValueError(EVIL)
    except ValueError:
        text = PlainFormatter("%(message)s").format(logging.LogRecord("n", 40, "f", 1, "broke", (), sys.exc_info()))
    assert text.startswith("broke\nTraceback")
    assert "\x1b" not in text


def test_lines_of_an_event_after_the_first_begin_with_a_tab() -> None:
    event = {
        "log_level": LogLevel.info,
        "log_namespace": "softswitch",
        "log_time": 0.0,
        "log_format": "phone {uri}",
        "uri": EVIL,
        "log_failure": Failure(ValueError("x")),
    }
    text = plain_event(event) or ""
    first, *rest = text.rstrip("\n").split("\n")
    assert "phone x" in first
    assert rest
    assert all(line.startswith("\t") for line in rest)
    assert not set("\r\x1b\x07") & set(text)
    assert text.encode()
