"""What was said in recorded calls, by stretches of about two minutes: kept, read, searched, and forgotten with the recording.

A stretch is a document of its own, so that a long call is written down bit by bit, and its words are found near each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from history.documents import Document
from history.shelves import TRANSCRIPTS, Change, Drop, Put, Query, Shelves

PAGE = 50


@dataclass(frozen=True, slots=True)
class Stretch(Document):
    """Seconds `start` to `end` of the sound of a recording, which is `duration` long; `at`: when its call began.

    lines: `{party, start, end, text, words}`, in order; party 0 is the caller, 1 whom the caller heard.  end: 0 while it is
    being written down.  failed: the engine did not understand it.
    """

    media: str
    call: str
    tenant: str
    at: float
    index: int
    start: float
    end: float
    duration: float
    language: str
    engine: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    failed: bool = False

    def put(self) -> Put:
        """The change that keeps it."""
        text = " ".join(str(line["text"]) for line in self.lines)
        return Put(TRANSCRIPTS, self.tenant, _id(self.media, self.index), {**self.to_document(), "text": text})


def stretches(shelves: Shelves, tenant: str, media: str) -> list[Stretch]:
    """All of a recording, in order; none: it was not written down."""
    return [Stretch.from_document(body) for body in shelves.below(TRANSCRIPTS, tenant, f"{media}/")]


def forgotten(shelves: Shelves, tenant: str, media: str) -> list[Change]:
    """The changes after which nothing is left of it."""
    found = shelves.below(TRANSCRIPTS, tenant, f"{media}/")
    return [Drop(TRANSCRIPTS, tenant, _id(media, body["index"])) for body in found]


def calls_that_say(
    shelves: Shelves,
    tenant: str,
    words: Sequence[str],
    since: float,
    until: float | None,
    after: tuple[float, str] | None,
) -> Iterator[tuple[tuple[float, str], str]]:
    """Calls in which somebody said words that begin so, the newest first, each once: the place behind it, and its id."""
    last = after[1].partition("/")[0] if after else ""
    while True:
        query = Query(since=since, until=until, words=tuple(words), after=after, limit=PAGE)
        rows = shelves.page(TRANSCRIPTS, tenant, query)
        for row in rows:
            after = (row.at or 0.0, row.id)
            if row.body["media"] != last:
                last = row.body["media"]
                yield after, str(row.body["call"])
        if len(rows) < PAGE:
            return


def _id(media: str, index: int) -> str:
    return f"{media}/{index:04d}"
