"""A file of parts that is believed whole or not at all: each a line of JSON and its bytes, at the end a MAC over all before.

{"part": "about", ..., "size": 0}\\n | {"part": "document", ..., "size": 312}\\n 312 bytes | ... | {"part": "end", "mac": hex}\\n
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

Head = dict[str, Any]
HEAD_BYTES_MAX = 20_000
CHUNK_BYTES = 256 * 1024
END = "end"


class BadParcel(ValueError):
    """Theirs: the file was changed or cut, was made with another key, or is none of ours."""


class Writer:
    """Writes parts, then the end."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file, self._mac = file, hmac.new(key, digestmod="sha256")

    def part(self, head: Head, body: bytes = b"") -> None:
        """One part whose bytes are at hand."""
        self.stream(head, len(body), iter((body,)))

    def stream(self, head: Head, size: int, chunks: Iterator[bytes]) -> None:
        """One part of `size` bytes. Raises ValueError when they are more or fewer: the file is worth nothing then."""
        self._write(json.dumps({**head, "size": size}, ensure_ascii=False).encode() + b"\n")
        for chunk in chunks:
            self._write(chunk)
            size -= len(chunk)
        if size:
            raise ValueError(f"{head} is not as long as it was said to be")

    def end(self) -> None:
        """Nothing comes behind it."""
        self._file.write(json.dumps({"part": END, "mac": self._mac.hexdigest()}).encode() + b"\n")

    def _write(self, data: bytes) -> None:
        self._mac.update(data)
        self._file.write(data)


def check(file: BinaryIO, key: bytes) -> None:
    """Read all of it; the file is at its beginning again. Raises `BadParcel`, OSError."""
    mac = hmac.new(key, digestmod="sha256")
    while True:
        line, head = _head(file)
        if head["part"] == END:
            break
        mac.update(line)
        for chunk in chunks(file, head["size"]):
            mac.update(chunk)
    if not hmac.compare_digest(mac.hexdigest(), str(head.get("mac"))) or file.read(1):
        raise BadParcel("this file was changed, or was made with another bundle key")
    file.seek(0)


def parts(file: BinaryIO) -> Iterator[Head]:
    """The heads of a file that was checked; each time the file stands at the bytes of its part, read or not."""
    while True:
        _, head = _head(file)
        if head["part"] == END:
            return
        behind = file.tell() + head["size"]
        yield head
        file.seek(behind)


def chunks(file: BinaryIO, size: int) -> Iterator[bytes]:
    """So many bytes. Raises `BadParcel` when there are fewer."""
    while size:
        chunk = file.read(min(size, CHUNK_BYTES))
        if not chunk:
            raise BadParcel("this file was cut off")
        size -= len(chunk)
        yield chunk


def _head(file: BinaryIO) -> tuple[bytes, Head]:
    line = file.readline(HEAD_BYTES_MAX)
    try:
        head = json.loads(line)
        if head["part"] != END and not 0 <= int(head["size"]):
            raise ValueError("a size below 0")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadParcel("this file is cut off, or is none of ours") from error
    return line, head
