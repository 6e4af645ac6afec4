"""Verbs as a subset of TwiML: Say, Play, Gather, Dial, Record, Redirect, Pause, Hangup, Reject and Enqueue.

What is not among them is refused by name, so that nothing is silently left out. Sounds of Play are names of this tenant's
prompts ("prompt:welcome"), not addresses: a call never waits for a stranger's file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from pydantic import ValidationError

from ivr.limits import verbs_max
from ivr.verbs.native import Answer
from ivr.verbs.verb import (
    BadVerbs,
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Say,
    Verb,
)

SPOKEN = ("en", "ru", "es")
STATUS_OF = {
    "answered": "completed",
    "busy": "busy",
    "declined": "busy",
    "no_answer": "no-answer",
    "unreachable": "failed",
    "failed": "failed",
}
"""DialCallStatus by how a dial ended."""


def read(body: str) -> Answer:
    """The answer. Raises BadVerbs."""
    if "<!" in body:
        raise BadVerbs("the answer has a document type, an entity or a comment")
    try:
        root = fromstring(body)
    except (ParseError, ValueError) as error:
        raise BadVerbs("the answer is no XML") from error
    if root.tag != "Response":
        raise BadVerbs("the answer is no Response")
    if len(root) > verbs_max:
        raise BadVerbs(f"more than {verbs_max} verbs")
    return Answer(verbs=tuple(_verb(element) for element in root))


def _verb(element: Element) -> Verb:
    make = MAKERS.get(element.tag)
    if make is None:
        raise BadVerbs(f"<{element.tag}> is not known here")
    try:
        return make(element)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadVerbs(f"<{element.tag}> {where}: {first['msg']}") from error
    except ValueError as error:
        raise BadVerbs(f"<{element.tag}>: {error}") from error


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _number(element: Element, name: str) -> float | None:
    text = element.get(name)
    return None if text is None else float(text)


def _text(element: Element) -> str:
    return " ".join((element.text or "").split())


def _say(element: Element) -> Say:
    language = (element.get("language") or "").partition("-")[0].lower()
    more = _given(language=language if language in SPOKEN else None, loop=_number(element, "loop"))
    return Say.model_validate({"text": _text(element), **more})


def _play(element: Element) -> Play:
    return Play.model_validate({"prompts": (_text(element),), **_given(loop=_number(element, "loop"))})


def _gather(element: Element) -> Gather:
    inner = [_verb(one) for one in element if one.tag in ("Say", "Play")]
    if len(inner) != len(element):
        raise BadVerbs("<Gather> holds Say and Play only")
    keys = _number(element, "numDigits")
    more = _given(
        max_keys=None if keys is None else int(keys),
        finish=element.get("finishOnKey"),
        timeout_s=_number(element, "timeout"),
        action=element.get("action") or "",
    )
    return Gather.model_validate({"say": tuple(inner), **{name: value for name, value in more.items() if value != ""}})


def _dial(element: Element) -> Dial:
    inner = [_text(one) for one in element if one.tag in ("Number", "Client", "Sip")]
    if len(inner) != len(element):
        raise BadVerbs("<Dial> holds Number and Client only")
    to = tuple(inner) or (_text(element),)
    return Dial.model_validate({"to": to, **_given(ring_s=_number(element, "timeout"), action=element.get("action"))})


def _record(element: Element) -> Record:
    beep = element.get("playBeep")
    more = _given(
        seconds_max=_number(element, "maxLength"), silence_s=_number(element, "timeout"), action=element.get("action")
    )
    return Record.model_validate({**more, "beep": beep != "false"})


def _pause(element: Element) -> Pause:
    return Pause.model_validate(_given(seconds=_number(element, "length")))


MAKERS: dict[str, Callable[[Element], Verb]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Dial": _dial,
    "Record": _record,
    "Redirect": lambda element: Redirect(url=_text(element)),
    "Enqueue": lambda element: Enqueue(queue=_text(element)),
    "Hangup": lambda element: Hangup(),
    "Reject": lambda element: Hangup(),
}
