"""`;name=value` parameters of headers (RFC 3261 25.1 generic-param): in order, names lower case, values as written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from softswitch.sip.errors import BadMessage
from softswitch.sip.grammar import QUOTED, TOKEN_CHARS
from softswitch.sip.limits import PARAMETERS_MAX

Parameters = dict[str, str | None]
"""Values keep their quotes (`grammar.unquote_string` removes them) or <>; None is a parameter without a value."""

_PARAMETER = re.compile(
    rf"\s*+;\s*+([{TOKEN_CHARS}]++)\s*+(?:=\s*+([{TOKEN_CHARS}\[\]:/@?&$,#()]++|{QUOTED}|<[^<>]*+>))?+\s*+", re.DOTALL
)


def parse_parameters(text: str) -> Parameters:
    """Parameters of `text`, which is empty or starts at the first semicolon. The first of two equal names wins."""
    parameters: Parameters = {}
    at, end = 0, len(text)
    while at < end:
        found = _PARAMETER.match(text, at)
        if found is None or len(parameters) >= PARAMETERS_MAX:
            raise BadMessage(400, "Bad Header Parameter")
        parameters.setdefault(found[1].lower(), found[2])
        at = found.end()
    return parameters


def print_parameters(parameters: Mapping[str, str | None]) -> str:
    """The parameters as written in a header, each after its semicolon."""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in parameters.items()])
