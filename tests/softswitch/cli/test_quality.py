"""Quality on the command line: a call in words."""

from __future__ import annotations

from typing import Any

import pytest

from softswitch.cli.acceptance import _address
from softswitch.cli.output import CliError
from softswitch.cli.quality import in_words

DEFECT = {"start_s": 1.0, "end_s": 2.5, "value": -44.0, "unit": "dBov", "text": {"en": "mains hum", "ru": "гул"}}
CHANNEL = {"mos": 3.2, "error": 0.4, "level_dbov": -26.0, "defects": [DEFECT]}
SILENT = {"mos": None, "error": None, "level_dbov": None, "defects": []}


def said(**more: Any) -> list[str]:
    return list(in_words({"verdicts": [], "heard": None, "waiting": False, **more}))


def test_a_call_is_told_in_words() -> None:
    heard = said(verdicts=[{"text": {"en": "the trunk north: lost"}}], heard={"channels": [CHANNEL, SILENT]})
    assert [
        "the trunk north: lost",
        "The caller: MOS 3.20 ± 0.40, -26.0 dBov",
        "      1.0 – 2.5 s  mains hum (-44.0 dBov)",
        "What the caller heard: no opinion, silent",
    ] == heard


def test_what_was_not_heard_is_said_so() -> None:
    nothing = "Nothing was wrong, as far as it was measured."
    assert [nothing, "The recording waits to be heard."] == said(waiting=True)
    assert [nothing, "No recording was heard."] == said()


def test_a_gateway_is_host_and_port() -> None:
    assert [("192.0.2.1", 5060), ("2001:db8::1", 5062)] == [_address("192.0.2.1:5060"), _address("[2001:db8::1]:5062")]
    for wrong in ("192.0.2.1", ":5060", "host:port"):
        with pytest.raises(CliError, match="host:port"):
            _address(wrong)
