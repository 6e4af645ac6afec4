"""Files of the browser application, as small as a browser takes them (RFC 9110 8.4, 12.5.3): packed once a version."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Response, request, send_from_directory
from werkzeug.security import safe_join

SUFFIXES = frozenset({".js", ".css", ".svg", ".html", ".json"})
FILES_MAX = 200


def sent(folder: Path, name: str, age_s: int | None = None) -> Response:
    """A file of a folder. Raises 404 for what is none, and for names that lead out of it."""
    answer = send_from_directory(folder, name, max_age=age_s)
    path = safe_join(str(folder), name)
    if path is None or Path(path).suffix not in SUFFIXES:
        return answer
    answer.vary.add("Accept-Encoding")
    if answer.status_code != 200 or request.accept_encodings.quality("gzip") <= 0:
        return answer
    tag, _ = answer.get_etag()
    answer.close()
    answer.direct_passthrough = False
    answer.set_data(_packed(path, Path(path).stat().st_mtime_ns))
    answer.content_encoding = "gzip"
    answer.set_etag(f"{tag}-gzip")
    answer.make_conditional(request)
    return answer


@lru_cache(FILES_MAX)
def _packed(path: str, _version: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
