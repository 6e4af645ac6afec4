"""Spanish (Latin America): "ciento veintiún dólares", "primero de mayo de dos mil veintiséis", "las seis y cinco de la tarde"."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Literal

Gender = Literal["m", "f"]

ONES = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
TENS = [
    "_",
    "_",
    "_",
    "treinta",
    "cuarenta",
    "cincuenta",
    "sesenta",
    "setenta",
    "ochenta",
    "noventa",
]
HUNDREDS = [
    "_",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]
MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
CURRENCIES: dict[str, tuple[str, str, Gender, str, str]] = {
    "USD": ("dólar", "dólares", "m", "centavo", "centavos"),
    "EUR": ("euro", "euros", "m", "céntimo", "céntimos"),
    "GBP": ("libra", "libras", "f", "penique", "peniques"),
    "RUB": ("rublo", "rublos", "m", "kopek", "kopeks"),
    "MXN": ("peso", "pesos", "m", "centavo", "centavos"),
}
DIGITS = dict(zip("0123456789", ONES, strict=False)) | {"*": "asterisco", "#": "numeral", "+": "más"}
POINT, MINUS = "punto", "menos"


def cardinal(number: int) -> str:
    """A whole number from 0, standing alone."""
    return _number(number, "alone")


def counted(number: int, gender: Gender) -> str:
    """A whole number before what it counts: "un dólar", "veintiuna libras"."""
    return _number(number, gender)


def _number(number: int, before: Literal["alone", "m", "f"]) -> str:
    words: list[str] = []
    for size, one, many in ((10**12, "billón", "billones"), (10**6, "millón", "millones")):
        if number >= size:
            count = number // size
            words += [_number(count, "m"), one if count == 1 else many]
            number %= size
    if number >= 1000:
        count = number // 1000
        words += [*([] if count == 1 else [_number(count, "f" if before == "f" else "m")]), "mil"]
        number %= 1000
    if number >= 100:
        words.append("cien" if number == 100 else _hundred(number // 100, before))
        number %= 100
    if number or not words:
        words.append(_below_hundred(number, before))
    return " ".join(words)


def _hundred(count: int, before: str) -> str:
    word = HUNDREDS[count]
    return word[:-2] + "as" if before == "f" and count > 1 else word


def _below_hundred(number: int, before: str) -> str:
    if number < 30:
        word = ONES[number]
    else:
        word = TENS[number // 10] + (f" y {ONES[number % 10]}" if number % 10 else "")
    if number % 10 != 1 or number == 11 or before == "alone":
        return word
    if before == "f":
        return word[:-1] + "a"
    return word.removesuffix("veintiuno") + "veintiún" if word.endswith("veintiuno") else word[:-1]


def decimals(whole: int, part: str) -> str:
    """A number with digits behind its point."""
    return f"{cardinal(whole)} {POINT} {' '.join(DIGITS[digit] for digit in part)}"


def day(of: date) -> str:
    """A date."""
    number = "primero" if of.day == 1 else cardinal(of.day)
    return f"{number} de {MONTHS[of.month - 1]} de {cardinal(of.year)}"


def clock(at: time) -> str:
    """A time of day."""
    hour = at.hour % 12 or 12
    words = f"{'la' if hour == 1 else 'las'} {'una' if hour == 1 else cardinal(hour)}"
    if at.minute:
        words += f" y {cardinal(at.minute)}"
    if at.hour < 12:
        return f"{words} de la mañana"
    return f"{words} de la {'tarde' if at.hour < 20 else 'noche'}"


def money(amount: Decimal, currency: str) -> str:
    """An amount from 0 of one of `CURRENCIES`."""
    one, many, gender, cent, cents = CURRENCIES[currency]
    whole, part = divmod(round(amount * 100), 100)
    of = "de " if whole and whole % 10**6 == 0 else ""
    words = [] if part and not whole else [f"{counted(whole, gender)} {of}{one if whole == 1 else many}"]
    if part:
        words.append(f"{counted(part, 'm')} {cent if part == 1 else cents}")
    return " con ".join(words)
