"""What a mailbox says of its messages: how many there are, and of each who left it, when, and how long it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.spoken import english, russian, spanish
from ivr.spoken.speech import digits, grammar_of


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is said before a message. `number`: which of its folder; `at`, `now` in the time of who listens."""

    number: int
    new: bool
    urgent: bool
    name: str | None
    caller: str
    at: datetime
    now: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of a language. `counts(new, saved)`; `nth(number, new)`; `long` says whole seconds."""

    counts: Callable[[int, int], str]
    nth: Callable[[int, bool], str]
    urgent: str
    from_: str
    hidden: str
    received: Callable[[str, str], str]
    today: str
    yesterday: str
    long: Callable[[int], str]


def counts(new: int, saved: int, language: str) -> str:
    """How many messages there are."""
    return _of(language).counts(new, saved)


def envelope(of: Envelope, language: str) -> str:
    """All that is said before a message."""
    words = _of(language)
    who = of.name or (digits(of.caller, language) if any(char.isdigit() for char in of.caller) else words.hidden)
    day = words.today if of.at.date() == of.now.date() else ""
    if of.at.date() == (of.now - timedelta(days=1)).date():
        day = words.yesterday
    grammar = grammar_of(language)
    when = words.received(
        day or grammar.day(of.at.date()), grammar.clock(of.at.time().replace(second=0, microsecond=0))
    )
    urgent = f" {words.urgent}" if of.urgent else ""
    length = words.long(max(1, round(of.seconds)))
    return f"{words.nth(of.number, of.new)}{urgent} {words.from_} {who}. {when} {length}"


def _of(language: str) -> Words:
    return WORDS.get(language.partition("-")[0].lower(), WORDS["en"])


def _english_counts(new: int, saved: int) -> str:
    def some(count: int, kind: str) -> str:
        return f"{english.cardinal(count)} {kind} message{'' if count == 1 else 's'}"

    parts = [some(count, kind) for count, kind in ((new, "new"), (saved, "saved")) if count]
    return f"You have {' and '.join(parts)}." if parts else "You have no messages."


def _russian_counts(new: int, saved: int) -> str:
    kinds = ((new, ("новое", "новых", "новых")), (saved, ("сохранённое", "сохранённых", "сохранённых")))
    nouns = ("сообщение", "сообщения", "сообщений")
    parts = [
        f"{russian.cardinal(count, 'n')} {russian.form(count, forms)} {russian.form(count, nouns)}"
        for count, forms in kinds
        if count
    ]
    return f"У вас {' и '.join(parts)}." if parts else "У вас нет сообщений."


def _spanish_counts(new: int, saved: int) -> str:
    def some(count: int, one: str) -> str:
        return f"un mensaje {one}" if count == 1 else f"{spanish.counted(count, 'm')} mensajes {one}s"

    parts = [some(count, kind) for count, kind in ((new, "nuevo"), (saved, "guardado")) if count]
    return f"Tiene {' y '.join(parts)}." if parts else "No tiene mensajes."


def _spanish_seconds(count: int) -> str:
    return "Dura un segundo." if count == 1 else f"Dura {spanish.counted(count, 'm')} segundos."


def _russian_seconds(count: int) -> str:
    return f"Длительность: {russian.cardinal(count, 'f')} {russian.form(count, ('секунда', 'секунды', 'секунд'))}."


WORDS = {
    "en": Words(
        _english_counts,
        lambda number, new: f"{'New' if new else 'Saved'} message {english.cardinal(number)}.",
        "Urgent.",
        "From",
        "a caller who hides the number",
        lambda day, clock: f"Received {day} at {clock}.",
        "today",
        "yesterday",
        lambda count: f"Length: {english.cardinal(count)} second{'' if count == 1 else 's'}.",
    ),
    "ru": Words(
        _russian_counts,
        lambda number, new: f"{'Новое' if new else 'Сохранённое'} сообщение номер {russian.cardinal(number)}.",
        "Срочное.",
        "От",
        "абонента, который скрывает номер",
        lambda day, clock: f"Получено: {day}, {clock}.",
        "сегодня",
        "вчера",
        _russian_seconds,
    ),
    "es": Words(
        _spanish_counts,
        lambda number, new: f"Mensaje {'nuevo' if new else 'guardado'} número {spanish.cardinal(number)}.",
        "Urgente.",
        "De",
        "una persona que oculta su número",
        lambda day, clock: f"Recibido {day}, {clock}.",
        "hoy",
        "ayer",
        _spanish_seconds,
    ),
}
