"""The journal: activities as "requests", with the filters, words and pages of v4 (its field names where they are known)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice
from typing import Any

from history.activity import Activity
from history.store import ActivityFilter
from history.words import query_words, words_of
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.body import Page
from mgmt.http.errors import Problem
from mgmt.http.wire import seconds_of, stamp
from mgmt.limits import search_chars_max, v4_page_items_max, v4_reach_items_max
from mgmt.usecases import activities
from mgmt.usecases.v4.people import People

Document = dict[str, Any]
Given = Mapping[str, str]

ORIGINS = {"Inbound": "inbound", "Outbound": "outbound", "Internal": "internal"}
RESULTS = {
    "Missed": "missed",
    "Connected": "connected",
    "VoiceMail": "voicemail",
    "Dropped": "dropped",
    "NoAnswer": "missed",
}
KINDS = {
    "Call": ("call", "missed_call", "voicemail"),
    "Message": ("message",),
    "MessageThread": ("message",),
    "Task": ("task",),
    "CallbackRequest": ("callback",),
    "Service": ("emergency",),
}
DIRECTIONS = {"inbound": "Incoming", "outbound": "Outgoing", "internal": "Internal"}
STATES = {"Open": "open", "Finished": "finished", "Resolved": "resolved"}
SEARCHED = {
    "Client": ("phone", "email", "from_name", "to_name"),
    "BusinessNumber": ("number",),
    "Comment": ("comments",),
    "VTT": ("transcript",),
}
"""Where `searchText` is looked for; VTT is voice as text."""
ANY = frozenset({"", "All", "Unspecified", "Default"})
COMMENT = "v4"


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter and a page of it, counted from 1. `within`: the fields that have the words of the filter; None: any.

    contacts, users: whether requests say who of the address book, and who of the company, took part.
    """

    wanted: ActivityFilter
    page: int
    size: int
    within: tuple[str, ...] | None = None
    contacts: bool = False
    users: bool = False


def asked(given: Given, kinds: tuple[str, ...] | None = None) -> Asked:
    """What the arguments ask for; `kinds` are those of the list when they name none. Raises Problem 400."""
    size = _number(given, "pageSize", 50, v4_page_items_max)
    page = _number(given, "page", _number(given, "pageNumber", 1, v4_reach_items_max), v4_reach_items_max)
    if "skip" in given and "page" not in given:
        page = _number({"skip": given["skip"]}, "skip", 0, v4_reach_items_max, least=0) // size + 1
    if page * size > v4_reach_items_max:
        raise Problem(400, "too_far", f"Only the newest {v4_reach_items_max} can be paged: narrow the time.")
    state = given.get("state", "")
    chosen = _chosen(given, "type", KINDS) or kinds
    if state == "Message":
        chosen, state = ("message",), ""
    elif state == "Scheduled":
        chosen, state = ("callback",), ""
    origin = given.get("origin", "")
    if origin == "Callback":
        chosen, origin = ("callback",), ""
    done = _chosen({"wfState": given.get("wfState", "")}, "wfState", STATES)
    return Asked(
        ActivityFilter(
            states=(done,) if done is not None else None,
            kinds=chosen,
            origin=_chosen({"origin": origin}, "origin", ORIGINS),
            result=_chosen({"state": state}, "state", RESULTS),
            unread=None if (read := _switch(given, "isRead")) is None else not read,
            phone=_phone(given.get("phone")),
            email=given.get("email") or None,
            number=_phone(given.get("businessNumber")),
            group=given.get("groupId") or None,
            assigned_to=given.get("userId") or None,  # or who had the call: `_feeds`
            mailbox=given.get("vmBoxId") or None,
            since=_moment(given, "from", "startUtc", "earliest"),
            until=_moment(given, "to", "endUtc", "latest"),
            text=given.get("searchText", "")[:search_chars_max] or None,
        ),
        page,
        size,
        _chosen(given, "searchProperty", SEARCHED) if given.get("searchText") else None,
        _switch(given, "resolveContacts") or False,
        _switch(given, "showUsers") or False,
    )


def listed(context: Context, scope: Scope, asked: Asked) -> Document:
    """One page, newest first."""
    found = _page(context, scope, asked)
    people = People(context, scope, found)
    return {**_place(asked), "requests": [with_people(scope, one, people, asked) for one in found]}


def calls(context: Context, scope: Scope, asked: Asked, base: str) -> Document:
    """One page of calls, newest first, as its list of calls has them; `base` is where this node is found."""
    found = _page(context, scope, asked)
    people = People(context, scope, found)
    return {**_place(asked), "calls": [as_call(scope, one, people, base) for one in found]}


def _page(context: Context, scope: Scope, asked: Asked) -> list[Activity]:
    first = (asked.page - 1) * asked.size
    return list(islice(_every(context, scope, asked), first, first + asked.size))


def _place(asked: Asked) -> Document:
    return {"currentPage": asked.page, "pageSize": asked.size}


def counted(context: Context, scope: Scope, asked: Asked) -> Document:
    """How many there are, counted up to as far as pages go."""
    return {"count": sum(1 for _ in islice(_every(context, scope, asked), v4_reach_items_max))}


def one(context: Context, scope: Scope, id: str, given: Given) -> Document:
    """One request. Raises Problem 400, 404."""
    found, wanted = Activity.from_document(activities.one(context, scope, id)), asked(given)
    return with_people(scope, found, People(context, scope, [found]), wanted)


def comment(context: Context, scope: Scope, id: str, text: str | None) -> Document:
    """Its one comment of programs: written, or taken away (None). Raises Problem 404, 422."""
    found = activities.uncomment(context, scope, id, COMMENT)
    if text is not None:
        found = activities.comment(context, scope, id, {"id": COMMENT, "text": text})
    return _now(context, scope, found)


def move(context: Context, scope: Scope, id: str, state: object) -> Document:
    """Its state in the work. Raises Problem 404, 422."""
    if not isinstance(state, str) or state not in STATES:
        raise Problem(422, "invalid_state", f"state must be of {', '.join(STATES)}.")
    return _now(context, scope, activities.change(context, scope, id, {"state": STATES[state]}, None))


def flag(context: Context, scope: Scope, id: str, flags: object, on: bool) -> Document:
    """Set or remove flags; names with commas between, or a list. Raises Problem 404, 422."""
    names = flags.split(",") if isinstance(flags, str) else flags
    if not (isinstance(names, list) and names and all(isinstance(each, str) for each in names)):
        raise Problem(422, "invalid_flags", "flags must be names.")
    given = {each.strip() for each in names}
    had = set(activities.one(context, scope, id)["flags"])
    changed = activities.change(context, scope, id, {"flags": sorted(had | given if on else had - given)}, None)
    return _now(context, scope, changed)


def close(context: Context, scope: Scope, ids: list[str]) -> Document:
    """Voicemails or messages that are done with: heard and resolved. What was recorded stays as long as the company keeps it."""
    for id in ids:
        activities.change(context, scope, id, {"unread": False, "state": "resolved"}, None)
    return {"count": len(ids)}


def reopen(context: Context, scope: Scope, id: str) -> Document:
    """The other way round. Raises Problem 404."""
    return _now(context, scope, activities.change(context, scope, id, {"state": "open"}, None))


def with_people(scope: Scope, one: Activity, people: People, asked: Asked) -> Document:
    """A request with who took part, as far as that is wanted."""
    document = shown(scope, one, people)
    if asked.contacts:
        known = people.contact(one)
        name = f"{known['firstName']} {known['lastName']}".strip() if known is not None else document["client"]["name"]
        document["client"] = {**document["client"], "name": name, "contact": known}
    if asked.users:
        document["users"] = people.users(one)
    return document


def as_call(scope: Scope, one: Activity, people: People, base: str) -> Document:
    """A call, as the list of calls has it: who called, everybody who was rung, and where its recording is."""
    document, media, caller = shown(scope, one, people), people.recording(one), people.caller(one)
    record = {"uri": f"{base}/api/v1/media/{media}", "fileName": media} if media else None
    known = people.contact(one) if one.origin == "inbound" else None
    name = f"{known['firstName']} {known['lastName']}".strip() if known is not None else caller["name"]
    return {
        **{name: document[name] for name in ("id", "callId", "created", "duration", "state", "client", "isRead")},
        "dateTimeUtc": stamp(one.at),
        "direction": DIRECTIONS.get(one.origin, "Incoming"),
        "callStatus": document["state"],
        "businessNumber": one.number,
        "caller": {**caller, "name": name},
        "called": people.called(one) or [{"name": None, "phone": one.to, "extension": None, "isConnected": False}],
        "callRecord": record,
    }


def shown(scope: Scope, one: Activity, people: People) -> Document:
    """An activity as a request."""
    media, owner = people.recording(one), people.owner(one)
    kind = next((name for name, kinds in KINDS.items() if one.kind in kinds), "Default")
    number = scope.view.numbers.get(one.number or "")
    link = f"/api/v1/media/{media}" if media else None
    sound = {"link": link, "uri": link, "duration": one.duration_s} if link else None
    return {
        "id": one.id,
        "requestGuid": one.id,
        "callId": one.call or None,
        "type": kind,
        "origin": "Callback" if one.kind == "callback" else _word(ORIGINS, one.origin, "Unspecified"),
        "state": _word(RESULTS, one.result, "Message" if one.kind == "message" else "Scheduled"),
        "wfState": _word(STATES, one.state, "Open"),
        "created": stamp(one.at),
        "duration": one.duration_s or 0,
        "client": {
            "name": one.from_name if one.origin != "outbound" else None,
            "address": one.phone or one.from_,
            "email": one.email,
        },
        "businessNumber": {"number": one.number or one.to, "label": number.label if number is not None else ""},
        "textModel": {"text": one.text or one.transcript or ""},
        "title": one.title,
        "isRead": not one.unread,
        "flags": one.flags,
        "comment": next((each["text"] for each in reversed(one.comments)), None),
        "groupId": one.group,
        "userId": one.assigned_to or (owner.id if owner is not None else None),
        "vmBoxId": one.mailbox,
        "recording": sound if one.kind != "voicemail" else None,
        "voicemail": {**sound, "transcript": one.transcript} if sound is not None and one.kind == "voicemail" else None,
    }


def _now(context: Context, scope: Scope, document: Document) -> Document:
    """A request that was changed."""
    found = Activity.from_document(document)
    return shown(scope, found, People(context, scope, [found]))


def _every(context: Context, scope: Scope, asked: Asked) -> Iterator[Activity]:
    """All that match, newest first: those of a person are given to them, or were their calls."""
    user = scope.view.users.get(asked.wanted.assigned_to or "")
    wanted = [asked.wanted]
    if user is not None:
        wanted.append(replace(asked.wanted, assigned_to=None, who=user.name))
    feeds = [_feed(context, scope, one, asked.within) for one in wanted]
    last = None
    for found in merge(*feeds, key=lambda one: (one.at, one.id), reverse=True):
        if found.id != last:
            yield found
        last = found.id


def _feed(context: Context, scope: Scope, wanted: ActivityFilter, within: tuple[str, ...] | None) -> Iterator[Activity]:
    sought, cursor = query_words(wanted.text or ""), None
    while True:
        found = activities.feed(context, scope, wanted, Page(200, cursor))
        for document in found["data"]:
            words = sought if within is None else words_of(document, within)
            if all(any(word.startswith(begin) for word in words) for begin in sought):
                yield Activity.from_document(document)
        cursor = found["next_cursor"]
        if cursor is None:
            return


def _word(words: Mapping[str, str], value: str | None, other: str) -> str:
    return next((name for name, ours in words.items() if ours == value), other)


def _chosen(given: Given, name: str, words: Mapping[str, Any]) -> Any:
    text = given.get(name, "")
    if text in ANY:
        return None
    if text not in words:
        raise Problem(400, f"invalid_{name}", f"{name} must be of {', '.join(words)}.")
    return words[text]


def _number(given: Given, name: str, default: int, most: int, least: int = 1) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 9 and least <= int(text)):
        raise Problem(400, f"invalid_{name}", f"{name} must be a number from {least}.")
    return min(int(text), most)


def _moment(given: Given, *names: str) -> float | None:
    """A time; without an offset it is UTC, as v4 has it."""
    for name in names:
        text = given.get(name)
        if text:
            zoned = text.endswith("Z") or "+" in text[10:] or "-" in text[10:]
            return seconds_of(text if zoned else f"{text}{'' if 'T' in text else 'T00:00:00'}Z", name)
    return None


def _switch(given: Given, name: str) -> bool | None:
    text = given.get(name, "").lower()
    if text not in ("", "true", "false"):
        raise Problem(400, f"invalid_{name}", f"{name} must be true or false.")
    return None if not text else text == "true"


def _phone(text: str | None) -> str | None:
    """A number as it is kept: digits behind a plus; ten digits are of North America."""
    digits = "".join(each for each in text or "" if each.isascii() and each.isdigit())
    return None if not digits else f"+1{digits}" if len(digits) == 10 else f"+{digits}" if len(digits) > 6 else digits
