"""Faults and blame in the words of people, English and Russian: one table, one row a thing."""

from __future__ import annotations

from typing import Literal

from quality.signal.defect import Fault

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")

FAULTS: dict[Fault, dict[Language, str]] = {
    Fault.ONE_WAY: {"en": "nothing is heard from this side", "ru": "с этой стороны ничего не слышно"},
    Fault.DEAD_AIR: {"en": "silence on both sides", "ru": "тишина с обеих сторон"},
    Fault.CLIPPING: {"en": "distorted: too loud for its converter", "ru": "искажения: перегрузка по громкости"},
    Fault.OFFSET: {"en": "constant voltage under the sound", "ru": "постоянная составляющая в сигнале"},
    Fault.HUM: {"en": "mains hum", "ru": "гул электросети"},
    Fault.NOISE: {"en": "loud noise in the background", "ru": "сильный фоновый шум"},
    Fault.TOO_QUIET: {"en": "too quiet", "ru": "слишком тихо"},
    Fault.TOO_LOUD: {"en": "too loud", "ru": "слишком громко"},
    Fault.IMBALANCE: {"en": "far quieter than the other side", "ru": "намного тише другой стороны"},
    Fault.CLICKS: {"en": "clicks", "ru": "щелчки"},
    Fault.DROPOUTS: {"en": "cut out: packets were missing", "ru": "пропадания: не хватало пакетов"},
    Fault.ROBOTIC: {"en": "robot's voice: lost frames were repeated", "ru": "голос робота: повтор потерянных кадров"},
    Fault.WRONG_LAW: {"en": "decoded by the wrong law", "ru": "декодировано не тем законом (A/µ)"},
    Fault.ECHO: {"en": "the other side hears itself", "ru": "другая сторона слышит собственное эхо"},
    Fault.DOUBLE_TALK: {"en": "cut off whenever the other speaks", "ru": "обрывается, когда говорит собеседник"},
    Fault.KEY_DAMAGE: {"en": "key tone damaged", "ru": "тональный набор искажён"},
}


def fault_in_words(fault: str) -> dict[Language, str]:
    """The words of a fault by its name in documents; the name itself for one of another version."""
    known = next((one for one in Fault if one.value == fault), None)
    return FAULTS[known] if known is not None else {"en": fault, "ru": fault}
