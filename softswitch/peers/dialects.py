"""Which phones can answer SHA-256 (RFC 8760): one that does not come back is asked with MD5 alone the next time.

RFC 8760 2.3 and 2.6 have a phone pass over a challenge that it cannot answer. Many of those that were built before it do not:
they fail at the first one they do not know, or at the second one of two. Such a phone asks again without an answer.

```
    challenged with all -- answered --> (forgotten)
            |
            +-- asks again, ANSWER_S later or more --> challenged with MD5 alone -- answers with SHA-256 --> (forgotten)
```
An attacker in between could take the better challenge away anyway: digest does not protect it.
"""

from __future__ import annotations

from collections import OrderedDict

from softswitch.peers.limits import SOURCES_MAX

ANSWER_S = 2.0
"""So long the answer to a challenge may be on its way: calls that begin together tell nothing."""

MEMORY_S = 86_400.0


class Dialects:
    """What phones can read, by source address and the From that they write."""

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[str, str], tuple[float, bool, str]] = OrderedDict()

    def is_plain(self, source: str, caller: str, now: float, question: str = "") -> bool:
        """A challenge goes out: whether with MD5 alone. `question` again: the request was repeated, its answer was lost."""
        at, plain, before = self._asked.pop((source, caller), (now, False, ""))
        if now - at >= MEMORY_S:
            at, plain = now, False
        if not question or question != before:
            plain = plain or now - at >= ANSWER_S
        self._asked[source, caller] = at, plain, question
        if len(self._asked) > SOURCES_MAX:
            self._asked.popitem(last=False)
        return plain

    def answered(self, source: str, caller: str, algorithm: str) -> None:
        """A challenge was answered: with MD5 by a phone that was asked for nothing better, or all is well."""
        _, plain, _ = self._asked.get((source, caller), (0.0, False, ""))
        if algorithm != "MD5" or not plain:
            self._asked.pop((source, caller), None)
