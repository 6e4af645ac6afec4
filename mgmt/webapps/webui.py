"""Web app WebUI: sign-in pages (server-rendered, no script needed) and the shell of the browser application under /app/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, send_from_directory, url_for
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as BaseResponse

from mgmt.http import door
from mgmt.http.body import json_object, known_fields, object_field, text_field
from mgmt.http.described import OBJECT, TEXT, described, fields
from mgmt.http.errors import Problem, not_found
from mgmt.limits import (
    challenge_s_max,
    code_chars_max,
    email_chars_max,
    password_chars_max,
    password_chars_min,
    session_age_s_max,
    sso_code_chars_max,
    tenant_chars_max,
    token_chars_max,
)
from mgmt.pages import said, words
from mgmt.usecases import account, audit, browser_phone, passkeys, people, post
from mgmt.usecases import sso as single_sign_on
from mgmt.webapps.packed import sent

public = Blueprint("webui", __name__)
signed_in = Blueprint("webui_app", __name__)

sso_cookie = "softswitch-sso"
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


@public.get("/assets/passkey.js")
def passkey_script() -> Response:
    """What the sign-in page needs for passkeys."""
    return send_from_directory(_pages, "passkey.js", max_age=3600)


@public.get("/assets/store.js")
def store_script() -> Response:
    """What the store's pages do better with a script."""
    return send_from_directory(_pages, "store.js", max_age=3600)


@public.get("/welcome")
def welcome() -> BaseResponse:
    """Sign in with a one-time token. A HEAD request (a link preview) does not use the token up."""
    if request.method == "HEAD":
        return Response(status=204)
    session = account.welcome(door.context(), request.args.get("token", ""), door.client())
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
    try:
        found = account.sign_in(door.context(), _given_email(), _given_password(), _given_tenant(), door.client())
    except Problem as problem:
        return _form(problem, problem.status)
    return came(found)


@public.post("/login/code")
def second_step() -> BaseResponse:
    """The second step: a code of an app, or a recovery code."""
    token = request.form.get("token", "")
    try:
        session = account.second_step(
            door.context(), token, request.form.get("code", "")[:code_chars_max], door.client()
        )
    except Problem as problem:
        if problem.code == "link_expired":
            return _form(problem, problem.status)
        return _code_form(token, request.form.get("codes") == "1", problem, problem.status)
    return _go_on(own_path(request.form.get("next")), session)


@public.post("/login/passkey/options")
@described(answer=OBJECT)
def passkey_options() -> dict[str, Any]:
    """The challenge that a passkey of this site has to sign."""
    return passkeys.ask(door.context(), door.site())


@public.post("/login/passkey")
@described(body=fields({"ticket": TEXT, "credential": OBJECT}), answer=OBJECT)
def passkey_sign_in() -> Response:
    """Sign in with the signed challenge; the session is in the cookie."""
    body = json_object(request)
    known_fields(body, "ticket", "credential")
    ticket, answer = text_field(body, "ticket", token_chars_max) or "", object_field(body, "credential")
    session = passkeys.sign_in(door.context(), ticket, answer, door.site(), door.own_origin(), door.client())
    response = jsonify({"next": "/app/"})
    keep_session(response, session)
    door.keep_secret()
    return response


@public.get("/login/sso")
def sso() -> Response:
    """Ask for the address whose company signs in by itself."""
    return _page("sso.html", 200, email="", tenant="", next=own_path(request.args.get("next")))


@public.post("/login/sso")
def sso_begin() -> BaseResponse:
    """On to the company's own sign-in page. A page with its address: no form may lead to another site."""
    email, tenant, next = _given_email(), _given_tenant(), own_path(request.form.get("next"))
    here = f"{door.own_origin()}{url_for('webui.sso_return')}"
    try:
        begun = single_sign_on.begin(door.context(), email, tenant, here, next, door.client())
    except Problem as problem:
        return _page("sso.html", problem.status, problem, email=email, tenant=tenant or "", next=next)
    answer = _page("sso.html", 200, begun=begun)
    path, secure = url_for("webui.sso_return"), door.context().door.secure
    answer.set_cookie(
        sso_cookie, begun.binding, max_age=challenge_s_max, path=path, secure=secure, httponly=True, samesite="Lax"
    )
    return answer


@public.get("/login/sso/return")
def sso_return() -> BaseResponse:
    """The provider's answer."""
    given = {name: request.args.get(name, "")[:sso_code_chars_max] for name in ("state", "code", "iss", "error")}
    returned = single_sign_on.Returned(
        given["state"], given["code"], given["iss"] or None, request.cookies.get(sso_cookie, "")
    )
    try:
        session, next = single_sign_on.come_in(door.context(), returned, door.client())
    except Problem as problem:
        return _page("sso.html", problem.status, problem, email="", tenant="", next="/app/")
    answer = _go_on(own_path(next), session)
    answer.delete_cookie(sso_cookie, path=url_for("webui.sso_return"))
    return answer


@public.get("/forgot")
def forgot() -> Response:
    """Ask for the address to which a link to set a new password goes."""
    return _page("forgot.html", 200)


@public.post("/forgot")
def forgotten() -> Response:
    """The same answer whether anybody has the address or not."""
    try:
        people.forgot(
            door.context(), _given_email(), _given_tenant(), door.trusted_base(), door.language(), door.client()
        )
    except Problem as problem:
        return _page("forgot.html", problem.status, problem)
    return _page("forgot.html", 200, done=True, mails=post.sends(door.context()))


@public.get("/invited")
def invited() -> Response:
    """Who follows an invitation, or a link to set a new password: the form."""
    view, user = people.linked(door.context(), request.args.get("token", ""), door.client())
    return _invited_form(view.tenant.name, user.name, user.email or "", request.args.get("token", ""), None)


@public.post("/invited")
def come_in() -> BaseResponse:
    """Keep the password, and in."""
    context, token = door.context(), request.form.get("token", "")
    view, user = people.linked(context, token, door.client())
    try:
        found = people.come_in(context, token, _given_password(), door.client())
    except Problem as problem:
        return _invited_form(view.tenant.name, user.name, user.email or "", token, problem)
    return came(found)


def _given_email() -> str:
    return request.form.get("email", "").strip()[:email_chars_max]


def _given_password() -> str:
    return request.form.get("password", "")[: password_chars_max + 1]


def _given_tenant() -> str | None:
    return request.form.get("tenant", "").strip()[:tenant_chars_max] or None


def came(found: account.SignedIn | account.SecondStep) -> BaseResponse:
    """In, or the page of the second step."""
    if isinstance(found, account.SecondStep):
        return _code_form(found.token, found.codes, None, 200)
    return _go_on(own_path(request.form.get("next")), found.session)


def _page(template: str, status: int, problem: Problem | None = None, **more: object) -> Response:
    """A page in the language of the browser, with the problem that it is about."""
    language = door.language()
    error = said(language, problem.code, problem.detail) if problem is not None else None
    known = {"t": words(language), "language": language, "error": error}
    headers = dict(problem.headers) if problem is not None else {}
    return Response(render_template(template, **known, **more), status, headers=headers, mimetype="text/html")


def _form(problem: Problem | None, status: int) -> Response:
    known = {"email": request.form.get("email", "")[:email_chars_max], "tenant": request.form.get("tenant", "")[:63]}
    return _page("login.html", status, problem, next=own_path(request.values.get("next")), **known)


def _code_form(token: str, codes: bool, problem: Problem | None, status: int) -> Response:
    return _page("code.html", status, problem, token=token, codes=codes, next=own_path(request.form.get("next")))


def _invited_form(company: str, name: str, email: str, token: str, problem: Problem | None) -> Response:
    known = {"company": company, "name": name, "email": email, "token": token}
    limits = {"chars_min": password_chars_min, "chars_max": password_chars_max}
    return _page("invited.html", problem.status if problem is not None else 200, problem, **known, **limits)


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
    who = door.identity()
    if who.session is not None:
        door.context().sessions.close(who.session)
        audit.note(door.context(), who.tenant, who.actor, "session.closed", address=door.address())
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
    """Keep the new password and go on with a new session; who came in long ago says the present one too."""
    context, who = door.context(), door.identity()
    current = request.form.get("current")
    try:
        if current is not None:
            account.confirm(context, who, current[:password_chars_max], None, door.client())
        session = account.set_password(context, who, _given_password(), door.client())
    except Problem as problem:
        return _password_form(problem, problem.status)
    return _go_on("/app/", session)


def _password_form(problem: Problem | None, status: int) -> Response:
    who, user = door.identity(), door.identity().user
    known = {
        "name": user.name if user is not None else "Operator",
        "email": (user.email if user is not None else None) or "",
    }
    limits = {"chars_min": password_chars_min, "chars_max": password_chars_max}
    return _page("password.html", status, problem, ask=not account.is_fresh(door.context(), who), **known, **limits)


@signed_in.get("/app/", defaults={"path": ""})
@signed_in.get("/app/<path:path>")
def shell(path: str) -> Response:
    """The browser application: every path that is no file of the build is its index page."""
    built = door.context().settings.ui_dir
    if not (built / "index.html").is_file():
        return Response(render_template("not_built.html"), 503, mimetype="text/html")
    file = safe_join(str(built), path) if path else None
    answer = sent(built, path if file and Path(file).is_file() else "index.html", 0)
    telephone = browser_phone.addresses(door.context(), door.host_name())
    answer.headers["Content-Security-Policy"] = door.content_policy(tuple(telephone.values()))
    return answer


@public.get("/app/phone.js")
def phone_script() -> Response:
    """The telephone as one script, which pages of other sites may load."""
    built = door.context().settings.ui_dir
    if not (built / "phone.js").is_file():
        raise not_found("file")
    answer = sent(built, "phone.js", 300)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@public.get("/app/assets/<path:path>")
def asset(path: str) -> Response:
    """A file of the build. Names with a content hash may be kept for ever."""
    built = door.context().settings.ui_dir / "assets"
    if not (built / path).is_file():
        raise not_found("file")
    answer = sent(built, path)
    immutable = _hashed.search(path) is not None
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
    return answer
