"""What looks like a secret does not go into logs or support bundles: named values, headers, keys, tokens, users of URLs. Pure.

The parts of the node log no secrets; this is the second net, for what strangers sent and for what an exception holds.
"""

from __future__ import annotations

import re

HIDDEN = "***"
NAME = re.compile(r"(?i)pass(word|wd|phrase)|secret|token|credential|(^|_)(key|pin|ha1)(_|$)|ha1_|authorization")
"""Names of fields whose values are secrets."""
_NAMES = r"password|passwd|passphrase|secret|token|ha1[_a-z0-9]{0,20}|(?<![a-z])key|api_?key|ice-pwd|credential|\bpin"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,20000}"), HIDDEN),
    (re.compile(r"(?i)\b((?:proxy-)?authorization[\\\"']{0,2}\s{0,3}[=:]\s{0,3})[^\r\n]{1,2000}"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer )[A-Za-z0-9._~+/=-]{1,2000}"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^/\s@\"']{1,300}@"), rf"\1{HIDDEN}@"),
    (
        re.compile(rf"(?i)((?:{_NAMES})[\\\"']{{0,2}}\s{{0,3}}[=:]\s{{0,3}}[\\\"']{{0,2}})[^\s\\\"',;&}}]{{1,2000}}"),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)\b((?:c?nonce|response)=[\\\"']{1,2})[^\\\"']{1,2000}"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(inline:)[A-Za-z0-9+/=]{1,200}"), rf"\1{HIDDEN}"),
    (re.compile(r"\b(?:sealed:v[0-9]:|join1\.|s?sk_|app_|v4_|whsec_)[A-Za-z0-9._=-]{8,2000}"), HIDDEN),
    (re.compile(r"\b[0-9a-fA-F]{32,}\b"), HIDDEN),
)


def hidden(text: str) -> str:
    """The text with `***` where a secret may be."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text
