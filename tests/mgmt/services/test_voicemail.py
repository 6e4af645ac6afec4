"""What follows a voice message: written down by a program, told by mail through the outbox; each once, whatever dies between."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from configdb.log import Change
from history.shelves import UNTOLD, Query
from mgmt.limits import message_unfiled_s_max
from mgmt.mail.post import Post
from mgmt.services import outbox, voicemail
from mgmt.services.parts import Parts
from mgmt.services.runner import Errand
from mgmt.transcripts.engine import Engine, NotHeard
from tests.mgmt.conftest import NOW, World
from tests.mgmt.mail.server import MailServer, mail_server
from tests.mgmt.services.desk import parts_of

MEDIA = "voicemail-20270115-c1"
SAYS = [{"word": "hello", "start": 0.1, "end": 0.5, "confidence": 0.93}]


def engine(tmp_path: Path, printed: str, status: int = 0, languages: frozenset[str] | None = None) -> Engine:
    """A program that says this of every file."""
    program = tmp_path / "engine.py"
    program.write_text(
        f"import sys\nassert open(sys.argv[1], 'rb').read(4) == b'RIFF'\nprint({printed!r})\nsys.exit({status})"
    )
    return Engine("test", (sys.executable, str(program)), languages)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


@pytest.fixture
def parts(world: World, mail: MailServer) -> Iterator[Parts]:
    """Ann's mailbox tells her by mail, with the sound; her message is in the history and waits."""
    config = world.context.config
    box = {"id": "ann", "name": "Ann", "user": "ann", "email": "audio", "emails": ["desk@riverside.example"]}
    user = config.directory.tenants["riverside"].users["ann"].model_dump(mode="json") | {
        "email": "ann@riverside.example"
    }
    config.transact("riverside", [Change("mailbox", "ann", box), Change("user", "ann", user)], "test", "mail")
    world.context.history.update_activity("riverside", "vc1", lambda found: replace(found, mailbox="ann"))
    post = Post(f"smtp://127.0.0.1:{mail.port}", "PBX <pbx@example.net>")
    found = replace(parts_of(world), post=post)
    voicemail.kept(found.messages, "riverside", MEDIA, NOW)
    yield found
    found.messages.close()


def test_it_is_written_down_and_told_to_everybody_once(parts: Parts, mail: MailServer, tmp_path: Path) -> None:
    parts = replace(parts, engine=engine(tmp_path, json.dumps({"words": SAYS})))
    assert 1 == voicemail.run(parts).done
    message = parts.history.activity("riverside", "vc1")
    assert message is not None
    assert ("hello", SAYS) == (message.transcript, message.words)
    told = [row.body["event"] for row in parts.history.shelves.page(UNTOLD, "riverside", Query())]
    written = [event["data"]["activity"]["transcript"] for event in told if event["type"] == "voicemail.transcribed"]
    assert ["hello"] == written
    assert 0 == voicemail.run(parts).done
    outbox.run(parts)
    taken = [message_from_bytes(letter, policy=policy.default) for letter in mail.letters]
    assert {"ann@riverside.example", "desk@riverside.example"} == {str(letter["To"]) for letter in taken}
    assert all(b"hello" in letter and b"vc1.wav" in letter for letter in mail.letters)
    voicemail.kept(parts.messages, "riverside", MEDIA, NOW)  # told twice, as after a crash
    assert 1 == voicemail.run(parts).done
    outbox.run(parts)
    assert 2 == len(mail.letters)


@pytest.mark.parametrize(
    ("printed", "status"), [("", 1), ("not JSON", 0), ('{"words": [{"word": "x"}]}', 0), ('{"words": 3}', 0)]
)
def test_an_engine_that_fails_keeps_no_mail_back(
    parts: Parts, mail: MailServer, tmp_path: Path, printed: str, status: int
) -> None:
    parts = replace(parts, engine=engine(tmp_path, printed, status))
    assert "not written down" in voicemail.run(parts).text
    outbox.run(parts)
    assert 2 == len(mail.letters)


def test_who_stops_ends_the_engine_and_begins_anew_later(parts: Parts, mail: MailServer, tmp_path: Path) -> None:
    program, began = tmp_path / "slow.py", tmp_path / "began"
    program.write_text(
        f"import os, signal\nos.write(os.open({str(began)!r}, 65, 384), str(os.getpid()).encode())\nsignal.pause()"
    )
    slow = replace(
        parts, engine=Engine("slow", (sys.executable, str(program))), errand=Errand(stopping=lambda: began.exists())
    )
    assert 0 == voicemail.run(slow).done
    with pytest.raises(ProcessLookupError):
        os.kill(int(began.read_text()), 0)
    assert (1, []) == (len(parts.messages), mail.letters)
    assert [] == list((parts.data / "played").iterdir())


def test_without_an_engine_the_report_says_what_to_do(parts: Parts) -> None:
    assert "make voice" in voicemail.run(parts).text
    message = parts.history.activity("riverside", "vc1")
    assert message is not None
    assert message.transcript is None


def test_a_language_that_the_engine_does_not_know_is_left_alone(parts: Parts, tmp_path: Path) -> None:
    voicemail.run(replace(parts, engine=engine(tmp_path, "", 1, frozenset({"ru"}))))
    message = parts.history.activity("riverside", "vc1")
    assert message is not None
    assert message.transcript is None


def test_a_sound_without_its_message_waits_a_while_and_no_longer(world: World, parts: Parts) -> None:
    voicemail.kept(parts.messages, "riverside", "voicemail-20270115-none", NOW)
    assert 1 == voicemail.run(parts).done
    assert 1 == len(parts.messages)
    world.clock.now += message_unfiled_s_max + 1
    assert 1 == voicemail.run(parts).done
    assert 0 == len(parts.messages)


def test_words_have_times_and_a_measure_from_zero_to_one(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"RIFF")
    too_sure = [
        {"word": "a", "start": 0, "end": 1, "confidence": 7},
        {"word": "b", "start": 1, "end": 2, "confidence": "nan"},
    ]
    heard = engine(tmp_path, json.dumps({"words": too_sure})).heard(file, "en")
    assert [1.0, 0.0] == [word["confidence"] for word in heard.words]
    with pytest.raises(NotHeard):
        engine(tmp_path, json.dumps({"words": [{"word": "a", "start": 2, "end": 1, "confidence": 1}]})).heard(
            file, "en"
        )


def test_a_long_message_is_summed_up_by_its_own_phrases_and_an_engine_may_do_it_better(
    parts: Parts, tmp_path: Path
) -> None:
    words = [{"word": f"word{at}", "start": at * 0.4, "end": at * 0.4 + 0.3, "confidence": 0.9} for at in range(50)]
    kept = []
    for number, said in enumerate(({"words": words}, {"words": words, "summary": " Bob\n calls "})):
        parts.history.update_activity("riverside", "vc1", lambda found: replace(found, transcript=None))
        voicemail.kept(parts.messages, "riverside", MEDIA, NOW + number)
        voicemail.run(replace(parts, engine=engine(tmp_path, json.dumps(said))))
        message = parts.history.activity("riverside", "vc1")
        assert message is not None
        kept.append(message.summary)
    assert [0.0, 14 * 0.4, 28 * 0.4] == [one["start"] for one in kept[0]]
    assert [{"start": None, "text": "Bob calls"}] == kept[1]


def writing(parts: Parts) -> bool:
    message = parts.history.activity("riverside", "vc1")
    assert message is not None
    return message.writing


def test_who_looks_sees_that_it_is_being_written_down(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[bool]()
    real = Engine.heard

    def heard(self: Engine, *given: Any) -> Any:
        seen.append(writing(parts))
        return real(self, *given)

    monkeypatch.setattr(Engine, "heard", heard)
    parts = replace(parts, engine=engine(tmp_path, json.dumps({"words": SAYS})))
    voicemail.run(parts)
    assert ([True], False) == (seen, writing(parts))


@pytest.mark.parametrize("printed, status", [("nothing", 0), ("{}", 3)])
def test_a_message_that_nobody_can_write_down_is_not_said_to_be(
    parts: Parts, tmp_path: Path, printed: str, status: int
) -> None:
    voicemail.run(replace(parts, engine=engine(tmp_path, printed, status)))
    assert not writing(parts)


def test_without_an_engine_nothing_is_said_to_be_written_down(parts: Parts) -> None:
    voicemail.run(replace(parts, engine=None))
    assert not writing(parts)
