"""Web app WebUI: sign-in pages (server-rendered, no script needed) and the shell of the browser application under /app/."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, send_from_directory, url_for
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as BaseResponse

from mgmt import door
from mgmt.errors import Problem, not_found
from mgmt.limits import email_chars_max, password_chars_max, password_chars_min, session_age_s_max
from mgmt.usecases import account, browser_phone

public = Blueprint("webui", __name__)
signed_in = Blueprint("webui_app", __name__)

_pages = Path(__file__).parent.parent / "assets"
_hashed = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_own_path = re.compile(r"^/(?![/\\])[^\\\x00-\x20\x7f]*$")


def own_path(text: str | None) -> str:
    """Where to go after signing in: a path of this server, never another site."""
    return text if text and _own_path.match(text) else "/app/"


@public.get("/")
def start() -> BaseResponse:
    """The root leads to the application."""
    return redirect("/app/", 303)


@public.get("/assets/pages.css")
def style() -> Response:
    """The style of the server-rendered pages."""
    return send_from_directory(_pages, "pages.css", max_age=3600)


@public.get("/welcome")
def welcome() -> BaseResponse:
    """Sign in with a one-time token. A HEAD request (a link preview) does not use the token up."""
    if request.method == "HEAD":
        return Response(status=204)
    session = account.welcome(door.context(), request.args.get("token", ""), request.remote_addr or "")
    return _go_on("/app/", session)


@public.get("/login")
def login() -> BaseResponse:
    """The sign-in form, or straight on for who is signed in."""
    if door.optional_identity() is not None:
        return redirect(own_path(request.args.get("next")), 303)
    return _form(None, 200)


@public.post("/login")
def sign_in() -> BaseResponse:
    """Check e-mail address and password; the form again with one message when they are wrong."""
    form = request.form
    email, password = (
        form.get("email", "").strip()[:email_chars_max],
        form.get("password", "")[: password_chars_max + 1],
    )
    try:
        session = account.sign_in(
            door.context(), email, password, form.get("tenant", "").strip() or None, request.remote_addr or ""
        )
    except Problem as problem:
        return _form(problem, problem.status)
    return _go_on(own_path(form.get("next")), session)


def _form(problem: Problem | None, status: int) -> Response:
    page = render_template(
        "login.html",
        error=problem and problem.detail,
        email=request.form.get("email", "")[:email_chars_max],
        tenant=request.form.get("tenant", "")[:63],
        next=own_path(request.values.get("next")),
    )
    headers = dict(problem.headers) if problem is not None else {}
    return Response(page, status, headers=headers, mimetype="text/html")


def _go_on(path: str, session: str) -> BaseResponse:
    answer = redirect(path, 303)
    keep_session(answer, session)
    return answer


def keep_session(answer: BaseResponse, session: str) -> None:
    """The session cookie: HttpOnly, SameSite=Lax, and with TLS Secure under a __Host- name."""
    known = door.context().door
    answer.set_cookie(
        known.cookie_name,
        session,
        max_age=session_age_s_max,
        path="/",
        secure=known.secure,
        httponly=True,
        samesite="Lax",
    )


@signed_in.post("/logout")
def logout() -> BaseResponse:
    """End the session on the server and in the browser."""
    session = door.identity().session
    if session is not None:
        door.context().sessions.close(session)
    answer = redirect(url_for("webui.login"), 303)
    known = door.context().door
    answer.delete_cookie(known.cookie_name, path="/", secure=known.secure, httponly=True, samesite="Lax")
    return answer


@signed_in.get("/password")
def password() -> Response:
    """The form to set a password."""
    return _password_form(None, 200)


@signed_in.post("/password")
def change_password() -> BaseResponse:
    """Keep the new password and go on with a new session."""
    try:
        session = account.set_password(door.context(), door.identity(), request.form.get("password", ""))
    except Problem as problem:
        return _password_form(problem, problem.status)
    return _go_on("/app/", session)


def _password_form(problem: Problem | None, status: int) -> Response:
    user = door.identity().user
    page = render_template(
        "password.html",
        name=user.name if user is not None else "Operator",
        email=(user.email if user is not None else None) or "",
        error=problem and problem.detail,
        chars_min=password_chars_min,
        chars_max=password_chars_max,
    )
    return Response(page, status, mimetype="text/html")


@signed_in.get("/app/", defaults={"path": ""})
@signed_in.get("/app/<path:path>")
def shell(path: str) -> Response:
    """The browser application: every path that is no file of the build is its index page."""
    built = door.context().settings.ui_dir
    if not (built / "index.html").is_file():
        return Response(render_template("not_built.html"), 503, mimetype="text/html")
    file = safe_join(str(built), path) if path else None
    answer = send_from_directory(built, path if file and Path(file).is_file() else "index.html", max_age=0)
    telephone = browser_phone.addresses(door.context(), door.host_name())
    answer.headers["Content-Security-Policy"] = door.content_policy(tuple(telephone.values()))
    return answer


@public.get("/app/phone.js")
def phone_script() -> Response:
    """The telephone as one script, which pages of other sites may load."""
    built = door.context().settings.ui_dir
    if not (built / "phone.js").is_file():
        raise not_found("file")
    answer = send_from_directory(built, "phone.js", max_age=300)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@public.get("/app/assets/<path:path>")
def asset(path: str) -> Response:
    """A file of the build. Names with a content hash may be kept for ever."""
    built = door.context().settings.ui_dir / "assets"
    if not (built / path).is_file():
        raise not_found("file")
    answer = send_from_directory(built, path)
    immutable = _hashed.search(path) is not None
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
    return answer
