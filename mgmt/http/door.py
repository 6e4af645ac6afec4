"""What happens to every request before and after its view: id, identity, policy, same-site, repetition, headers, access log."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Mapping
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, request

from configdb.reach import plain, source_of
from mgmt.access.auth import (
    Identity,
    Policy,
    cookie_value,
    require,
    require_right,
    require_same_site,
    require_scope,
    require_shown,
)
from mgmt.access.rights import safe_methods
from mgmt.access.scope import Scope, node_scope, scope_for
from mgmt.access.sessions import Client
from mgmt.context import Context
from mgmt.http.answers import Answer
from mgmt.http.conditional import spared
from mgmt.http.described import taken_bytes
from mgmt.http.errors import Problem, not_found
from mgmt.pages import LANGUAGES, Language
from mgmt.usecases import audit


def content_policy(connects_to: tuple[str, ...] = (), framed_by: str = "'none'", code_of: str = "") -> str:
    """The Content-Security-Policy of a page: whom its scripts may talk with besides us, and who may show it in a frame.

    code_of: whose scripts and styles run in it too; these may put frames of `connects_to` into it.
    """
    connect, ours = " ".join(("'self'", *connects_to)), f"'self' {code_of}".strip()
    frames = f" frame-src {connect};" if code_of else ""
    return (
        f"default-src 'self'; script-src {ours}; style-src {ours}; style-src-attr 'unsafe-inline';{frames}"
        f" img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src {connect};"
        f" worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
    )


security_headers: tuple[tuple[str, str], ...] = (
    ("Content-Security-Policy", content_policy()),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)"),
)
tls_header = ("Strict-Transport-Security", "max-age=31536000")
_secret_in_path = re.compile(r"(/sms/[^/]*/)[^/]+")
_log = structlog.get_logger("access")
_host = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_secret_in_query = re.compile(r"(?<![^?&])(token|password|sig|instance|hmac|code|id_token|session|state)=[^&]*")


def context() -> Context:
    """The context of the running app."""
    return cast(Context, current_app.extensions["context"])


def identity() -> Identity:
    """Who asks. Only for views whose policy is not PUBLIC."""
    found = optional_identity()
    if found is None:
        raise RuntimeError("a public view asked for an identity")
    return found


def optional_identity() -> Identity | None:
    """Who asks, or None: for public views."""
    return cast("Identity | None", g.get("identity"))


def scope() -> Scope:
    """The tenant this request may touch. Raises Problem 400, 403, 404."""
    return scope_for(identity(), context().config.directory, tenant_asked())


def tenant_asked() -> str | None:
    """The company that the request names."""
    return request.headers.get("X-Tenant") or request.args.get("tenant") or None


def host_name() -> str:
    """How the one who asks finds this server: a name or an address, without a port. Raises Problem 400."""
    found = _host.fullmatch(request.host)
    if found is None:
        raise Problem(400, "invalid_host", "This is no name of a server.")
    return found[1]


def request_id() -> str:
    """The id that the answer, its problem and the log line share."""
    return cast(str, g.get("request_id", ""))


def client() -> Client:
    """Where the request comes from."""
    return Client(address(), request.headers.get("User-Agent", ""))


def address() -> str:
    """The address of who asks: behind proxies that are trusted, the last one that they say and that is none of them."""
    believed = context().settings.proxies
    found = plain(request.remote_addr or "")
    for said in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if found not in believed or not is_address(said.strip()):
            break
        found = plain(said.strip())
    return found


def source() -> str:
    """What is counted of who asks: strangers may ask so often."""
    return source_of(address())


def base() -> str:
    """How people find this server: as the operator says, else as whoever asks found it."""
    return context().settings.public_url or request.host_url.rstrip("/")


def trusted_base() -> str | None:
    """The same for links that go to somebody else than who asks: None when a stranger may have made the name up."""
    settings = context().settings
    return settings.public_url or (request.host_url.rstrip("/") if settings.hosts else None)


def language() -> Language:
    """The language of the pages before the application: as the browser asks, else the region's own."""
    usual = next((one for one in context().region.languages if one in LANGUAGES), "en")
    return cast(Language, request.accept_languages.best_match(LANGUAGES, usual))


def own_origin() -> str:
    """The origin of our pages as the browser that asks sees them: behind a proxy that speaks TLS, the public one."""
    public = context().settings.public_url
    return public if public is not None and urlsplit(public).netloc == request.host else request.host_url.rstrip("/")


def require_operator() -> None:
    """Raises Problem 403 unless an operator asks."""
    node_scope(identity())


def site() -> str:
    """The host name of our pages, for which passkeys are made (WebAuthn 5.1.2). Raises Problem 400 for a bare address."""
    name = urlsplit(own_origin()).hostname or ""
    if is_address(name) or not name:
        raise Problem(400, "no_host_name", "Passkeys need a host name: open this server by its name, not its address.")
    return name


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def read_anew() -> None:
    """The answer has more than its version counts: it is sent whole also to who has read that version."""
    g.anew = True


def keep_secret() -> None:
    """The answer holds a secret that is shown once: nobody may keep it."""
    g.secret = True


class Rules(Protocol):
    """What the door wants to know of a blueprint: a row of the registry."""

    @property
    def app(self) -> str: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def host(self) -> str | None: ...
    @property
    def scope(self) -> str | None: ...
    @property
    def part(self) -> str | None: ...
    @property
    def foreign(self) -> bool: ...
    @property
    def audited(self) -> bool: ...


def install(app: Flask, rules: Mapping[str, Rules]) -> None:
    """Hang the door into the app; `rules` by the name of the blueprint."""

    @app.before_request
    def enter() -> Response | None:
        g.request_id, g.began_at = secrets.token_hex(8), context().clock()
        door = context().door
        g.identity = door.identify(
            cookie_value(request.headers.get("Cookie"), door.cookie_name), request.headers.get("Authorization")
        )
        if request.url_rule is None:
            return None
        rule = rules[request.blueprint or ""]
        if rule.host is not None and request.host.partition(":")[0] != rule.host:
            raise not_found("page")
        _require_here(rule.app)
        if rule.policy is Policy.SITES:
            g.identity = None
            return None
        require(rule.policy, g.identity, "Authorization" in request.headers)
        require_shown(g.identity, request.headers.get("X-Signed-In-As"))
        require_scope(g.identity, rule.scope, request.method)
        require_right(g.identity, rule.part, request.method, tenant_asked())
        if g.identity is not None and not g.identity.operator and rule.policy is Policy.SESSION:
            scope_for(g.identity, context().config.directory, tenant_asked())
        g.pace = context().pace.require(g.identity)
        if not rule.foreign and (g.identity is None or g.identity.session is not None):
            require_same_site(request.method, request.headers, own_origin())
        request.max_content_length = taken_bytes(current_app.view_functions[request.endpoint or ""])
        return _repeated()

    @app.after_request
    def leave(response: Response) -> Response:
        _remember(response)
        if not g.get("anew"):
            spared(request, response)
        if response.status_code < 400:
            _audit(rules.get(request.blueprint or ""))
        for name, value in g.get("pace", ()) + security_headers + ((tls_header,) if context().door.secure else ()):
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = request_id()
        _note(response)
        return response


def _require_here(app: str) -> None:
    """Raises Problem 404 or 410 where the region's manifest does not have the app, or not under this name."""
    region = context().region
    hosts, state = region.hosts.get(app, ()), region.apps.get(app, "enabled")
    if state == "planned" or (hosts and request.host.partition(":")[0] not in hosts):
        raise not_found("page")
    if state == "obsolete":
        place = region.moved.get(app, "/")
        link = (("Link", f'<{place}>; rel="successor-version"'),)
        raise Problem(410, "gone", f"This is no longer here. Go to {base()}{place}", headers=link, way=place)


def _audit(rule: Rules | None) -> None:
    """Note a change of which no other log tells; what operators do to the node is of no company."""
    if rule is None or not rule.audited or request.method in safe_methods:
        return
    who, views = identity(), request.view_args or {}
    tenant = tenant_asked() or who.tenant if rule.policy is not Policy.OPERATOR else None
    object = " ".join(str(value) for value in views.values()) or request.args.get("source", "")
    known = tenant if tenant in context().config.directory.tenants else None
    audit.note(context(), known, who.actor, request.endpoint or "", object, address())


def _repeated() -> Response | None:
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method in safe_methods or g.identity is None:
        return None
    who = f"{g.identity.actor} {tenant_asked() or ''}"
    answer = context().answers.begin(key, who, request.method, request.path, request.get_data())
    if answer is None:
        g.claimed = (key, who, request.method, request.path)
        return None
    response = Response(answer.body, answer.status, answer.headers, content_type=answer.type)
    response.headers["Idempotent-Replay"] = "true"
    return response


def _remember(response: Response) -> None:
    claimed: Any = g.pop("claimed", None)
    if claimed is None or (g.get("secret") and response.status_code < 400):
        return
    kept = {name: response.headers[name] for name in ("ETag", "Location", "Allow") if name in response.headers}
    body = b"" if response.direct_passthrough else response.get_data()
    key, who, method, path = claimed
    context().answers.finish(
        key, who, method, path, Answer(response.status_code, response.content_type or "", kept, body)
    )


def _note(response: Response) -> None:
    seconds = max(0.0, context().clock() - g.get("began_at", context().clock()))
    app_name = request.blueprint or "none"
    context().metrics.answered(app_name, request.method, response.status_code, seconds)
    who = optional_identity()
    _log.info(
        "request",
        request_id=request_id(),
        method=request.method,
        path=_secret_in_path.sub(r"\1***", request.path),
        query=_secret_in_query.sub(r"\1=***", request.query_string.decode("latin-1")),
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        address=address(),
        tenant=(tenant_asked() or who.tenant) if who is not None else None,
        actor=who.actor if who is not None else None,
        app=app_name,
    )


def wants_page() -> bool:
    """Whether a person reads the answer (an HTML page) rather than a program (problem+json)."""
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")


def unexpected(problem: BaseException) -> Problem:
    """Log what is our own fault and make the answer that tells nothing of it."""
    _log.error("failed", request_id=request_id(), path=_secret_in_path.sub(r"\1***", request.path), exc_info=problem)
    return Problem(500, "internal", "This did not work and the fault is ours. The log knows it by the request id.")
