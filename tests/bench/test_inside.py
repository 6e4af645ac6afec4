"""The bench of one process makes a call as the switch and its media worker are now, not as they were when it was written."""

from __future__ import annotations

from pathlib import Path

from history.spool import SpoolReader
from tests.bench.inside import CALLER, GATEWAY, Inside

LEGS = {"caller": "PCMU", "callee": "PCMU"}
TO_CALLER = ["SIP/2.0 100", "SIP/2.0 180", "SIP/2.0 200", "SIP/2.0 200"]
TO_GATEWAY = ["INVITE", "ACK", "BYE"]


def test_the_bench_bridges_a_call_and_ends_it_with_its_record(tmp_path: Path) -> None:
    switch = Inside(tmp_path)
    try:
        switch.call(0)
        assert {} == switch._board.calls
        assert TO_CALLER == [data[:11].decode() for data, to in switch.wire.sent if to == CALLER]
        assert TO_GATEWAY == [data.split()[0].decode() for data, to in switch.wire.sent if to == GATEWAY]
    finally:
        switch.close()
    records = [record for _, record in SpoolReader(tmp_path / "spool").read(0, 100)]
    closed = [record["call"] for record in records if record["kind"] == "call.close"]
    assert ["answered"] == [call["outcome"] for call in closed]
    legs = {record["leg"]["role"]: record["leg"]["codec"] for record in records if record["kind"] == "leg.close"}
    assert LEGS == legs


def test_the_bench_asks_for_options_and_is_answered(tmp_path: Path) -> None:
    switch = Inside(tmp_path)
    try:
        switch.options(0)
        assert [(b"SIP/2.0 200 OK", CALLER)] == [(data[:14], to) for data, to in switch.wire.sent]
    finally:
        switch.close()
