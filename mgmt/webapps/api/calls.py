"""API: live calls, past calls with their explanation, originate, transfer and hang up."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from history.activity import ORIGINS
from history.documents import Call, Leg, QualityWindow, SipMessage, Step
from history.pcap import CONTENT_TYPE
from history.store import CallFilter
from mgmt.http import door
from mgmt.http.body import json_object, known_fields, page, text_field
from mgmt.http.described import ANY, OBJECT, PAGING, TEXT, TIME, described, fields, one_of, page_of, shown, text
from mgmt.http.errors import Problem
from mgmt.http.wire import outward, seconds_of
from mgmt.usecases import calls, originate
from mgmt.usecases.vcon import CONTENT_TYPE as VCON
from softswitch.control.verbs import BY_NAME

blueprint = Blueprint("calls", __name__)
OUTCOMES = ("answered", "voicemail", "missed", "abandoned", "busy", "failed")
party_chars_max = 64
said_chars_max = 200
PARTY = text(party_chars_max)
FILTERS = {
    "direction": one_of(*ORIGINS),
    "outcome": one_of(*OUTCOMES),
    "since": TIME,
    "until": TIME,
    "party": TEXT,
    "said": TEXT,
}
PARTS = {"legs": Leg, "steps": Step, "quality": QualityWindow, "messages": SipMessage}
DETAIL = {
    "type": "object",
    "properties": {
        "call": shown(Call),
        **{name: {"type": "array", "items": shown(kind)} for name, kind in PARTS.items()},
        "recording": {"type": ["string", "null"]},
        "transcript": {"type": ["object", "null"]},
        "explained": {"type": "array", "items": TEXT},
    },
    "required": ["call", *PARTS, "recording", "transcript", "explained"],
}


@blueprint.get("/calls/live")
@described(answer=page_of(OBJECT))
def live() -> dict[str, Any]:
    """The live calls of the tenant, oldest first."""
    return outward({"data": calls.live(door.context(), door.scope()), "next_cursor": None})


@blueprint.delete("/calls/live/<id>")
@described(statuses=(204,))
def hang_up(id: str) -> tuple[str, int]:
    """End a live call."""
    originate.hang_up(door.context(), door.scope(), id)
    return "", 204


@blueprint.post("/calls/live/<id>/transfer")
@described(body=fields({"target": PARTY}, keep=one_of("caller", "callee"), as_=PARTY), answer=OBJECT, statuses=(202,))
def transfer(id: str) -> tuple[dict[str, Any], int]:
    """Send a live call to `target`; `keep` says who stays in it (caller or callee), `as` whose permissions count."""
    body = json_object(request)
    known_fields(body, "target", "keep", "as")
    given = {
        name: text_field(body, name, party_chars_max, required=name == "target") for name in ("target", "keep", "as")
    }
    originate.transfer(door.context(), door.scope(), id, {name: value for name, value in given.items() if value})
    return {}, 202


@blueprint.post("/calls/<id>/<verb>")
def do(id: str, verb: str) -> tuple[dict[str, Any], int]:
    """A verb for a live call: answer, hangup, hold, resume, mute, unmute, transfer, park, bridge, play, stop, say, dtmf, record.

    The body has the fields of the verb (`softswitch.control.verbs`), or nothing; with an Idempotency-Key it is done once.
    """
    given = json_object(request) if request.get_data() else {}
    known_fields(given, *(field.name for field in BY_NAME[verb].fields) if verb in BY_NAME else ())
    originate.do(door.context(), door.scope(), id, verb, given, request.headers.get("Idempotency-Key"))
    return {}, 202


@blueprint.get("/calls/events")
def events() -> dict[str, Any]:
    """What happened to calls behind the cursor `after` (none: only the cursor of now); "complete" false: some was missed."""
    text = request.args.get("after", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, "invalid_cursor", "This cursor was not made by this server.")
    return outward(originate.events(door.context(), door.scope(), int(text) if text else None))


@blueprint.get("/calls")
@described(query={**FILTERS, **PAGING}, answer=page_of(shown(Call)))
def past() -> dict[str, Any]:
    """Past calls, newest first; filters `direction`, `outcome`, `since`, `until`, `party` (part of a number or name), `said`.

    `said`: beginnings of words that are in the transcript of the recording, within about two minutes.
    """
    return outward(calls.past(door.context(), door.scope(), wanted(), page(request)))


def wanted() -> CallFilter:
    """The filter that the query string asks for. Raises Problem 400."""
    given = request.args
    return CallFilter(
        direction=_word("direction", ORIGINS),
        outcome=_word("outcome", OUTCOMES),
        since=seconds_of(given["since"], "since") if given.get("since") else None,
        until=seconds_of(given["until"], "until") if given.get("until") else None,
        party=given.get("party", "")[:party_chars_max] or None,
        said=given.get("said", "")[:said_chars_max] or None,
    )


def _word(name: str, words: tuple[str, ...]) -> str | None:
    text = request.args.get(name) or None
    if text is not None and text not in words:
        raise Problem(400, f"invalid_{name}", f"{name} must be one of {', '.join(words)}.")
    return text


@blueprint.post("/calls")
@described(
    body=fields({"from": PARTY, "to": PARTY}, machines={"enum": ["connect", "skip", "wait"]}),
    answer=OBJECT,
    statuses=(202,),
)
def start() -> tuple[dict[str, Any], int]:
    """Ring `from` (an extension, user or number), then connect it with `to`; once for each Idempotency-Key.

    `machines`: an answering machine outside is connected, is hung up (`skip`), or is connected when it has greeted (`wait`).
    """
    body = json_object(request)
    known_fields(body, "from", "to", "machines")
    caller, callee = text_field(body, "from", party_chars_max), text_field(body, "to", party_chars_max)
    machines, key = text_field(body, "machines", 16, required=False), request.headers.get("Idempotency-Key")
    return originate.start(door.context(), door.scope(), caller or "", callee or "", machines, key), 202


@blueprint.get("/calls/<id>")
@described(query={"language": one_of("en", "ru")}, answer=DETAIL)
def detail(id: str) -> dict[str, Any]:
    """One call with legs, steps in words of `language`, quality, SIP messages, recording and its transcript.

    `transcript` has `lines` with the seconds of the recording in which they were said, and by whom: `party` 0 is the caller,
    1 whom the caller heard; `done` once all is written down. It is null where nobody writes calls down.
    """
    language = request.args.get("language", "en")
    if language not in ("en", "ru"):
        raise Problem(400, "invalid_language", "language must be en or ru.")
    return outward(calls.detail(door.context(), door.scope(), id, language))


@blueprint.get("/calls/<id>/vcon")
@described(answer=OBJECT, content=VCON)
def container(id: str) -> Response:
    """The call as a vCon (draft-ietf-vcon-vcon-core): parties, when, the recording by address and hash, its transcript."""
    found = calls.container(door.context(), door.scope(), id, door.base())
    answer = Response(json.dumps(found, ensure_ascii=False), content_type=VCON)
    answer.headers["Content-Disposition"] = 'attachment; filename="call.vcon.json"'
    return answer


@blueprint.get("/calls/<id>/trace.pcap")
@described(answer=ANY, content=CONTENT_TYPE)
def trace(id: str) -> Response:
    """The SIP messages of a call, for Wireshark."""
    answer = Response(calls.trace(door.context(), door.scope(), id), content_type=CONTENT_TYPE)
    answer.headers["Content-Disposition"] = 'attachment; filename="trace.pcap"'
    return answer
