"""Web app Combined Login (obsolete; a region may switch it on): the old form of several panels signs in and goes back.

Who asks comes from a page of ours or of a host of the region's manifest, and is sent to no other host. Passwords, second factors
and the limit of attempts are those of the sign-in page; a wrong password and an unknown login get the same answer.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from mgmt.http import door
from mgmt.http.described import TEXT, described
from mgmt.http.errors import Problem
from mgmt.limits import email_chars_max, password_chars_max
from mgmt.usecases import account
from mgmt.webapps.webui import came, keep_session, own_path

blueprint = Blueprint("combined_login", __name__)
_url = re.compile(r"https://[A-Za-z0-9.-]{1,253}(/[!-\[\]-~]{0,1000})?")


@blueprint.get("/combinedlogin")
@described(statuses=(303,))
def form() -> Response:
    """The sign-in page is elsewhere now."""
    return redirect(url_for("webui.login"), 303)


@blueprint.post("/combinedlogin")
@described(query={"returnUrl": TEXT}, statuses=(303,))
def sign_in() -> Response:
    """`login`, `password`, `returnUrl`. Raises Problem 401, 403 (from a page of somebody else), 429."""
    _require_known(request.headers.get("Origin"))
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    found = account.sign_in(
        door.context(), login[:email_chars_max], password[: password_chars_max + 1], None, door.client()
    )
    if isinstance(found, account.SecondStep):
        return came(found)
    answer = redirect(_way_back(request.form.get("returnUrl", "")), 303)
    keep_session(answer, found.session)
    return answer


def _require_known(origin: str | None) -> None:
    if origin != door.own_origin() and urlsplit(origin or "").hostname not in _hosts():
        raise Problem(403, "cross_site", "This form is on a page that may not sign in here.")


def _way_back(wanted: str) -> str:
    """A path of ours, or an address at a host that is named in the manifest; else the application."""
    if _url.fullmatch(wanted) and urlsplit(wanted).hostname in _hosts():
        return wanted
    return own_path(wanted)


def _hosts() -> frozenset[str]:
    return frozenset(host for hosts in door.context().region.hosts.values() for host in hosts)
