"""What a command prints cannot command the terminal it is printed on."""

from __future__ import annotations

import json

import pytest

from softswitch.cli.output import Output

EVIL = "[bold]x[/nothing]\x1b]0;owned\x07\x9b2J\u202e"


def test_a_table_shows_markup_as_text_and_no_escape_sequences(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).table([{"from": EVIL}], [("from", "From")])
    printed = capsys.readouterr().out
    assert "[bold]x[/nothing]\ufffd]0;owned\ufffd\ufffd2J\ufffd" in printed
    assert not set("\x1b\x07\x9b\u202e") & set(printed)


def test_lines_and_notes_hold_no_escape_sequences(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(as_json=False)
    output.lines([EVIL], {})
    output.note(EVIL)
    captured = capsys.readouterr()
    assert not set("\x1b\x07\x9b\u202e") & set(captured.out + captured.err)


def test_json_is_the_document_and_holds_no_escape_sequences(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).document({"from": EVIL + "\udcff"})
    printed = capsys.readouterr().out
    assert {"from": EVIL + "\udcff"} == json.loads(printed)
    assert not set("\x1b\x07\x9b\u202e") & set(printed)
