"""Mobile API: the page on which a person lets an app in that shows a code (RFC 8628 3.3); works without script."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from mgmt.http import door
from mgmt.http.errors import Problem
from mgmt.limits import code_chars_max, password_chars_max
from mgmt.pages import said, words
from mgmt.usecases import account
from mgmt.usecases.mobile import codes

blueprint = Blueprint("mobile_device", __name__)


@blueprint.get("/device")
def ask() -> Response:
    """The form for the code; with a code of an app, what it is for."""
    code = _code(request.args.get("code", ""))
    return _looked_at(code) if code else _page()


@blueprint.post("/device")
def decide() -> Response:
    """The code is looked at first, then the person says yes or no; who came in long ago says their password too."""
    code, answer = _code(request.form.get("code", "")), request.form.get("answer")
    if answer not in ("yes", "no"):
        return _looked_at(code)
    context, who = door.context(), door.identity()
    try:
        if answer == "yes" and not account.is_fresh(context, who):
            _confirm(request.form.get("current", "")[:password_chars_max])
        codes.decided(context, who, code, answer == "yes", door.client())
    except Problem as problem:
        return _looked_at(code, problem)
    return _page(done=answer)


def _confirm(password: str) -> None:
    """It is still them: with the password, or by coming in anew for who has none. Raises Problem 401, 403, 429."""
    context, who = door.context(), door.identity()
    if who.user is not None and who.user.password_hash is None:
        account.require_fresh(context, who)
    account.confirm(context, who, password, None, door.client())


def _code(text: str) -> str:
    return text.strip()[:code_chars_max]


def _looked_at(code: str, problem: Problem | None = None) -> Response:
    context, who = door.context(), door.identity()
    try:
        found = codes.looked_at(context, who, code, door.client())
    except Problem as wrong:
        return _page(wrong, code=code)
    return _page(problem, code=code, app=found, ask=not account.is_fresh(context, who))


def _page(problem: Problem | None = None, **more: object) -> Response:
    language = door.language()
    error = None
    if problem is not None:
        error = said(language, "wrong_app_code" if problem.status == 404 else problem.code, problem.detail)
    page = render_template("device.html", t=words(language), language=language, error=error, **more)
    return Response(page, problem.status if problem is not None else 200, mimetype="text/html")
