"""Sound that lies on another node: each node answers for its own directory, and reads what it has not from whoever has it.

```
 media.ask           to all: {"node", "op": "stat" | "delete" | "names", ...}  ->  {"node", "found", ...}
 media.read.<node>   {"name", "start", "end"}  ->  the bytes
```
Files travel as they lie there: what is sealed stays sealed, and only who has the tenant's key opens it. A question that not every
node has answered is no answer: `StoreError`, try again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configdb.nats_server import membership_of
from configdb.node import NodeSettings
from configdb.questions import Questions
from media.storage.local import LocalStore
from media.storage.names import BadName
from media.storage.store import MediaStore, NoSuchMedia, Stat, StoreError

ASK, READ = "media.ask", "media.read"
PIECE_BYTES = 256 * 1024
NAMES_MAX = 2_000

Document = dict[str, Any]


class NearServer:
    """Answers other nodes for the directory of this one, until `close`."""

    def __init__(self, node: str, near: LocalStore, questions: Questions) -> None:
        self._node, self._near = node, near
        self._ends = [
            questions.serve(ASK, lambda question: self._said(json.loads(question))),
            questions.serve(f"{READ}.{node}", lambda question: self._bytes(json.loads(question))),
        ]

    def close(self) -> None:
        """Answer no more."""
        for end in self._ends:
            end()

    def _said(self, asked: Document) -> bytes | None:
        if asked["node"] == self._node:
            return None
        return json.dumps({"node": self._node, **self._found(asked)}).encode()

    def _found(self, asked: Document) -> Document:
        match asked["op"]:
            case "names":
                return {"found": True, **self._names(str(asked["prefix"]), str(asked["after"]))}
            case "delete":
                return {"found": self._near.delete(str(asked["name"]))}
        try:
            stat = self._near.stat(str(asked["name"]))
        except (NoSuchMedia, BadName):
            return {"found": False}
        about = {"bytes": stat.size_bytes, "sha256": stat.sha256, "type": stat.content_type}
        return {"found": True, **about, "metadata": dict(stat.metadata)}

    def _names(self, prefix: str, after: str) -> Document:
        names = sorted(name for name in self._near.names(prefix) if name > after)
        return {"names": names[:NAMES_MAX], "more": len(names) > NAMES_MAX}

    def _bytes(self, asked: Document) -> bytes | None:
        start, end = int(asked["start"]), min(int(asked["end"]), int(asked["start"]) + PIECE_BYTES)
        try:
            return b"".join(self._near.read(str(asked["name"]), start, end))
        except (NoSuchMedia, BadName):
            return None


@dataclass(frozen=True, slots=True)
class OtherNodes:
    """The other nodes. `others()`: how many there are, None when that is not known here."""

    node: str
    questions: Questions
    others: Callable[[], int | None]

    def stat(self, name: str) -> tuple[str, Stat]:
        """Who has it, and what it is. Raises `NoSuchMedia`, `StoreError`."""
        for answer in self._ask({"op": "stat", "name": name}, lambda one: bool(one["found"])):
            if answer["found"]:
                about = answer["bytes"], answer["sha256"], answer["type"], answer["metadata"]
                return str(answer["node"]), Stat(name, *about)
        raise NoSuchMedia(name)

    def read(self, node: str, name: str, start: int, end: int) -> Iterator[bytes]:
        """Raises `StoreError` when it breaks off."""
        while start < end:
            asked = json.dumps({"name": name, "start": start, "end": end}).encode()
            pieces = self.questions.ask(f"{READ}.{node}", asked, 1)
            if not pieces or not pieces[0]:
                raise StoreError(f"{node}, which has {name}, does not answer")
            yield pieces[0]
            start += len(pieces[0])

    def delete(self, name: str) -> bool:
        """Everywhere; True when it was somewhere. Raises `StoreError` when nobody has it and a node did not answer."""
        return any(answer["found"] for answer in self._ask({"op": "delete", "name": name}, None, some=True))

    def names(self, prefix: str) -> Iterator[str]:
        """Raises `StoreError`."""
        after, more = "", True
        while more:
            answers = self._ask({"op": "names", "prefix": prefix, "after": after}, None)
            reached = min((one["names"][-1] for one in answers if one["more"]), default=None)
            found = sorted({name for one in answers for name in one["names"] if reached is None or name <= reached})
            yield from found
            more, after = reached is not None, reached or ""

    def _ask(self, asked: Document, enough: Callable[[Document], bool] | None, some: bool = False) -> list[Document]:
        """some: a node that has it makes up for those that do not answer. Raises `StoreError`."""
        count = self.others()
        if count == 0:
            return []
        question = json.dumps({"node": self.node, **asked}).encode()
        stop = None if enough is None else lambda answer: enough(json.loads(answer))
        answers: list[Document] = [json.loads(one) for one in self.questions.ask(ASK, question, count, stop)]
        found = (enough is not None or some) and any(answer["found"] for answer in answers)
        if not found and len(answers) < (count or 0):
            raise StoreError("not every node has answered")
        return answers


class SharedStore:
    """`MediaStore` of all nodes: `inner` is this node's, what is not there is looked for at the others."""

    def __init__(self, inner: MediaStore, peers: OtherNodes) -> None:
        self._inner, self._peers = inner, peers

    def put_file(self, name: str, path: Path, metadata: Mapping[str, Any], content_type: str = "audio/wav") -> Stat:
        return self._inner.put_file(name, path, metadata, content_type)

    def stat(self, name: str) -> Stat:
        try:
            return self._inner.stat(name)
        except NoSuchMedia:
            return self._peers.stat(name)[1]

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        try:
            return self._inner.read(name, start, end)
        except NoSuchMedia:
            node, stat = self._peers.stat(name)
            return self._peers.read(node, name, start, stat.size_bytes if end is None else min(end, stat.size_bytes))

    def delete(self, name: str) -> bool:
        here = self._inner.delete(name)
        try:
            return self._peers.delete(name) or here
        except StoreError:
            if here:
                return True
            raise

    def names(self, prefix: str) -> Iterator[str]:
        yield from sorted({*self._inner.names(prefix), *self._peers.names(prefix)})

    def local_path(self, name: str) -> Path | None:
        return self._inner.local_path(name)


def others_of(data: Path, settings: NodeSettings) -> Callable[[], int | None]:
    """How many other nodes there are, looked up anew each time: nodes join while others run."""

    def others() -> int | None:
        if settings.nats_url is not None:
            return None
        joined = membership_of(data, settings)
        return len(joined.others) if joined is not None else 0

    return others
