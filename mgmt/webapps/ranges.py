"""One medium as an HTTP answer: 200, 206 for one range, 304 when the client has it, 416 behind its end (RFC 9110 13 and 14).

Several ranges at once are answered with the whole, which RFC 9110 14.2 allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Response, request
from werkzeug.http import is_resource_modified

from media.storage.store import Stat


def answered(stat: Stat, read: Callable[[int, int], Iterator[bytes]]) -> Response:
    """The answer to the request at hand; `read` gives the bytes from, up to and without."""
    etag = f'"{stat.sha256 or stat.size_bytes}"'
    answer = Response(status=200, content_type=stat.content_type)
    answer.headers["ETag"] = etag
    answer.headers["Accept-Ranges"] = "bytes"
    if not is_resource_modified(request.environ, etag=etag.strip('"')):
        answer.status_code = 304
        return answer
    start, end = 0, stat.size_bytes
    wanted = request.range if request.headers.get("If-Range") in (None, etag) else None
    if wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1:
        found = wanted.range_for_length(stat.size_bytes)
        if found is None:
            answer.status_code = 416
            answer.headers["Content-Range"] = f"bytes */{stat.size_bytes}"
            return answer
        start, end = found
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{stat.size_bytes}"
    answer.content_length = end - start
    if request.method != "HEAD":
        answer.response = read(start, end)
    return answer


def is_first(answer: Response) -> bool:
    """Whether it gives the beginning: a player that asks for the rest is still the same listener."""
    said = answer.headers.get("Content-Range", "bytes 0-")
    return answer.status_code in (200, 206) and request.method != "HEAD" and said.startswith("bytes 0-")
