"""Headers that name another dialog: Replaces (RFC 3891 6.1), Join (RFC 3911 7.1), Target-Dialog (RFC 4538 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from softswitch.sip.errors import BadMessage
from softswitch.sip.fields.item import print_known, take_flag
from softswitch.sip.grammar import is_token
from softswitch.sip.parameters import Parameters, parse_parameters, print_parameters

_CALL_ID = re.compile(r"\s*+([^\s;,@]++(?:@[^\s;,@]++)?)\s*+")


@dataclass(frozen=True, slots=True)
class Replaces:
    """The dialog to be replaced, as its other end sees it: `to_tag` is the tag of the one who gets this header."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        tags = print_known(("to-tag", self.to_tag), ("from-tag", self.from_tag), ("early-only", self.early_only))
        return f"{self.call_id}{tags}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class Join:
    """The dialog to be joined, as its other end sees it."""

    call_id: str
    to_tag: str
    from_tag: str
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        tags = print_known(("to-tag", self.to_tag), ("from-tag", self.from_tag))
        return f"{self.call_id}{tags}{print_parameters(self.params)}"


@dataclass(frozen=True, slots=True)
class TargetDialog:
    """A dialog that the sender is in: `local_tag` is the sender's own."""

    call_id: str
    local_tag: str
    remote_tag: str
    params: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        tags = print_known(("local-tag", self.local_tag), ("remote-tag", self.remote_tag))
        return f"{self.call_id}{tags}{print_parameters(self.params)}"


def parse_replaces(text: str) -> Replaces:
    """The Replaces of an INVITE, or of a Refer-To URI with its escapes removed."""
    call_id, params = _call_id(text)
    to_tag, from_tag = _take_tag(params, "to-tag"), _take_tag(params, "from-tag")
    return Replaces(call_id, to_tag, from_tag, take_flag(params, "early-only"), params)


def parse_join(text: str) -> Join:
    """The Join of an INVITE."""
    call_id, params = _call_id(text)
    return Join(call_id, _take_tag(params, "to-tag"), _take_tag(params, "from-tag"), params)


def parse_target_dialog(text: str) -> TargetDialog:
    """The Target-Dialog of a request that starts a dialog."""
    call_id, params = _call_id(text)
    return TargetDialog(call_id, _take_tag(params, "local-tag"), _take_tag(params, "remote-tag"), params)


def _call_id(text: str) -> tuple[str, Parameters]:
    found = _CALL_ID.match(text)
    if found is None:
        raise BadMessage(400, "Bad Dialog Identifier")
    return found[1], parse_parameters(text[found.end() :])


def _take_tag(params: Parameters, name: str) -> str:
    tag = params.pop(name, None)
    if tag is None or not is_token(tag):
        raise BadMessage(400, "Bad Dialog Identifier")
    return tag
