"""Vitelity: a GET that asks whether we are there, then a form `src, dst, msg[, msgid]` of ten digits; both are answered "ok".

It has no proof but the secret in the path and where it comes from. Its API takes login and password in the query, so its URL is
never logged; it answers `x[[ok[[x` or XML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from mgmt.outbox.item import Failed, Lost, Outcome, Refused, Sent
from mgmt.outbox.web import Answer, Ask
from mgmt.sms.wire import TEXT_CHARS_MAX, Came, Known, Malformed, Out, Receipt, Request, by_status, e164, number_or_code

URL = "https://smsout-api.vitelity.net/api.php"
COUNTRY = "US"
_ANSWER = re.compile(r"x\[\[([a-z]{1,40})\[\[x")
_STATUS = re.compile(r"<status>\s*([A-Za-z]{1,40})\s*</status>")
_ERROR = re.compile(r"<(?:error|response)>\s*([^<]{1,120}?)\s*</(?:error|response)>")


@dataclass(frozen=True, slots=True)
class Vitelity:
    """`mgmt.sms.wire.Wire`."""

    acknowledged: tuple[str, str] = ("ok", "text/plain")
    pictures: bool = False

    def proved(self, known: Known, request: Request, now: float) -> None:
        """There is nothing to prove with."""

    def parsed(self, request: Request, now: float) -> list[Came | Receipt]:
        if request.method == "GET":
            return []
        form = dict(request.form)
        text = form.get("msg")
        if text is None or len(text) > TEXT_CHARS_MAX:
            raise Malformed("msg is missing or too long")
        source = form.get("src", "")
        from_ = e164(source, COUNTRY) if len(source) >= 10 else number_or_code(source)
        return [Came(form.get("msgid", "")[:200], from_, e164(form.get("dst", ""), COUNTRY), text)]

    def ask(self, known: Known, out: Out) -> Ask:
        given = {
            "login": known.row.account,
            "pass": known.password,
            "cmd": "sendsms" if len(out.from_) > 8 else "sendshort",
            "src": national(out.from_),
            "dst": national(out.to),
            "msg": out.text,
            "xml": "yes",
        }
        return Ask("POST", known.row.url or URL, FORM, urlencode(given).encode())

    def outcome(self, answer: Answer) -> Outcome:
        if answer.status != 200:
            return by_status(answer, "")
        text = answer.body.decode("utf-8", "replace")
        found, error = _ANSWER.search(text) or _STATUS.search(text), _ERROR.search(text)
        if found is None:
            return Lost("an answer that says nothing")
        if found[1].lower() == "ok":
            return Sent()
        word = f"{found[1].lower()} {error[1] if error else ''}".strip()
        return Failed(word) if "limit" in word or "throttl" in word else Refused(word)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def national(number: str) -> str:
    """The ten digits of a number of the North American plan; any other, its digits."""
    digits = number.lstrip("+")
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
