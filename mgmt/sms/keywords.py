"""STOP, START and HELP in the languages people use them (CTIA Messaging Principles 5.1.3): what a message means of itself.

Only a message that is the word alone counts: "stop by at five" is for the company.
"""

from __future__ import annotations

from typing import Literal

Keyword = Literal["stop", "start", "help"]

WORDS: dict[str, Keyword] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke", "стоп"), "stop"),
    **dict.fromkeys(("start", "unstop", "yes", "optin", "старт"), "start"),
    **dict.fromkeys(("help", "info", "помощь"), "help"),
}
KEYWORD_CHARS_MAX = 20


def keyword(text: str) -> Keyword | None:
    """What a message asks of the system; None: it is for the company."""
    if len(text) > KEYWORD_CHARS_MAX:
        return None
    return WORDS.get("".join(c for c in text.casefold() if c.isalnum()))
