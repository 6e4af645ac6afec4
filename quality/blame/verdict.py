"""Who is to blame for a call that was bad, with the reason in words: our node, a trunk, a phone, a site's network, the far end.

Packets that were missing when they came to us were lost before us; packets that a phone did not get, behind us;
a fault in the sound of packets that are all there was made before the packets were. What is bad on both sides at once is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from quality.blame.sides import Conversation, Kind, Side, Stream
from quality.words import Language, fault_in_words

GONE_PERCENT_MAX = 2.0
JITTER_MS_MAX = 40.0
BY_DEVICE = frozenset(
    {"clipping", "dc_offset", "hum", "noise", "too_quiet", "too_loud", "clicks", "echo", "double_talk"}
)
BY_DEVICE |= frozenset({"wrong_law", "dtmf_damage", "imbalance"})
BY_NETWORK = frozenset({"dropouts", "robotic"})


class Culprit(Enum):
    """Whom to call."""

    NODE = "node"
    TRUNK = "trunk"
    PHONE = "phone"
    SITE = "site_network"
    FAR_END = "far_end"


NAMES: Mapping[Culprit, Mapping[Language, str]] = {
    Culprit.NODE: {"en": "this node or its own network", "ru": "этот узел или его сеть"},
    Culprit.TRUNK: {"en": "the trunk", "ru": "транк"},
    Culprit.PHONE: {"en": "the telephone", "ru": "телефон"},
    Culprit.SITE: {"en": "the network of the site", "ru": "сеть площадки"},
    Culprit.FAR_END: {"en": "the far end, behind the trunk", "ru": "дальний конец, за транком"},
}
REASONS: Mapping[str, Mapping[Language, str]] = {
    "both": {"en": "both sides lost packets at once", "ru": "пакеты терялись с обеих сторон сразу"},
    "came": {
        "en": "{percent:.1f} % of its packets were missing or late",
        "ru": "{percent:.1f} % пакетов от него потеряны или опоздали",
    },
    "went": {
        "en": "{percent:.1f} % of what was sent did not arrive there",
        "ru": "{percent:.1f} % отправленного туда не дошло",
    },
    "jitter": {
        "en": "its packets came unevenly, jitter {ms:.0f} ms",
        "ru": "пакеты шли неравномерно, джиттер {ms:.0f} мс",
    },
    "nothing": {"en": "no packet came from it", "ru": "от него не пришло ни одного пакета"},
    "fault": {"en": "in its sound: {fault}", "ru": "в его звуке: {fault}"},
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`name` of the trunk, phone or site; `reason` a key of `REASONS` with its `values`."""

    culprit: Culprit
    name: str
    reason: str
    values: tuple[tuple[str, Any], ...] = ()

    def words(self, language: Language) -> str:
        """A sentence without its stop."""
        given = dict(self.values)
        if "fault" in given:
            given["fault"] = fault_in_words(given["fault"])[language]
        said = REASONS[self.reason][language].format(**given)
        name = f" {self.name}" if self.name and self.culprit is not Culprit.NODE else ""
        return f"{NAMES[self.culprit][language]}{name}: {said}"

    def to_document(self) -> dict[str, Any]:
        """JSON."""
        text = {"en": self.words("en"), "ru": self.words("ru")}
        return {"culprit": self.culprit.value, "name": self.name, "reason": self.reason, "text": text}


def verdicts(call: Conversation) -> tuple[Verdict, ...]:
    """Everything that is somebody's fault, the worst first; none for a call in order, or one of which nothing was measured."""
    bad = [side for side in call.sides if _gone(side.came) > GONE_PERCENT_MAX]
    if len(call.sides) > 1 and len(bad) == len(call.sides):
        return (Verdict(Culprit.NODE, "", "both"), *_by_sound(call))
    found = [one for side in call.sides for one in _by_packets(side)]
    return (*sorted(found, key=_weight, reverse=True), *_by_sound(call))


def _gone(stream: Stream | None) -> float:
    return 0.0 if stream is None else stream.lost_percent + stream.late_percent


def _weight(verdict: Verdict) -> float:
    return max(
        (float(value) for key, value in verdict.values if key == "percent"),
        default=100.0 * (verdict.reason == "nothing"),
    )


def _network(side: Side) -> tuple[Culprit, str]:
    return (Culprit.TRUNK, side.name) if side.kind is Kind.TRUNK else (Culprit.SITE, side.site or side.name)


def _by_packets(side: Side) -> list[Verdict]:
    found = []
    who, name = _network(side)
    came, went = side.came, side.went
    if came is not None and came.packets == 0:
        return [Verdict(who, name, "nothing")]
    if _gone(came) > GONE_PERCENT_MAX:
        found.append(Verdict(who, name, "came", (("percent", _gone(came)),)))
    elif came is not None and came.jitter_ms > JITTER_MS_MAX:
        found.append(Verdict(who, name, "jitter", (("ms", came.jitter_ms),)))
    if went is not None and went.lost_percent > GONE_PERCENT_MAX:
        found.append(Verdict(who, name, "went", (("percent", went.lost_percent),)))
    return found


def _by_sound(call: Conversation) -> list[Verdict]:
    """Faults heard in what came: of the device when its packets were there; of a network before the last one when it cuts."""
    found = []
    for side in call.sides:
        clean = _gone(side.came) <= GONE_PERCENT_MAX
        for fault in sorted(side.faults):
            if side.came is not None and side.came.packets == 0:
                continue
            if fault in BY_NETWORK and not clean:
                continue  # the packets say it already
            if side.kind is Kind.TRUNK:
                found.append(Verdict(Culprit.FAR_END, side.name, "fault", (("fault", fault),)))
            elif fault in BY_DEVICE or fault in BY_NETWORK or fault in ("one_way", "dead_air"):
                found.append(Verdict(Culprit.PHONE, side.device or side.name, "fault", (("fault", fault),)))
    return found
