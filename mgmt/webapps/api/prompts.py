"""API: the sound of a prompt: a file is made what calls play, and kept."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.described import OBJECT, TEXT, described
from mgmt.http.wire import outward
from mgmt.limits import prompt_bytes_max, prompt_name_chars_max
from mgmt.usecases import prompts
from mgmt.webapps.api.versions import condition

blueprint = Blueprint("prompts", __name__)


@blueprint.put("/prompts/<id>/sound")
@described(query={"name": TEXT}, answer=OBJECT)
def keep(id: str) -> dict[str, Any]:
    """A WAVE file (body) becomes the sound of the prompt, which is made when there is none; `?name=` names it.

    Any rate, one or two channels; silence at both ends is cut, and speech brought to -20 dBov. The answer is the prompt
    as `/config/prompt` shows it, with `seconds`. With `If-Match` only what was read is replaced.
    """
    request.max_content_length = prompt_bytes_max
    name = request.args.get("name", "")[:prompt_name_chars_max].strip() or None
    return outward(prompts.keep(door.context(), door.scope(), id, name, request.get_data(), condition(request)))
