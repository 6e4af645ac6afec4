"""Web app File Handler: private media with ranges and conditional requests (RFC 9110 13 and 14)."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.http import is_resource_modified

from media.storage.store import Stat
from mgmt import door
from mgmt.described import ANY, ONE, described
from mgmt.usecases import media

blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<id>")
@described(query={"download": ONE}, answer=ANY, statuses=(200, 206, 304), content="audio/wav")
def sound(id: str) -> Response:
    """The sound: 200, 206 for one range, 304 when the client has it, 416 for a range behind its end.

    Several ranges at once are answered with the whole, which RFC 9110 14.2 allows.
    """
    stat = media.find(door.context(), door.scope(), id)
    etag = f'"{stat.sha256 or stat.size_bytes}"'
    answer = Response(status=200, content_type=stat.content_type)
    answer.headers["ETag"] = etag
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Cache-Control"] = "private, max-age=86400"
    kind = "attachment" if request.args.get("download") == "1" else "inline"
    answer.headers["Content-Disposition"] = f'{kind}; filename="{id}.wav"'
    if not is_resource_modified(request.environ, etag=etag.strip('"')):
        answer.status_code = 304
        return answer
    return _filled(answer, stat, etag)


def _filled(answer: Response, stat: Stat, etag: str) -> Response:
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
        answer.response = media.read(door.context(), stat, start, end)
    return answer
