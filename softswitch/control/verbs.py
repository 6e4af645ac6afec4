"""The verbs for live calls, version 1: what each takes, checked once, here. `VERBS` is the whole table.

A request is `{"op": verb, "v": 1, "tenant", "call", "key"?, ...}`; `key` is the client's own: the same request with the same
key is done once and answered alike (`once`). Fields that a verb does not have are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from softswitch.control.messages import ControlError

VERSION = 1
KEY_CHARS_MAX = 128
PROMPTS_MAX = 20
TARGET_CHARS_MAX = 64
TEXT_CHARS_MAX = 1_000
_PROMPT = re.compile(r"(prompt|sound|tone):[a-z0-9][a-z0-9_/-]{0,62}")

Check = Callable[[Any], bool]


def _is_prompts(value: Any) -> bool:
    fine = isinstance(value, list) and 0 < len(value) <= PROMPTS_MAX
    return fine and all(isinstance(one, str) and _PROMPT.fullmatch(one) for one in value)


def _is_keys(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9*#A-D]{1,64}", value) is not None


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TEXT_CHARS_MAX and value.isprintable()


def _is_language(value: Any) -> bool:
    return value in ("en", "ru", "es")


def _is_slot(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{2}", value) is not None and value != "00"


def _is_side(value: Any) -> bool:
    return value in ("caller", "callee")


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_target(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TARGET_CHARS_MAX and value.isprintable()


def _is_mode(value: Any) -> bool:
    return value in ("start", "stop", "mask", "pause", "resume")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a verb; `required`, or what it is without."""

    name: str
    check: Check
    words: str
    required: bool = True
    default: Any = None


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb for a live call."""

    name: str
    text: str
    fields: tuple[Field, ...] = ()


_SIDE = Field("side", _is_side, '"caller" or "callee"', False, "caller")
_KEEP = Field("keep", _is_side, '"caller" or "callee"', False)
_MODE = Field("mode", _is_mode, "start, stop, mask, pause or resume")
_PROMPTS = Field("prompts", _is_prompts, "names of prompts")
_AS = Field("as", _is_target, "a user id or extension", False)

VERBS: tuple[Verb, ...] = (
    Verb("answer", "Answer the caller, whoever else may do so later"),
    Verb("hangup", "End the call"),
    Verb("hold", "That side hears music and nobody else", (_SIDE,)),
    Verb("resume", "That side is back", (_SIDE,)),
    Verb("mute", "Nobody hears that side", (_SIDE,)),
    Verb("unmute", "That side is heard again", (_SIDE,)),
    Verb("transfer", "Send the call elsewhere", (Field("target", _is_target, "where to"), _KEEP, _AS)),
    Verb("park", "Park the call", (Field("slot", _is_slot, '"01" to "99"', False), _KEEP, _AS)),
    Verb(
        "bridge",
        "The caller of another call, who talks with nobody, joins this one",
        (Field("with", _is_target, "a call"),),
    ),
    Verb("play", "Play prompts to a side", (_PROMPTS, _SIDE, Field("loop", _is_flag, "true or false", False, False))),
    Verb("stop", "Play no more", (_SIDE,)),
    Verb("say", "Say digits to a side", (Field("digits", _is_digits, "1 to 20 digits"), _SIDE)),
    Verb(
        "speak",
        "Speak a text to a side",
        (
            Field("text", _is_text, f"1 to {TEXT_CHARS_MAX} characters"),
            Field("language", _is_language, "en, ru or es", False),
            _SIDE,
        ),
    ),
    Verb("dtmf", "Send keys to a side", (Field("digits", _is_keys, "keys 0-9 * # A-D"), _SIDE)),
    Verb("record", "Start, stop, mask, pause or resume the recording", (_MODE,)),
)
BY_NAME: Mapping[str, Verb] = {verb.name: verb for verb in VERBS}
_ENVELOPE = frozenset({"id", "op", "v", "tenant", "call", "key"})


def read(verb: Verb, request: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a verb, with defaults. Raises `ControlError` 422, and 400 for a version that is not spoken."""
    check_version(request)
    known = {field.name: field for field in verb.fields}
    for name in request:
        if name not in known and name not in _ENVELOPE:
            raise ControlError("unknown_field", f"{verb.name} takes no {name}", 422)
    return {field.name: _value(verb, field, request.get(field.name)) for field in verb.fields}


def _value(verb: Verb, field: Field, given: Any) -> Any:
    if given is None and not field.required:
        return field.default
    if not field.check(given):
        raise ControlError("bad_field", f"{verb.name}: {field.name} is {field.words}", 422)
    return given


def check_version(request: Mapping[str, Any]) -> None:
    """Raises `ControlError` 400 for a version that is not spoken here."""
    if request.get("v", VERSION) != VERSION:
        raise ControlError("unsupported_version", f"this switch speaks version {VERSION}", 400)
