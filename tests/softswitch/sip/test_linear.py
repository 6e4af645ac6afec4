"""Eight times the input costs about eight times the work, whatever the input: no parser looks at octets again and again.

Measured is the processor time of this thread, of the best of several runs at both sizes. A linear parser is near 8, a quadratic
one near 64; a disturbed measurement is repeated, since a disturbance can only add.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from softswitch.sip.body import sdp_of
from softswitch.sip.digest import read_credentials
from softswitch.sip.errors import BadMessage, NotAcceptable
from softswitch.sip.fields.content import MediaType
from softswitch.sip.fields.table import FIELDS
from softswitch.sip.framing import StreamFramer
from softswitch.sip.grammar import split_list
from softswitch.sip.headers import Headers
from softswitch.sip.multipart import parse_multipart
from softswitch.sip.parse import parse_message
from softswitch.sip.plain import plain
from softswitch.sip.sdp import parse_sdp
from softswitch.sip.uri import parse_uri
from softswitch.transport.listener import cause_of_bye
from tests.softswitch.sip.messages import raw, raw_invite
from tests.softswitch.sip.test_fuzz import touch

FACTOR = 8
RATIO_MAX = 24
SLACK_S = 0.000_3
TRIES_MAX = 12
SMALL = 3_900

FILLERS = (
    *(" ", "a", "9", ".", ",", ";", '"', "<", "<>", "(", "(a)", "[", "\\",'\\"', "%00", ";a", ";a=", ";a=b", ',"', "a ", "1."),
    *("@", ":", "a=b,", "<a:b>,", "sip:", "Q.850;", ';text="', "a;b=<", "--b\r\n"),
)  # fmt: skip
STARTS = (
    *("", "a", '"', "<sip:a@b>", "<sip:", "sip:", "Digest ", "1 ", "5 (", "a/b", "*", "SIP/2.0/UDP h"),
    "a;to-tag=1;from-tag=2",
)


def cost_s(work: Callable[[int], object], size: int, runs: int) -> float:
    """Processor seconds of the best run."""
    best = float("inf")
    for _ in range(runs):
        begun = time.thread_time()
        work(size)
        best = min(best, time.thread_time() - begun)
    return best


def ratio(work: Callable[[int], object], small_size: int = SMALL) -> float:
    """How many times the work grows with `FACTOR` times the input; the best of several tries."""
    small, large, found = float("inf"), float("inf"), float("inf")
    for _ in range(TRIES_MAX):
        small, large = min(small, cost_s(work, small_size, 2)), min(large, cost_s(work, small_size * FACTOR, 1))
        found = large / (small + SLACK_S / FACTOR)
        if found < RATIO_MAX:
            break
    return found


def refused(parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except BadMessage:
        return


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_header_value_is_read_in_linear_time(field: object) -> None:
    parse, is_list = field.parse, field.is_list  # type: ignore[attr-defined]  # a Field

    def read(text: str) -> None:
        for value in split_list(text) if is_list else [text]:
            parse(value)

    slow = [
        (start, filler, found)
        for start in STARTS
        for filler in FILLERS
        if (found := ratio(lambda n, s=start, f=filler: refused(read, s + f * (n // len(f))), 1_000)) >= RATIO_MAX  # type: ignore[misc]  # bound at once
    ]
    assert [] == slow


def stream_of_small_reads(data: bytes) -> None:
    framer = StreamFramer()
    with suppress(BadMessage):
        for at in range(0, len(data), 64):
            framer.feed(data[at : at + 64])


def sdp_or_not(data: bytes) -> None:
    try:
        parse_sdp(data)
    except NotAcceptable:
        return


def parts(body: bytes) -> None:
    refused(lambda _: parse_multipart(body, MediaType("multipart", "mixed", {"boundary": "b"})), "")


def nested(n: int) -> None:
    inner = b"--%d\r\nContent-Type: multipart/mixed;boundary=%d\r\n\r\n"
    body = b"".join([inner % (depth, depth + 1) for depth in range(n // 60)])
    sdp_of(parse_message(raw_invite(body=body[:60_000]).replace(b"application/sdp", b"multipart/mixed;boundary=0")))


HARD: list[tuple[str, Callable[[int], object]]] = [
    ("spaces in a header", lambda n: touch(raw_invite("X: " + " " * min(n, 8_000) + "x", "Y: " + "\t " * (n // 4)))),
    ("folds", lambda n: touch(raw_invite("X: a" + "\r\n " * (n // 3) + "b"))),
    ("headers", lambda n: touch(raw_invite(*["X: y"] * (n // 8)))),
    ("via list", lambda n: touch(raw_invite("Via: " + "SIP/2.0/UDP h;branch=z9hG4bK1," * (n // 32)))),
    ("spaces in a via", lambda n: touch(raw("INVITE sip:a@b SIP/2.0", ["Via: SIP / 2.0" + " " * (n // 4) + "x"]))),
    ("quotes", lambda n: touch(raw_invite('Contact: "' + '\\"' * (n // 2)))),
    ("open brackets", lambda n: touch(raw_invite("Contact: " + "<" * n))),
    ("display tokens", lambda n: touch(raw("A sip:a@b SIP/2.0", ["Via: SIP/2.0/UDP h", f"From: {'a ' * (n // 2)}"]))),
    ("semicolons", lambda n: touch(raw_invite("Contact: <sip:a@b>" + ";a" * (n // 2)))),
    ("start line", lambda n: touch(raw("INVITE " + " " * n + "sip:a@b SIP/2.0", []))),
    ("line ends", lambda n: touch(b"\r\n" * (n // 2))),
    ("stream", lambda n: stream_of_small_reads(b"INVITE sip:a@b SIP/2.0\r\nX: " + b"y" * (n - 40))),
    ("stream of folds", lambda n: stream_of_small_reads(b"A b SIP/2.0\r\nl:" + b"\r\n " * (n // 3 - 9) + b"\r\n\r\n")),
    ("description", lambda n: sdp_or_not(b"v=0\r\no=" + b" " * (n // 4) + b"\r\n" + b"a=" + b"x" * (n // 4))),
    ("list", lambda n: refused(split_list, '"' + "a," * (n // 2))),
    ("uri", lambda n: refused(parse_uri, "sip:" + "a;" * (n // 32) + "@")),
    (
        "uri parameters",
        lambda n: refused(parse_uri, "sip:a" + ";a=%00" * (n // 104 + 6)),
    ),  # longer than what is remembered
    ("credentials", lambda n: refused(read_credentials, "Digest " + "a=b " * (n // 4))),
    ("delimiters", lambda n: parts(b"--b\r\n" * (n // 5))),
    ("half delimiters", lambda n: parts(b"--b\r\n\r\n" + b"\r\n--b " * (n // 6))),
    ("padded delimiters", lambda n: parts(b"--b" + b" " * n)),
    ("headers of a part", lambda n: parts(b"--b\r\n" + b"a: b\r\n " * (n // 7) + b"\r\n\r\n--b--")),
    ("nested parts", nested),
    ("reasons", lambda n: cause_of_bye(Headers([("Reason", "Q.850;" * (n // 6))]))),
    ("reason texts", lambda n: cause_of_bye(Headers([("Reason", 'Q.850;text="\\' * (n // 13))]))),
    ("plain text", lambda n: plain("\x1b\udcff" * (n // 2), 10)),
]


@pytest.mark.parametrize(("name", "work"), HARD, ids=[name for name, _ in HARD])
def test_a_message_made_to_be_slow_is_read_in_linear_time(name: str, work: Callable[[int], object]) -> None:
    assert ratio(work) < RATIO_MAX
