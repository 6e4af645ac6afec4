"""Russian: genders, cases and the three forms that follow a number: "две тысячи один рубль", "двадцать шестое ноября"."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Literal

Gender = Literal["m", "f", "n"]
Forms = tuple[str, str, str]
"""One, two to four, five and more: рубль, рубля, рублей."""

ONES = [
    "ноль",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
]
TENS = [
    "_",
    "_",
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
]
HUNDREDS = [
    "_",
    "сто",
    "двести",
    "триста",
    "четыреста",
    "пятьсот",
    "шестьсот",
    "семьсот",
    "восемьсот",
    "девятьсот",
]
GENDERED = {(1, "f"): "одна", (1, "n"): "одно", (2, "f"): "две"}
SCALES: tuple[tuple[int, Forms, Gender], ...] = (
    (10**12, ("триллион", "триллиона", "триллионов"), "m"),
    (10**9, ("миллиард", "миллиарда", "миллиардов"), "m"),
    (10**6, ("миллион", "миллиона", "миллионов"), "m"),
    (1000, ("тысяча", "тысячи", "тысяч"), "f"),
)
MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
STEMS = {
    1: "перв", 2: "втор", 4: "четвёрт", 5: "пят", 6: "шест", 7: "седьм", 8: "восьм", 9: "девят", 10: "десят",
    11: "одиннадцат", 12: "двенадцат", 13: "тринадцат", 14: "четырнадцат", 15: "пятнадцат", 16: "шестнадцат",
    17: "семнадцат", 18: "восемнадцат", 19: "девятнадцат", 20: "двадцат", 30: "тридцат", 40: "сороков",
    50: "пятидесят", 60: "шестидесят", 70: "семидесят", 80: "восьмидесят", 90: "девяност", 100: "сот",
    200: "двухсот", 300: "трёхсот", 400: "четырёхсот", 500: "пятисот", 600: "шестисот", 700: "семисот",
    800: "восьмисот", 900: "девятисот", 1000: "тысячн", 2000: "двухтысячн",
}  # fmt: skip
CURRENCIES: dict[str, tuple[Forms, Gender, Forms, Gender]] = {
    "RUB": (("рубль", "рубля", "рублей"), "m", ("копейка", "копейки", "копеек"), "f"),
    "USD": (("доллар", "доллара", "долларов"), "m", ("цент", "цента", "центов"), "m"),
    "EUR": (("евро", "евро", "евро"), "m", ("цент", "цента", "центов"), "m"),
    "GBP": (("фунт", "фунта", "фунтов"), "m", ("пенс", "пенса", "пенсов"), "m"),
    "MXN": (("песо", "песо", "песо"), "n", ("сентаво", "сентаво", "сентаво"), "n"),
}
DIGITS = dict(zip("0123456789", ONES, strict=False)) | {"*": "звёздочка", "#": "решётка", "+": "плюс"}
POINT, MINUS = "запятая", "минус"
PARTS = ("десят", "сот", "тысячн", "десятитысячн", "стотысячн", "миллионн")


def form(number: int, forms: Forms) -> str:
    """The form of a noun that follows the number."""
    if 11 <= number % 100 <= 14:
        return forms[2]
    return forms[0] if number % 10 == 1 else forms[1] if 2 <= number % 10 <= 4 else forms[2]


def cardinal(number: int, gender: Gender = "m") -> str:
    """A whole number from 0, in the gender of what is counted."""
    words: list[str] = []
    for size, forms, of in SCALES:
        if number >= size:
            count = number // size
            words += [*([] if count == 1 and size == 1000 else [cardinal(count, of)]), form(count, forms)]
            number %= size
    if number >= 100:
        words.append(HUNDREDS[number // 100])
        number %= 100
    if number >= 20:
        words.append(TENS[number // 10])
        number %= 10
    if number or not words:
        words.append(GENDERED.get((number, gender), ONES[number]))
    return " ".join(words)


def ordinal(number: int, case: Literal["nominative", "genitive"] = "nominative") -> str:
    """A whole number from 1 to 2999 as a place in a row: neuter nominative (a day), or masculine genitive (a year)."""
    last = next(size for size in (number, number % 1000, number % 100, number % 10) if size in STEMS or size == 3)
    before = number - last
    words = [cardinal(before)] if before else []
    if last == 3:
        return " ".join((*words, "третье" if case == "nominative" else "третьего"))
    return " ".join((*words, STEMS[last] + ("ое" if case == "nominative" else "ого")))


def decimals(whole: int, part: str) -> str:
    """A number with digits behind its comma."""
    count = int(part)
    if len(part) > len(PARTS):
        return f"{cardinal(whole)} {POINT} {' '.join(DIGITS[digit] for digit in part)}"
    one = form(whole, ("целая", "целых", "целых"))
    end = form(count, ("ая", "ых", "ых"))
    return f"{cardinal(whole, 'f')} {one} {cardinal(count, 'f')} {PARTS[len(part) - 1]}{end}"


def day(of: date) -> str:
    """A date."""
    year = ordinal(of.year, "genitive") if of.year < 3000 else cardinal(of.year)
    return f"{ordinal(of.day)} {MONTHS[of.month - 1]} {year} года"


def clock(at: time) -> str:
    """A time of day."""
    hours = f"{cardinal(at.hour)} {form(at.hour, ('час', 'часа', 'часов'))}"
    if at.minute == 0:
        return hours
    return f"{hours} {cardinal(at.minute, 'f')} {form(at.minute, ('минута', 'минуты', 'минут'))}"


def money(amount: Decimal, currency: str) -> str:
    """An amount from 0 of one of `CURRENCIES`."""
    main, gender, small, small_gender = CURRENCIES[currency]
    whole, part = divmod(round(amount * 100), 100)
    words = [] if part and not whole else [f"{cardinal(whole, gender)} {form(whole, main)}"]
    if part:
        words.append(f"{cardinal(part, small_gender)} {form(part, small)}")
    return " ".join(words)
