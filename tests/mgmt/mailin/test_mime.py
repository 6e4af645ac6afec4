"""Mail of every quality is read: what people write, and a hundred malformed ones that are made here."""

from __future__ import annotations

import base64
import random
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from mgmt.limits import mail_attachments_max, mail_text_chars_max
from mgmt.mailin.mime import Mail, read


def letter(**headers: str) -> EmailMessage:
    """A plain one."""
    message = EmailMessage(policy=SMTP)
    for name, value in {
        "From": "Ann <ann@shop.example>",
        "To": "x@in.pbx.example",
        "Subject": "Hello",
        **headers,
    }.items():
        message[name.replace("_", "-")] = value
    message.set_content("Good day\nto you\n")
    return message


def test_a_plain_mail_gives_sender_subject_and_words() -> None:
    mail = read(letter(Message_ID="<1@shop.example>").as_bytes())
    assert ("Ann", "ann@shop.example", "Hello", "Good day\nto you") == (
        mail.from_name,
        mail.from_address,
        mail.subject,
        mail.text,
    )
    assert ("ann@shop.example <1@shop.example>", True, False, 0) == (mail.key, mail.whole, mail.automatic, mail.hops)


def test_words_of_other_languages_come_as_they_were_written() -> None:
    message = letter(Subject="Привет, мир")
    message.replace_header("From", "Анна <ann@shop.example>")
    message.set_content("Добрый день", charset="koi8-r")
    mail = read(message.as_bytes())
    assert ("Анна", "Привет, мир", "Добрый день") == (mail.from_name, mail.subject, mail.text)


def test_files_come_along_with_plain_names() -> None:
    message = letter()
    message.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="../../etc/счёт \u202e1.pdf")
    message.add_attachment(b"\x00\x01", maintype="image", subtype="png")
    mail = read(message.as_bytes())
    assert [("счёт _1.pdf", "application/pdf", b"%PDF-1"), ("part-2.bin", "image/png", b"\x00\x01")] == [
        (one.name, one.type, one.data) for one in mail.attachments
    ]


def test_of_two_forms_the_plain_one_counts_and_html_alone_becomes_words() -> None:
    both = letter()
    both.add_alternative("<p>other</p>", subtype="html")
    assert "Good day\nto you" == read(both.as_bytes()).text
    html = letter()
    html.set_content(
        "<style>p {}</style><script>alert(1)</script><h1>Offer</h1>"
        "<p>Call <a href='http://x'>us</a> &amp; win</p><ul><li>one<li>two</ul>",
        subtype="html",
    )
    assert "Offer\n\nCall us & win\n\none\ntwo" == read(html.as_bytes()).text


def test_a_mail_inside_a_mail_is_a_file() -> None:
    message = letter()
    message.add_attachment(letter(Subject="Inner"), filename="inner.eml")
    files = read(message.as_bytes()).attachments
    assert ["message/rfc822"] == [one.type for one in files]
    assert b"Subject: Inner" in files[0].data


@pytest.mark.parametrize(
    "headers, automatic",
    [
        ({}, False),
        ({"Auto_Submitted": "no"}, False),
        ({"Auto_Submitted": "auto-replied; owner=x"}, True),
        ({"Precedence": "bulk"}, True),
        ({"List_Id": "<news.shop.example>"}, True),
    ],
)
def test_what_machines_send_is_known(headers: dict[str, str], automatic: bool) -> None:
    assert automatic == read(letter(**headers).as_bytes()).automatic


@pytest.mark.parametrize(
    "header",
    [
        "ann@shop.example, ben@shop.example",
        "Ann",
        "",
        "ann@shop.example>\r\nFrom: boss@bank.example",
        "ann@[192.0.2.1]",
    ],
)
def test_who_is_not_exactly_one_sender_is_nobody(header: str) -> None:
    raw = f"From: {header}\r\nSubject: x\r\n\r\nbody\r\n".encode()
    assert "" == read(raw).from_address


def test_a_mail_without_an_id_is_known_by_what_does_not_change_on_its_way() -> None:
    first = b"Received: from a\r\nFrom: ann@shop.example\r\nDate: today\r\n\r\nbody\r\n"
    second = b"Received: from b\r\nReceived: from c\r\nFrom: ann@shop.example\r\nDate: today\r\n\r\nbody\r\n"
    other = b"From: ann@shop.example\r\nDate: today\r\n\r\nanother body\r\n"
    assert read(first).key == read(second).key != read(other).key


def test_a_report_says_who_did_not_get_a_letter() -> None:
    raw = (
        b"From: MAILER-DAEMON@mx.example\r\nMIME-Version: 1.0\r\nSubject: failed\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; late@shop.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
        b"Final-Recipient: rfc822; ann@shop.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 no such user\r\n\r\n--b--\r\n"
    )
    report = read(raw).report
    assert report is not None
    assert ("failed", "ann@shop.example", "5.1.1", "550 no such user") == (
        report.action,
        report.recipient,
        report.status,
        report.why,
    )


# -- what is malformed -----------------------------------------------------------------------------------------------

ODD = [
    b"",
    b"\r\n",
    b"\x00" * 5000,
    b"no header at all",
    b": no name\r\n\r\nx",
    b"From\r\n\r\nx",
    b"From: =?utf-8?b?!!!!?= <a@b.example>\r\n\r\nx",
    b"From: =?no-such-charset?q?=FF?= <a@b.example>\r\n\r\nx",
    b"Subject: =?utf-8?b?" + b"A" * 9000 + b"?=\r\n\r\nx",
    b"Subject: " + b"=?" * 20_000 + b"\r\n\r\nx",
    b"Subject: a\r\n" + b" folded\r\n" * 20_000 + b"\r\nx",
    b"From: " + b"(" * 5000 + b"\r\n\r\nx",
    b"From: " + b"<" * 5000 + b"\r\n\r\nx",
    b'From: "' + b"\\" * 5000 + b"\r\n\r\nx",
    b"Content-Type: ;;;;\r\n\r\nx",
    b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    b"Content-Type: multipart/mixed; boundary=\r\n\r\nempty",
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\nnever begins',
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n--b\r\n--b--',
    b"Content-Type: text/plain; charset=no-such\r\n\r\n\xff\xfe",
    b"Content-Type: text/plain; charset=\x00\r\n\r\nx",
    b"Content-Type: text/plain; charset=utf-16\r\n\r\nodd",
    b"Content-Type: text/plain; charset=idna\r\n\r\n\xff..",
    b"Content-Type: text/plain; charset=base64\r\n\r\nx",
    b"Content-Type: text/plain; charset*=utf-8''%FF\r\n\r\nx",
    b"Content-Type: text/html\r\n\r\n<![CDATA[<![<!<p",
    b"Content-Type: text/html\r\n\r\n" + b"<b>" * 30_000,
    b"Content-Type: text/html\r\n\r\n&#99999999999;&#xD800;&" + b"#" * 1000,
    b"Content-Transfer-Encoding: base64\r\n\r\nA",
    b"Content-Transfer-Encoding: base64\r\nContent-Type: application/x\r\n\r\n====",
    b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 666 x\r\nM\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\r\n=",
    b"Content-Transfer-Encoding: =?utf-8?q?8bit?=\r\n\r\nx",
    b"Content-Disposition: attachment; filename*0*=\r\n\r\nx",
    b"Content-Disposition: attachment; filename*=utf-8''%E4%F6\r\n\r\nx",
    b"Content-Disposition: attachment; filename*=bogus\r\n\r\nx",
    b"Content-Disposition: attachment; filename*0=a; filename*2=c; filename*1*=%FF\r\n\r\nx",
    b'Content-Disposition: attachment; filename="' + b"/" * 5000 + b'"\r\n\r\nx',
    b"Content-Type: message/rfc822\r\n\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n\r\n\r\n",
    b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nx\r\n--b--",
    b"Received: x\r\n" * 5000 + b"\r\nx",
    b"\xef\xbb\xbfFrom: a@b.example\r\n\r\nx",
    b"From: a@b.example\n\nbare line feeds\n",
    b"From: a@b.example\r\rcarriage returns\r",
    b"X" * 100_000,
]


def nested(depth: int) -> bytes:
    """Boxes in boxes."""
    begin = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(depth)
    )
    return b"MIME-Version: 1.0\r\n" + begin + b"\r\nin the middle\r\n"


def many_parts(count: int) -> bytes:
    """One box with many things in it."""
    part = b"--b\r\nContent-Type: application/x\r\nContent-Disposition: attachment; filename=f\r\n\r\nx\r\n"
    return b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + part * count + b"--b--\r\n"


def damaged(seed: int) -> bytes:
    """A right mail of several parts in which bytes were changed, cut out, doubled and put elsewhere."""
    chance = random.Random(seed)
    message = letter(Message_ID=f"<{seed}@shop.example>")
    message.add_alternative("<p>one</p>", subtype="html")
    message.add_attachment(b"abc" * 50, maintype="application", subtype="pdf", filename="b.pdf")
    data = bytearray(message.as_bytes())
    for _ in range(chance.randrange(1, 25)):
        at, length = chance.randrange(len(data)), chance.randrange(1, 60)
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case _:
                data[at:at] = chance.choice([b"\r\n", b"\x00", b"=?", b"--", b'"', b"\xff", b"Content-Type: ", b";"])
        data = data or bytearray(b"x")
    return bytes(data)


CORPUS = [*ODD, nested(10), nested(29), nested(3000), many_parts(5000), *(damaged(seed) for seed in range(60))]


def test_the_corpus_has_more_than_a_hundred_mails() -> None:
    assert len(CORPUS) > 100


@pytest.mark.parametrize("raw", CORPUS, ids=range(len(CORPUS)))
def test_no_mail_is_too_malformed_to_be_read(raw: bytes) -> None:
    mail = read(raw)
    assert isinstance(mail, Mail)
    assert mail == read(raw)
    assert len(mail.text) <= mail_text_chars_max
    assert len(mail.attachments) <= mail_attachments_max
    assert not {"\x00", "\ud800"} & set(mail.text + mail.subject + mail.from_name)
    mail.text.encode(), mail.subject.encode(), mail.key.encode("utf-8", "strict")
    assert all("/" not in one.name and one.name.isprintable() for one in mail.attachments)


def test_a_mail_of_too_many_boxes_is_not_taken_apart() -> None:
    assert (False, ()) == (read(nested(3000)).whole, read(nested(3000)).attachments)


def test_what_is_too_much_of_a_mail_is_said() -> None:
    mail = read(many_parts(5000))
    assert (False, mail_attachments_max) == (mail.whole, len(mail.attachments))


def test_a_part_whose_coding_is_broken_is_kept_as_it_is() -> None:
    raw = b"From: a@b.example\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert [b"hello"] == [one.data for one in read(raw + base64.b64encode(b"hello")).attachments]
