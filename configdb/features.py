"""Feature codes: what a user's phone may dial, or press in a call, instead of a number. One row a feature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

FeatureCode = Annotated[str, Field(pattern=r"^([*#][0-9*#]{1,5})?$")]
"""What is dialled: begins with * or #, so that it is no extension, number or emergency service."""

Argument = Literal["none", "extension", "number", "slot", "optional slot", "optional number"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature. `code` is the usual one; `argument` is dialled right after it; `in_call`: pressed while talking."""

    id: str
    code: str
    text: str
    argument: Argument = "none"
    in_call: bool = False


FEATURES: tuple[Feature, ...] = (
    Feature("dnd_on", "*78", "Do not disturb: on"),
    Feature("dnd_off", "*79", "Do not disturb: off"),
    Feature("forward", "*72", "Forward all calls to an extension or number", "number"),
    Feature("forward_off", "*74", "Forward no calls"),
    Feature("forward_busy", "*90", "Forward calls while busy", "number"),
    Feature("forward_busy_off", "*91", "Forward no calls while busy"),
    Feature("forward_no_answer", "*92", "Forward calls that are not answered", "number"),
    Feature("forward_no_answer_off", "*93", "Forward no calls that are not answered"),
    Feature("withhold", "*67", "Call a number without showing who calls", "number"),
    Feature("pick_up", "**", "Take the call that rings at an extension", "extension"),
    Feature("pick_up_group", "*8", "Take a call that rings at anybody of my groups"),
    Feature(
        "park", "*68", "Park a call (transfer it there), in the next free slot or in one of 01 to 99", "optional slot"
    ),
    Feature("unpark", "*69", "Take the call parked in a slot", "slot"),
    Feature("intercom", "*80", "Speak through the loudspeaker of an extension, or of all in a group", "extension"),
    Feature(
        "monitor", "*81", "Owners and managers: listen to the call of an extension (4, 5, 6 change how)", "extension"
    ),
    Feature("whisper", "*82", "Owners and managers: whisper to an extension in its call", "extension"),
    Feature("barge", "*83", "Owners and managers: join the call of an extension", "extension"),
    Feature("agent_in", "*84", "Queues: begin work"),
    Feature("agent_out", "*85", "Queues: end work"),
    Feature("agent_pause", "*86", "Queues: pause"),
    Feature("agent_ready", "*87", "Queues: go on after a pause, or at once after a call"),
    Feature("when_free", "*66", "Call me, and then that extension, when it is free", "extension"),
    Feature("voicemail", "*97", "Voicemail: listen to my messages"),
    Feature("voicemail_of", "*98", "Voicemail: listen to another mailbox, with its PIN", "optional number"),
    Feature("greeting", "*73", "Voicemail: record my greetings and my name, change my PIN"),
    Feature("record_prompt", "*77", "Owners and managers: record the prompt with that number", "number"),
    Feature("desk_in", "*11", "Log in at this phone as an extension, with its PIN", "extension"),
    Feature("desk_out", "*12", "Log out at this phone: it is its owner's again"),
    Feature("conference", "*30", "Come into a conference room", "number"),
    Feature("in_call_transfer", "*2", "In a call: transfer it to a number", in_call=True),
    Feature("in_call_join", "*3", "In a call: who I talk with in my other call joins it (three-way)", in_call=True),
    Feature("in_call_park", "*5", "In a call: park it and hear the slot", in_call=True),
)
"""Codes may begin alike: the longest one that fits what was dialled counts."""

SLOTS_MAX = 99


def codes_of(chosen: Mapping[str, str]) -> dict[str, Feature]:
    """The features by their code, as a tenant has them; those switched off are left out."""
    found = ((chosen.get(feature.id, feature.code), feature) for feature in FEATURES)
    return {code: feature for code, feature in found if code}


@dataclass(frozen=True, slots=True)
class Dialled:
    """A feature that was dialled, with its argument ("" when it takes none)."""

    feature: Feature
    argument: str


def read_code(chosen: Mapping[str, str], dialled: str) -> Dialled | None:
    """What was dialled, when that is a feature code with what belongs to it."""
    if not dialled.startswith(("*", "#")):
        return None
    codes = codes_of(chosen)
    for length in range(len(dialled), 0, -1):
        feature = codes.get(dialled[:length])
        if feature is not None and not feature.in_call and _fits(feature.argument, dialled[length:]):
            return Dialled(feature, dialled[length:])
    return None


def _fits(argument: Argument, given: str) -> bool:
    match argument:
        case "none":
            return not given
        case "optional slot":
            return not given or (given.isascii() and given.isdecimal() and len(given) == 2 and given != "00")
        case "optional number":
            return not given or (given.isascii() and given.isdecimal())
        case "slot":
            return given.isascii() and given.isdecimal() and len(given) == 2 and given != "00"
    return bool(given) and given.removeprefix("+").isdecimal() and given.isascii()
