"""API: the sound of a prompt: a file is made what calls play, and kept; what the node itself says, and in whose voice."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from mgmt.http import door
from mgmt.http.described import ANY, FLAG, OBJECT, TEXT, described, fields, takes
from mgmt.http.wire import outward
from mgmt.limits import prompt_bytes_max, prompt_name_chars_max
from mgmt.usecases import prompts, stock_sounds
from mgmt.webapps.api.versions import condition
from mgmt.webapps.ranges import answered

blueprint = Blueprint("prompts", __name__)
VOICE = fields(
    {"name": TEXT, "language": TEXT, "speaker": TEXT, "licence": TEXT}, licence_url=TEXT, source=TEXT, changes=TEXT
)
SOUND = fields({"name": TEXT, "text": TEXT, "recorded": FLAG})
SOUNDS = fields(
    {
        "language": TEXT,
        "languages": {"type": "array", "items": TEXT},
        "voice": {"anyOf": [VOICE, {"type": "null"}]},
        "data": {"type": "array", "items": SOUND},
    }
)


@blueprint.put("/prompts/<id>/sound")
@takes(prompt_bytes_max)
@described(query={"name": TEXT}, answer=OBJECT)
def keep(id: str) -> dict[str, Any]:
    """A WAVE file (body) becomes the sound of the prompt, which is made when there is none; `?name=` names it.

    Any rate, one or two channels; silence at both ends is cut, and speech brought to -20 dBov. The answer is the prompt
    as `/config/prompt` shows it, with `seconds`. With `If-Match` only what was read is replaced.
    """
    name = request.args.get("name", "")[:prompt_name_chars_max].strip() or None
    return outward(prompts.keep(door.context(), door.scope(), id, name, request.get_data(), condition(request)))


@blueprint.get("/sounds")
@described(query={"language": TEXT}, answer=SOUNDS)
def sounds() -> dict[str, Any]:
    """What the node says to callers in a language (default: the company's): names for flows as `sound:NAME`, and words.

    `voice` is who recorded those with `recorded`, and on which terms; null when the node's own voice speaks them all.
    """
    return stock_sounds.listed(door.context(), door.scope(), request.args.get("language"))


@blueprint.get("/sounds/<language>/<name>")
@described(answer=ANY, statuses=(200, 206, 304), content="audio/wav")
def sound(language: str, name: str) -> Response:
    """One of them, as calls play it: in English when this language has none of that name."""
    stat, content = stock_sounds.sound(door.context(), language, name)
    answer = answered(stat, lambda start, end: iter((content[start:end],)))
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
