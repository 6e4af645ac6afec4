"""Web app MightyCall Store, the first generation of the store: its old addresses lead to New Store, with plan and campaign.

The letters of an address had any case there, as everywhere on its server. Where a region's manifest says that it is obsolete the
door answers 410 with a link.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from mgmt.limits import campaign_chars_max

blueprint = Blueprint("mightycall_store", __name__)
ROOT = "/<anycase(word='mightycallstore'):_root>/"
KEPT = ("plan", "campaign")


@blueprint.get(ROOT, defaults={"path": ""}, strict_slashes=False)
@blueprint.get(f"{ROOT}<path:path>")
def moved(_root: str, path: str) -> Response:
    """A bookmark, for ever."""
    return redirect(_new(path), 301)


@blueprint.post(ROOT, defaults={"path": ""}, strict_slashes=False)
@blueprint.post(f"{ROOT}<path:path>")
def moved_form(_root: str, path: str) -> Response:
    """A form that somebody still has open: its fields go along (RFC 9110 15.4.9)."""
    return redirect(_new(path), 308)


def _new(path: str) -> str:
    """The address in New Store; an old one named the plan in its path or its query."""
    kept = {name: request.args[name][:campaign_chars_max] for name in KEPT if request.args.get(name)}
    campaign = request.args.get("utm_campaign", "")[:campaign_chars_max]
    if campaign:
        kept.setdefault("campaign", campaign)
    first, _, rest = path.strip("/").partition("/")
    if first.lower() == "plans" and rest:
        kept.setdefault("plan", rest[:campaign_chars_max])
    query = urlencode(sorted(kept.items()))
    return url_for("store.offer") + (f"?{query}" if query else "")
