"""E-mails as they are on the wire: read back by the standard library, and no header that somebody smuggled in."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from mgmt.mail.letter import Attachment, Letter, NoAddress, checked, composed

LETTER = Letter("mail-1", "ann@example.org", "Voicemail of Ben", "He said: ярко", 1_800_000_000.0)
SENDER = "Riverside PBX <pbx@example.net>"


def test_a_letter_is_read_back_as_it_was_written() -> None:
    sound = Attachment("message.wav", "audio/wav", b"RIFF")
    letter = replace(LETTER, html="<b>ярко</b>", reply_to="ben@example.org", attachments=(sound,))
    found = message_from_bytes(composed(letter, SENDER).as_bytes(), policy=default)
    assert "Riverside PBX <pbx@example.net>" == found["From"]
    assert ("ann@example.org", "Voicemail of Ben", "ben@example.org") == (
        found["To"],
        found["Subject"],
        found["Reply-To"],
    )
    assert ("<mail-1@example.net>", "auto-generated") == (found["Message-ID"], found["Auto-Submitted"])
    assert "Fri, 15 Jan 2027 08:00:00 +0000" == found["Date"]
    text, html = found.get_body(("plain",)), found.get_body(("html",))
    assert text is not None
    assert html is not None
    assert ("He said: ярко", "<b>ярко</b>") == (text.get_content().strip(), html.get_content().strip())
    assert [("message.wav", b"RIFF")] == [(one.get_filename(), one.get_content()) for one in found.iter_attachments()]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@example.org\r\nBcc: all@example.org",
        "ann@exam ple.org",
        "<ann@example.org>",
        "ann,ben@example.org",
        '"a b"@example.org',
        "ann@[127.0.0.1]",
        "a" * 65 + "@example.org",
        "ann@" + "a" * 250 + ".org",
        "ann@example..org",
        "анна@example.org",
    ],
)
def test_an_odd_address_gets_no_mail(address: str) -> None:
    with pytest.raises(NoAddress):
        checked(address)


def test_a_subject_is_one_line_and_no_header() -> None:
    letter = Letter("m", "ann@example.org", "hi\r\nBcc: all@example.org " + "x" * 500, "text", 0.0)
    found = message_from_bytes(composed(letter, SENDER).as_bytes(), policy=default)
    assert found["Bcc"] is None
    assert found["Subject"].startswith("hi Bcc: all@example.org xxx")
    assert 200 == len(found["Subject"])
