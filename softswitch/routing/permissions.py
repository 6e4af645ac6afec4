"""What a tenant may not call: blocked prefixes, countries it did not ask for, ranges known for toll fraud, premium numbers.

The high-risk ranges are those that international revenue share fraud uses most (CFCA surveys; ITU-T E.164 lists of
satellite and shared codes), and those that the reference of countries (CountryCom) marks: off unless the tenant wants them.
Every refusal has its code and its words.
"""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from configdb.carrier import Outbound
from configdb.reference import World
from ivr.steps import Step
from softswitch.routing.numbers import NUMBERS_KEPT_MAX

HIGH_RISK: tuple[tuple[str, str], ...] = (
    ("870", "Inmarsat satellite"),
    ("878", "universal personal numbers"),
    ("881", "global satellite"),
    ("882", "international networks"),
    ("883", "international networks"),
    ("979", "international premium rate"),
    ("220", "Gambia"),
    ("222", "Mauritania"),
    ("224", "Guinea"),
    ("231", "Liberia"),
    ("232", "Sierra Leone"),
    ("239", "Sao Tome and Principe"),
    ("242", "Congo"),
    ("245", "Guinea-Bissau"),
    ("246", "Diego Garcia"),
    ("247", "Ascension"),
    ("252", "Somalia"),
    ("257", "Burundi"),
    ("261", "Madagascar"),
    ("263", "Zimbabwe"),
    ("269", "Comoros"),
    ("290", "Saint Helena"),
    ("500", "Falkland Islands"),
    ("53", "Cuba"),
    ("670", "Timor-Leste"),
    ("672", "Norfolk Island"),
    ("674", "Nauru"),
    ("675", "Papua New Guinea"),
    ("676", "Tonga"),
    ("677", "Solomon Islands"),
    ("678", "Vanuatu"),
    ("681", "Wallis and Futuna"),
    ("682", "Cook Islands"),
    ("683", "Niue"),
    ("685", "Samoa"),
    ("686", "Kiribati"),
    ("688", "Tuvalu"),
    ("690", "Tokelau"),
    ("692", "Marshall Islands"),
    ("850", "North Korea"),
    ("960", "Maldives"),
)


def forbidden(rules: Outbound, number: str, world: World) -> Step | None:
    """Why a tenant may not call an E.164 number, None when it may; `world`: what the node's reference knows of prefixes."""
    digits = number.removeprefix("+")
    blocked = max((prefix for prefix in rules.blocked if digits.startswith(prefix)), key=len, default=None)
    if blocked is not None:
        return _step("outbound.blocked", f"{number}: numbers with +{blocked} are blocked for this tenant", number)
    about = _about(number)
    if about is None:
        return _step("outbound.unknown", f"{number} belongs to no numbering plan", number)
    premium, country, risk = about
    known = world.prefix(number)
    if known is not None:
        premium = premium or known.kind == "premium"
        risk = risk or (f"+{known.prefix} {known.place}".rstrip() if known.risk else None)
    if premium and not rules.premium:
        return _step("outbound.premium", f"{number} is a premium rate number, which this tenant may not call", number)
    if rules.countries is not None and country not in rules.countries:
        return _step("outbound.country", f"{number} is in {country or 'no country'}, which is not allowed", number)
    if risk is not None and not rules.high_risk and country not in (rules.countries or ()):
        text = f"{number} is in a range known for fraud ({risk}), which this tenant has not opened"
        return _step("outbound.high_risk", text, number)
    return None


@lru_cache(NUMBERS_KEPT_MAX)
def _about(number: str) -> tuple[bool, str | None, str | None] | None:
    """Whether a number is at a premium rate, its country, and why it is a risk; None when it is in no numbering plan."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    premium = phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE
    digits = number.removeprefix("+")
    risk = next((why for prefix, why in HIGH_RISK if digits.startswith(prefix)), None)
    return premium, phonenumbers.region_code_for_number(parsed), risk


def _step(code: str, text: str, number: str) -> Step:
    return Step(code, text, {"number": number})
