"""Date (RFC 3261 20.17), Timestamp (20.38), Retry-After (20.33): points and lengths of time on the wire."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import parse_count, print_known, take_count
from softswitch.sip.limits import COMMENT_DEPTH_MAX, EXPIRES_S_MAX
from softswitch.sip.parameters import Parameters, parse_parameters, print_parameters

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    r"\s*+(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s++([0-9]{1,2})\s++([A-Za-z]{3})\s++([0-9]{4})\s++"
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})\s++GMT\s*+",
    re.IGNORECASE,
)
_TIMESTAMP = re.compile(r"\s*+([0-9]{1,20}(?:\.[0-9]{0,20})?)(?:\s++([0-9]{0,20}(?:\.[0-9]{0,20})?))?\s*+")
_SECONDS = re.compile(r"\s*+([0-9]++)\s*+")
_COMMENT_PART = re.compile(r"[^()\\]++|\\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Date:
    """A moment, in whole seconds since 1970 (UTC)."""

    at_s: int

    def __str__(self) -> str:
        at = datetime.fromtimestamp(0, UTC) + timedelta(seconds=self.at_s)
        clock = f"{at.hour:02d}:{at.minute:02d}:{at.second:02d}"
        return f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} {clock} GMT"


@dataclass(frozen=True, slots=True)
class Timestamp:
    """When the request was sent by the sender's own clock, and how long its receiver held it: digits as written."""

    sent: str
    delay: str | None = None

    def __str__(self) -> str:
        return self.sent if self.delay is None else f"{self.sent} {self.delay}"


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """When to try again, and how long we shall then be there. The comment is for people."""

    after_s: int
    comment: str | None = None
    duration_s: int | None = None
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        comment = "" if self.comment is None else f" ({self.comment})"
        return f"{self.after_s}{comment}{print_known(('duration', self.duration_s))}{print_parameters(self.params)}"


def parse_date(text: str) -> Date:
    """An RFC 1123 date in GMT; others are refused, also those that no calendar has. The day of the week is not checked."""
    found = _DATE.fullmatch(text)
    if found is None or found[2].capitalize() not in _MONTHS:
        raise BadMessage(400, "Bad Date")
    day, year, hour, minute, second = (int(found[group]) for group in (1, 3, 4, 5, 6))
    try:
        at = datetime(year, _MONTHS.index(found[2].capitalize()) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise BadMessage(400, "Bad Date") from error
    return Date(calendar.timegm(at.timetuple()))


def parse_timestamp(text: str) -> Timestamp:
    """The Timestamp of a request or of its answer."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise BadMessage(400, "Bad Timestamp")
    return Timestamp(found[1], found[2] or None)


def parse_retry_after(text: str) -> RetryAfter:
    """`18000;duration=3600`, `120 (I'm in a meeting)`."""
    found = _SECONDS.match(text)
    if found is None:
        raise BadMessage(400, "Bad Retry-After")
    after_s, at = parse_count(found[1], EXPIRES_S_MAX), found.end()
    comment = None
    if text[at : at + 1] == "(":
        end = _end_of_comment(text, at)
        comment, at = text[at + 1 : end - 1], end
    params = parse_parameters(text[at:])
    return RetryAfter(after_s, comment, take_count(params, "duration", EXPIRES_S_MAX), params)


def _end_of_comment(text: str, at: int) -> int:
    """Behind the bracket that closes the one at `at`; comments nest (RFC 3261 25.1)."""
    depth = 0
    while at < len(text):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
        elif (found := _COMMENT_PART.match(text, at)) is not None:
            at = found.end()
            continue
        at += 1
        if depth == 0:
            return at
        if depth > COMMENT_DEPTH_MAX:
            break
    raise BadMessage(400, "Unbalanced Comment")
