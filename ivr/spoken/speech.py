"""The grammar of a language, and what a value is when it is said; what cannot be said so is said as it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, DecimalException

from ivr.spoken import english, russian, spanish

NUMBER_MAX = 10**15
CHARS_MAX = 64


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a language says numbers, dates, times and amounts."""

    cardinal: Callable[[int], str]
    decimals: Callable[[int, str], str]
    day: Callable[[date], str]
    clock: Callable[[time], str]
    money: Callable[[Decimal, str], str]
    digits: dict[str, str]
    minus: str
    currency: str
    currencies: frozenset[str]


ENGLISH = Grammar(
    english.cardinal,
    english.decimals,
    english.day,
    english.clock,
    english.money,
    english.DIGITS,
    english.MINUS,
    "USD",
    frozenset(english.CURRENCIES),
)
RUSSIAN = Grammar(
    russian.cardinal,
    russian.decimals,
    russian.day,
    russian.clock,
    russian.money,
    russian.DIGITS,
    russian.MINUS,
    "RUB",
    frozenset(russian.CURRENCIES),
)
SPANISH = Grammar(
    spanish.cardinal,
    spanish.decimals,
    spanish.day,
    spanish.clock,
    spanish.money,
    spanish.DIGITS,
    spanish.MINUS,
    "USD",
    frozenset(spanish.CURRENCIES),
)
GRAMMARS = {"en": ENGLISH, "ru": RUSSIAN, "es": SPANISH}


def grammar_of(language: str) -> Grammar:
    """The grammar of a language; English for one we do not know."""
    return GRAMMARS.get(language.partition("-")[0].lower(), ENGLISH)


def digits(text: str, language: str) -> str:
    """One key after another."""
    known = grammar_of(language).digits
    return " ".join(known.get(char, char) for char in text if not char.isspace())


def number(text: str, language: str) -> str:
    """A number with or without digits behind its point."""
    value = _decimal(text)
    if value is None:
        return text
    grammar = grammar_of(language)
    whole, _, part = f"{abs(value):f}".partition(".")
    part = part.rstrip("0")
    words = grammar.decimals(int(whole), part) if part else grammar.cardinal(int(whole))
    return f"{grammar.minus} {words}" if value < 0 else words


def money(text: str, language: str, currency: str = "") -> str:
    """An amount, in the currency of the language when none is named."""
    value, grammar = _decimal(text), grammar_of(language)
    currency = currency.upper() or grammar.currency
    if value is None or currency not in grammar.currencies:
        return f"{text} {currency}".strip()
    words = grammar.money(abs(value), currency)
    return f"{grammar.minus} {words}" if value < 0 else words


def day(text: str, language: str) -> str:
    """A date: ISO 8601, with or without a time."""
    try:
        return grammar_of(language).day(datetime.fromisoformat(text.strip()[:CHARS_MAX]).date())
    except ValueError:
        return text


def clock(text: str, language: str) -> str:
    """A time of day: HH:MM, or an ISO 8601 moment."""
    given = text.strip()[:CHARS_MAX]
    try:
        at = datetime.fromisoformat(given).time() if "-" in given else time.fromisoformat(given)
    except ValueError:
        return text
    return grammar_of(language).clock(at)


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip()[:CHARS_MAX])
    except DecimalException:
        return None
    return value if value.is_finite() and abs(value) < NUMBER_MAX and value.adjusted() > -CHARS_MAX else None
