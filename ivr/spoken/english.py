"""English (US): "one hundred twenty-three", "November twenty-sixth, twenty twenty-six", "six oh five P M"."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = [
    "_",
    "_",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]
SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
CURRENCIES = {
    "USD": ("dollar", "dollars", "cent", "cents"),
    "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("pound", "pounds", "penny", "pence"),
    "RUB": ("ruble", "rubles", "kopeck", "kopecks"),
    "MXN": ("peso", "pesos", "centavo", "centavos"),
}
DIGITS = dict(zip("0123456789", ONES, strict=False)) | {"*": "star", "#": "pound", "+": "plus"}
POINT, MINUS = "point", "minus"


def cardinal(number: int) -> str:
    """A whole number from 0."""
    words: list[str] = []
    for size, name in SCALES:
        if number >= size:
            words += [cardinal(number // size), name]
            number %= size
    if number >= 100:
        words += [ONES[number // 100], "hundred"]
        number %= 100
    if number >= 20:
        words.append(TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else ""))
    elif number or not words:
        words.append(ONES[number])
    return " ".join(words)


def ordinal(number: int) -> str:
    """A whole number from 1 as a place in a row."""
    words = cardinal(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[cut:]
    if last in IRREGULAR:
        return words[:cut] + IRREGULAR[last]
    return words[:cut] + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def decimals(whole: int, part: str) -> str:
    """A number with digits behind its point."""
    return f"{cardinal(whole)} {POINT} {' '.join(DIGITS[digit] for digit in part)}"


def year(number: int) -> str:
    """A year as it is said."""
    high, low = divmod(number, 100)
    if number % 1000 < 10 or not 1000 <= number <= 9999:
        return cardinal(number)
    if low == 0:
        return f"{cardinal(high)} hundred"
    return f"{cardinal(high)} {'oh ' if low < 10 else ''}{cardinal(low)}"


def day(of: date) -> str:
    """A date."""
    return f"{MONTHS[of.month - 1]} {ordinal(of.day)}, {year(of.year)}"


def clock(at: time) -> str:
    """A time of day."""
    hour, half = cardinal(at.hour % 12 or 12), "A M" if at.hour < 12 else "P M"
    if at.minute == 0:
        return f"{hour} {half}"
    return f"{hour} {'oh ' if at.minute < 10 else ''}{cardinal(at.minute)} {half}"


def money(amount: Decimal, currency: str) -> str:
    """An amount from 0 of one of `CURRENCIES`."""
    one, many, cent, cents = CURRENCIES[currency]
    whole, part = divmod(round(amount * 100), 100)
    words = [] if part and not whole else [f"{cardinal(whole)} {one if whole == 1 else many}"]
    if part:
        words.append(f"{cardinal(part)} {cent if part == 1 else cents}")
    return " and ".join(words)
