"""Answering machines against people: what the detection of calls says of many synthetic voices in three languages.

    python -m tests.bench.machines [--voices 12] [--held-out] [--after 3.3 4.5 6]

Each phrase is spoken by espeak-ng in several voices and speeds, brought to a telephone's level with a line's noise, measured as
the rooms of the media plane measure who speaks (media/kernels/conference.c), and judged by the machine of live calls
(softswitch/calls/machine.py) on a virtual clock. "machine" is what is looked for: precision says how many of those that were
taken for machines were some, recall how many of the machines were found. `--after` is the tenant's `machine_after_s`;
`--held-out` takes phrases that nothing was set by.
"""

from __future__ import annotations

import argparse
import heapq
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.audio import wav
from media.audio.resample import to_8k
from softswitch.calls import effects as do
from softswitch.calls.machine import TIMER, Machines

RATE = 8000
BLOCK = 80
LOUD, QUIET = 53_700 * BLOCK, 5_370 * BLOCK
NOISE_DBOV = -58.0
ANSWER_S, AFTER_S = 0.6, 8.0
"""Before somebody speaks, and how long they listen then."""

VARIANTS = ("m1", "m2", "m3", "m4", "m5", "m7", "f1", "f2", "f3", "f4", "f5", "croak")
SPEEDS = (130, 170, 210)
LEVELS_DBOV = (-18.0, -28.0)
WORD, NAMED, COMPANY, GREETING = "a word", "a name", "a company", "a greeting"
PHRASES: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        (WORD, "Hello?"),
        (WORD, "Yes?"),
        (NAMED, "Ann Lee, good morning."),
        (NAMED, "Hello, this is Ben."),
        (COMPANY, "Riverside Dental, this is Ann speaking, how can I help you?"),
        (
            GREETING,
            "Hi, you have reached Ann Lee. I cannot take your call right now. Please leave a message after the tone.",
        ),
        (GREETING, "The person you are calling is not available. Please record your message after the beep."),
        (GREETING, "Hello, you've reached the voicemail of Ben Carter."),
    ),
    "es": (
        (WORD, "¿Diga?"),
        (WORD, "¿Sí?"),
        (NAMED, "Buenos días, Ana López."),
        (NAMED, "Hola, soy Benito."),
        (COMPANY, "Clínica Ribera, le atiende Ana, ¿en qué puedo ayudarle?"),
        (
            GREETING,
            "Hola, este es el contestador de Ana. Ahora no puedo atenderle. Deje su mensaje después de la señal.",
        ),
        (GREETING, "La persona a la que llama no está disponible en este momento. Grabe su mensaje."),
        (GREETING, "Ha llamado al buzón de voz de Benito Carter."),
    ),
    "ru": (
        (WORD, "Алло?"),
        (WORD, "Да."),
        (NAMED, "Анна Ли, доброе утро."),
        (NAMED, "Здравствуйте, это Борис."),
        (COMPANY, "Клиника на набережной, администратор Анна, чем могу помочь?"),
        (GREETING, "Вы позвонили Анне. Сейчас я не могу ответить. Оставьте сообщение после сигнала."),
        (GREETING, "Абонент не может ответить на ваш звонок. Пожалуйста, оставьте голосовое сообщение."),
        (GREETING, "Здравствуйте, это автоответчик Бориса Картера."),
    ),
}
HELD_OUT: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        (WORD, "Speaking."),
        (NAMED, "Carter residence, hello?"),
        (COMPANY, "Thank you for calling Acme, how may I direct your call?"),
        (COMPANY, "Good afternoon, Lakeside Plumbing and Heating, this is Tom, what can I do for you?"),
        (GREETING, "Hey, it's Tom. Leave me a message and I'll get back to you as soon as I can."),
        (GREETING, "We're sorry, no one is available to take your call. At the tone, please record your message."),
        (GREETING, "You have reached Lakeside Plumbing. Our office is closed. Please call back on Monday after nine."),
    ),
    "es": (
        (WORD, "¿Dígame?"),
        (NAMED, "Familia García, buenas tardes."),
        (COMPANY, "Gracias por llamar a Acme, ¿con quién le comunico?"),
        (COMPANY, "Buenas tardes, Talleres del Lago, le habla Tomás, ¿en qué le puedo servir?"),
        (GREETING, "Hola, soy Tomás. Deja tu mensaje y te llamo en cuanto pueda."),
        (GREETING, "Lo sentimos, nadie puede atender su llamada. Al oír el tono, grabe su mensaje."),
        (
            GREETING,
            "Ha llamado a Talleres del Lago. La oficina está cerrada. Llame de nuevo el lunes a partir de las nueve.",
        ),
    ),
    "ru": (
        (WORD, "Слушаю."),
        (NAMED, "Квартира Ивановых, добрый вечер."),
        (COMPANY, "Спасибо, что позвонили в Акме, с кем вас соединить?"),
        (COMPANY, "Добрый день, мастерская у озера, меня зовут Тимофей, чем могу быть полезен?"),
        (GREETING, "Привет, это Тимофей. Оставь сообщение, я перезвоню, как только смогу."),
        (GREETING, "К сожалению, сейчас никто не может подойти к телефону. После сигнала запишите ваше сообщение."),
        (
            GREETING,
            "Вы позвонили в мастерскую у озера. Мы закрыты. Перезвоните, пожалуйста, в понедельник после девяти.",
        ),
    ),
}


@dataclass(frozen=True)
class Said:
    """One phrase in one voice, and what it was taken for after how many seconds, by a tenant's `machine_after_s`."""

    greeting_s: float

    language: str
    kind: str
    verdict: str
    after_s: float
    seconds: float


class _Desk:
    """The desk of a call as far as the detection needs it: a clock, timers, reasons."""

    def __init__(self) -> None:
        self.now, self.codes = 0.0, [""]
        self.timers: list[tuple[float, str]] = []

    def step(self, code: str, text: str, **data: object) -> None:
        self.codes.append(code)

    def emit(self, *effects: do.Effect) -> None:
        for effect in effects:
            if isinstance(effect, do.StartTimer):
                self.timers = [(self.now + effect.seconds, effect.name)]
            elif isinstance(effect, do.CancelTimer):
                self.timers = []

    def live_leg(self, leg_id: str) -> Any:
        return _Leg()


@dataclass
class _Leg:
    id: str = "far"
    label: str = "far"


def spoken(text: str, language: str, variant: str, speed: int) -> NDArray[np.float64]:
    """The phrase at 8 kHz, full scale 1."""
    command = ["espeak-ng", "--stdout", "-v", f"{language}+{variant}", "-s", str(speed), text]
    heard = wav.parse(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)
    samples = to_8k(np.ascontiguousarray(heard.samples[:, 0]), heard.rate).astype(np.float64) / 32768
    loud = np.flatnonzero(np.abs(samples) > 0.003)
    return samples[loud[0] : loud[-1] + 1]


def on_the_line(voice: NDArray[np.float64], level_dbov: float, seed: int) -> NDArray[np.int64]:
    """The voice at a level, between silences with a line's noise."""
    active = voice[np.abs(voice) > 0.01]
    gain = 10 ** (level_dbov / 20) / max(1e-6, float(np.sqrt(np.mean(active**2))))
    whole = np.concatenate([np.zeros(int(ANSWER_S * RATE)), voice * gain, np.zeros(int(AFTER_S * RATE))])
    noise = np.random.default_rng(seed).normal(0, 10 ** (NOISE_DBOV / 20), len(whole))
    return (np.clip(whole + noise, -1, 1) * 32767).astype(np.int64)


def voices(samples: NDArray[np.int64]) -> Iterator[tuple[float, bool]]:
    """When a room would tell that the voice begins, and has stopped."""
    level, speaking = 0, False
    for index in range(len(samples) // BLOCK):
        block = samples[index * BLOCK : (index + 1) * BLOCK]
        level = max(level - (level >> 4), int(np.sum(block * block)))
        now = level > (QUIET if speaking else LOUD)
        if now != speaking:
            speaking = now
            yield (index + 1) * BLOCK / RATE, speaking


def judged(heard: list[tuple[float, bool]], greeting_s: float) -> tuple[str, float]:
    """What the detection says of when a voice was heard, and when it says so."""
    desk: Any = _Desk()
    over: list[float] = []
    leg: Any = _Leg()
    machines = Machines(desk, lambda _: over.append(desk.now), lambda *_: over.append(desk.now), greeting_s)
    machines.listen(leg, "skip")
    events: list[tuple[float, int, bool]] = [(at, index, on) for index, (at, on) in enumerate(heard)]
    heapq.heapify(events)
    while not over:
        timer = min(desk.timers, default=(float("inf"), ""))
        if events and events[0][0] <= timer[0]:
            desk.now, _, on = heapq.heappop(events)
            machines.voice(leg, on)
        else:
            desk.now, desk.timers = timer[0], []
            machines.timed_out(timer[1].removeprefix(TIMER))
    return desk.codes[-1].removeprefix("dial."), desk.now


def measured(phrases: dict[str, tuple[tuple[str, str], ...]], count: int, afters: list[float]) -> list[Said]:
    found = []
    for language, texts in phrases.items():
        for variant in VARIANTS[:count]:
            for speed in SPEEDS:
                for number, (kind, text) in enumerate(texts):
                    voice = spoken(text, language, variant, speed)
                    for level in LEVELS_DBOV:
                        heard = list(voices(on_the_line(voice, level, number)))
                        for greeting_s in afters:
                            said = judged(heard, greeting_s)
                            found.append(Said(greeting_s, language, kind, *said, len(voice) / RATE))
    return found


def report(found: list[Said]) -> Iterator[str]:
    yield "| language | who | said | seconds | taken for a machine | told after (median) |"
    yield "|---|---|---|---|---|---|"
    for language in PHRASES:
        for kind in (WORD, NAMED, COMPANY, GREETING):
            some = [one for one in found if (one.language, one.kind) == (language, kind)]
            machines = sum(one.verdict == "machine" for one in some)
            lengths = [one.seconds for one in some]
            who = "machine" if kind == GREETING else "person"
            share = f"{machines} of {len(some)}"
            after = np.median([one.after_s for one in some]) - ANSWER_S
            yield f"| {language} | {who} | {kind} | {min(lengths):.1f}-{max(lengths):.1f} | {share} | {after:.1f} s |"
    for name, kinds in (("all", (WORD, NAMED, COMPANY, GREETING)), ("without companies", (WORD, NAMED, GREETING))):
        some = [one for one in found if one.kind in kinds]
        taken = [one for one in some if one.verdict == "machine"]
        right = sum(one.kind == GREETING for one in taken)
        there = sum(one.kind == GREETING for one in some)
        yield f"{name}: precision {right / max(1, len(taken)):.3f}, recall {right / max(1, there):.3f} of {len(some)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--voices", type=int, default=len(VARIANTS))
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--after", type=float, nargs="+", default=[3.3])
    given = parser.parse_args()
    found = measured(HELD_OUT if given.held_out else PHRASES, given.voices, given.after)
    for greeting_s in given.after:
        print(f"machine_after_s {greeting_s}")
        print("\n".join(report([one for one in found if one.greeting_s == greeting_s])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
