"""A MongoDB replica set of three, acted: it speaks the wire protocol to a real pymongo, elects, steps down, loses answers, hangs.

All members share one set of documents (mongomock), so this proves what our driver settings, retries and batches do when servers
go away; it proves nothing of MongoDB's own replication. As a real server, a retried write with the same session and transaction
number is done once, and gets the first answer again.
"""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bson
import mongomock
from bson import ObjectId
from pymongo.errors import DuplicateKeyError

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
NOT_PRIMARY = {"ok": 0.0, "code": 10107, "codeName": "NotWritablePrimary", "errmsg": "not primary"}
WRITES = ("insert", "update", "delete", "createIndexes", "dropDatabase")
Document = dict[str, Any]


class ReplicaSet:
    """Three members on loopback. What a test does to it: `primary`, `step_down`, `lose_answers`, `hang`, `refuse`."""

    def __init__(self) -> None:
        self._documents = mongomock.MongoClient()
        self.lock = threading.RLock()
        self.answered: dict[tuple[bytes, int], Document] = {}
        self.primary: int | None = 0
        self.term = 1
        self.lose_answers = 0
        self.asked: list[tuple[str, Document]] = []
        self.instead: Callable[[str, Document], Document | None] = lambda name, command: None
        self.hanging = threading.Event()
        self.members = [_Member(self, number) for number in range(3)]

    @property
    def url(self) -> str:
        """Where pymongo finds it: it looks again twice a second."""
        return f"mongodb://{','.join(self.hosts)}/history?replicaSet=acted&heartbeatFrequencyMS=500"

    @property
    def hosts(self) -> list[str]:
        return [f"127.0.0.1:{member.server_address[1]}" for member in self.members]

    def step_down(self, to: int | None) -> None:
        """Another primary, or none."""
        with self.lock:
            self.primary, self.term = to, self.term + 1

    def close(self) -> None:
        for member in self.members:
            member.shutdown()
            member.server_close()

    def hello(self, number: int) -> Document:
        """RFC of the protocol: the server discovery and monitoring specification."""
        primary = self.primary == number
        found: Document = {
            "ok": 1.0,
            "helloOk": True,
            "setName": "acted",
            "setVersion": 1,
            "hosts": self.hosts,
            "me": self.hosts[number],
            "isWritablePrimary": primary,
            "ismaster": primary,
            "secondary": not primary,
            "minWireVersion": 0,
            "maxWireVersion": 21,
            "maxBsonObjectSize": 16_777_216,
            "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000,
            "logicalSessionTimeoutMinutes": 30,
        }
        if primary:
            found |= {"electionId": ObjectId(f"{self.term:024x}"), "primary": self.hosts[number]}
        return found

    def answer(self, number: int, command: Document) -> Document | None:
        """The answer to a command; None: the connection breaks."""
        name = next(iter(command))
        if name.lower() in ("hello", "ismaster"):
            return self.hello(number)
        while self.hanging.is_set():
            time.sleep(0.01)
        with self.lock:
            self.asked.append((name, command))
            if (name in WRITES or name in ("find", "aggregate")) and self.primary != number:
                labels = {"errorLabels": ["RetryableWriteError"]} if name in WRITES else {}
                return NOT_PRIMARY | labels
            instead = self.instead(name, command)
            if instead is not None:
                return instead
            made = self._once(name, command)
            if name in ("update", "delete") and self.lose_answers > 0:
                self.lose_answers -= 1
                return None
            return made

    def _once(self, name: str, command: Document) -> Document:
        if "txnNumber" not in command:
            return self._do(name, command)
        key = (bytes(command["lsid"]["id"]), command["txnNumber"])
        if key not in self.answered:
            self.answered[key] = self._do(name, command)
        return self.answered[key]

    def _do(self, name: str, command: Document) -> Document:
        documents: Any = self._documents[command.get("$db", "admin")]
        collection = documents[command[name]] if isinstance(command[name], str) else None
        match name:
            case "find":
                found = collection.find(command.get("filter", {}))
                found = found.sort(list(command["sort"].items())) if command.get("sort") else found
                return _cursor(command, list(found.limit(command.get("limit", 0))))
            case "aggregate":
                return _cursor(command, list(collection.aggregate(command["pipeline"])))
            case "update":
                return _update(collection, command["updates"])
            case "delete":
                counts = [_delete(collection, one) for one in command["deletes"]]
                return {"ok": 1.0, "n": sum(counts)}
            case "createIndexes" | "ping" | "endSessions" | "killCursors":
                return {"ok": 1.0}
            case "dropDatabase":
                self._documents.drop_database(command["$db"])
                return {"ok": 1.0}
            case _:
                return {"ok": 0.0, "code": 59, "codeName": "CommandNotFound", "errmsg": f"no such command: {name}"}


def _cursor(command: Document, found: list[Document]) -> Document:
    place = f"{command['$db']}.{command.get('find') or command.get('aggregate')}"
    return {"ok": 1.0, "cursor": {"id": 0, "ns": place, "firstBatch": found}}


def _update(collection: Any, updates: list[Document]) -> Document:
    matched, changed, upserted, errors = 0, 0, list[Document](), list[Document]()
    for index, one in enumerate(updates):
        try:
            done = collection.replace_one(one["q"], one["u"], upsert=one.get("upsert", False))
        except DuplicateKeyError as error:
            errors.append({"index": index, "code": 11000, "errmsg": str(error)})
            continue
        if done.upserted_id is not None:
            upserted.append({"index": index, "_id": done.upserted_id})
        matched += done.matched_count
        changed += done.modified_count
    found: Document = {"ok": 1.0, "n": matched + len(upserted), "nModified": changed}
    if upserted:
        found["upserted"] = upserted
    return found | ({"writeErrors": errors} if errors else {})


def _delete(collection: Any, one: Document) -> int:
    done = collection.delete_one(one["q"]) if one["limit"] == 1 else collection.delete_many(one["q"])
    return int(done.deleted_count)


class _Member(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, block_on_close = True, True, False

    def __init__(self, replica_set: ReplicaSet, number: int) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.replica_set, self.number = replica_set, number
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class _Talk(socketserver.StreamRequestHandler):
    server: _Member

    def handle(self) -> None:
        while True:
            head = self.rfile.read(16)
            if len(head) < 16:
                return
            size, request, _, code = struct.unpack("<iiii", head)
            body = self.rfile.read(size - 16)
            answer = self.server.replica_set.answer(self.server.number, _command(code, body))
            if answer is None:
                return
            made = bson.encode(answer)
            if code == OP_QUERY:
                payload, code = struct.pack("<iqii", 8, 0, 0, 1) + made, OP_REPLY
            else:
                payload = struct.pack("<IB", 0, 0) + made
            self.wfile.write(struct.pack("<iiii", 16 + len(payload), 0, request, code) + payload)


def _command(code: int, body: bytes) -> Document:
    if code == OP_QUERY:
        return bson.decode(body[body.index(b"\0", 4) + 9 :])
    command, at = dict[str, Any](), 4
    while at < len(body):
        kind, at = body[at], at + 1
        size = struct.unpack_from("<i", body, at)[0]
        if kind == 0:
            command = bson.decode(body[at : at + size]) | command
        else:
            name_end = body.index(b"\0", at + 4)
            command[body[at + 4 : name_end].decode()] = bson.decode_all(body[name_end + 1 : at + size])
        at += size
    first = next(name for name in command if name not in ("documents", "updates", "deletes"))
    return {first: command[first], **command}


@contextmanager
def acted() -> Iterator[ReplicaSet]:
    """A replica set for one test."""
    found = ReplicaSet()
    try:
        yield found
    finally:
        found.hanging.clear()
        found.close()
