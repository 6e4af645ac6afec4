"""Every route: its policy, its answer to strangers, and errors in one form."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import Rule

from mgmt.access.auth import Policy
from mgmt.limits import body_bytes_max
from mgmt.webapps.registry import WEB_APPS
from tests.mgmt.conftest import World

PUBLIC = {
    ("POST", "/recurly/hook"),
    ("GET", "/"),
    ("GET", "/assets/pages.css"),
    ("GET", "/app/assets/<path:path>"),
    ("GET", "/app/phone.js"),
    ("GET", "/phone-settings"),
    ("GET", "/welcome"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/login/code"),
    ("POST", "/login/passkey/options"),
    ("POST", "/login/passkey"),
    ("GET", "/assets/passkey.js"),
    ("GET", "/assets/store.js"),
    ("GET", "/login/sso"),
    ("POST", "/login/sso"),
    ("GET", "/login/sso/return"),
    ("GET", "/forgot"),
    ("POST", "/forgot"),
    ("GET", "/invited"),
    ("POST", "/invited"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/mobile/v1/openapi.json"),
    ("GET", "/api/v1/client/softswitch_client.tar.gz"),
    ("GET", "/files/<tenant>/<kind>/<id>"),
    ("GET", "/trunk/<id>"),
    ("GET", "/files/<tenant>/messages/<id>/<index>"),
    ("GET", "/public/<tenant>/<hash>/<name>"),
    ("GET", "/combinedlogin"),
    ("POST", "/combinedlogin"),
    ("GET", "/<anycase(word='mightycallstore'):_root>/"),
    ("POST", "/<anycase(word='mightycallstore'):_root>/"),
    ("GET", "/<anycase(word='mightycallstore'):_root>/<path:path>"),
    ("POST", "/<anycase(word='mightycallstore'):_root>/<path:path>"),
    ("GET", "/store/yola/start"),
    ("GET", "/store/wix/tollfree"),
    ("POST", "/store/wix/tollfree"),
    ("GET", "/store/wix/react"),
    ("POST", "/store/wix/react"),
    ("POST", "/store/wix/webhook"),
    ("GET", "/store/shopify/install"),
    ("GET", "/store/shopify/callback"),
    ("GET", "/store/shopify/status"),
    ("GET", "/store/shopify/block.js"),
    ("POST", "/store/shopify/webhooks"),
    ("GET", "/store/godaddy/sso"),
    ("POST", "/store/partner"),
    ("GET", "/aps/"),
    ("POST", "/aps/app"),
    ("DELETE", "/aps/app/<id>"),
    ("POST", "/aps/app/<id>/upgrade"),
    ("POST", "/aps/app/<id>/tenants"),
    ("DELETE", "/aps/app/<id>/tenants/<tenant>"),
    ("POST", "/aps/tenant"),
    ("GET", "/aps/tenant/<id>"),
    ("PUT", "/aps/tenant/<id>"),
    ("DELETE", "/aps/tenant/<id>"),
    ("PUT", "/aps/tenant/<id>/enable"),
    ("PUT", "/aps/tenant/<id>/disable"),
    ("GET", "/aps/tenant/<id>/adminlogin"),
    ("GET", "/aps/tenant/<id>/users"),
    ("POST", "/aps/tenant/<id>/onUsersChange"),
    ("POST", "/aps/tenant/<id>/reprovision"),
    ("POST", "/aps/user"),
    ("GET", "/aps/user/<id>/userlogin"),
    ("GET", "/aps/login"),
    ("GET", "/store"),
    ("POST", "/store"),
    ("GET", "/store/<id>"),
    ("POST", "/store/<id>"),
    ("GET", "/store/<id>/pay"),
    ("GET", "/store/<id>/better"),
    ("POST", "/store/<id>/better"),
    ("GET", "/vcard/<key>.vcf"),
    ("GET", "/store/api/plans"),
    ("GET", "/store/api/numbers"),
    ("POST", "/store/api/signups"),
    ("GET", "/store/api/signups/<id>"),
    ("POST", "/store/api/signups/<id>/code"),
    ("POST", "/store/api/signups/<id>/verify"),
    ("PUT", "/store/api/signups/<id>/consent"),
    ("POST", "/store/api/signups/<id>/number"),
    ("POST", "/store/api/signups/<id>/payment"),
    ("POST", "/store/api/signups/<id>/provision"),
    ("GET", "/reactstore"),
    ("POST", "/reactstore"),
    ("GET", "/reactstore/<id>"),
    ("POST", "/reactstore/<id>"),
    ("POST", "/reactstore/api/signup"),
    ("GET", "/reactstore/api/signup/<id>"),
    ("POST", "/reactstore/api/signup/<id>/verify"),
    ("POST", "/reactstore/api/signup/<id>/upgrade"),
    ("GET", "/sms/<supplier>/<key>"),
    ("POST", "/sms/<supplier>/<key>"),
}
_API = "/<anycase(word='ContactAPI'):_root>/<anycase(word='API'):_api>"
SITES = {
    ("POST", "/mobile/v1/token"),
    ("POST", "/mobile/v1/device_authorization"),
    ("POST", "/mobile/v1/revoke"),
    ("POST", "/v4/auth/token"),
    ("GET", "/v4/api/ping"),
    ("GET", "/clickconnect/<key>.js"),
    ("GET", "/clickconnect/call.js"),
    ("POST", "/clickconnect/<key>/token"),
    ("POST", "/clickconnect/<key>/calls"),
    ("POST", "/clickconnect/<key>/visits"),
    ("POST", "/contact/v2/requests"),
    ("POST", f"{_API}/<anycase(word='Contact'):_what>"),
    ("GET", f"{_API}/<anycase(word='GetTenantId'):_what>"),
    ("POST", f"{_API}/<anycase(word='GetTenantId'):_what>"),
    ("GET", f"{_API}/<anycase(word='GetWordPressWidgets'):_what>"),
    ("GET", "/cqjs/<tenant>.js"),
    ("GET", "/cqjs/wordpress.js"),
    ("GET", "/tracking/<key>.js"),
    ("POST", "/tracking/<key>/lease"),
}
OPERATOR = {
    ("GET", "/api/v1/status"),
    ("GET", "/api/v1/nodes"),
    ("GET", "/api/v1/listings"),
    ("POST", "/api/v1/listings/<tenant>/<id>/done"),
    ("POST", "/api/v1/status/checks"),
    ("GET", "/metrics"),
    ("POST", "/push/v1/wake"),
    ("GET", "/api/v1/config-replicas"),
    ("POST", "/api/v1/config-replicas/repair"),
    ("POST", "/api/v1/config-prune"),
    ("POST", "/api/v1/config-log/rebuild"),
    ("GET", "/api/v1/config-bundle/<tenant>"),
    ("POST", "/api/v1/config-bundle"),
    ("GET", "/api/v1/services"),
    ("GET", "/api/v1/domain-template"),
    ("GET", "/api/v1/signups"),
    ("GET", "/api/v1/books/<tenant>"),
    ("GET", "/api/v1/papers"),
    ("GET", "/api/v1/papers/<tenant>/<id>/file"),
    ("POST", "/api/v1/papers/<tenant>/<id>/steps"),
    ("GET", "/api/v1/ports"),
    ("GET", "/api/v1/ports/<tenant>/<id>"),
    ("GET", "/api/v1/ports/<tenant>/<id>/bill"),
    ("POST", "/api/v1/ports/<tenant>/<id>/steps"),
    ("POST", "/api/v1/books/<tenant>/payments"),
    ("POST", "/api/v1/signups/<id>/steps"),
    ("GET", "/api/v1/stock"),
    ("POST", "/api/v1/stock"),
    ("GET", "/api/v1/stock/margins"),
    ("GET", "/api/v1/stock/<number>"),
    ("POST", "/api/v1/stock/<number>/steps"),
    ("POST", "/api/v1/suppliers/<id>/reconciliation"),
    ("GET", "/api/v1/suppliers/addresses"),
    ("GET", "/api/v1/services/<name>/runs"),
    ("POST", "/api/v1/services/<name>/runs"),
    ("GET", "/api/v1/bans"),
    ("PUT", "/api/v1/drain"),
    ("POST", "/api/v1/status/support"),
    ("PUT", "/api/v1/log-level"),
    ("POST", "/api/v1/erasures"),
    ("GET", "/api/v1/erasures/<tenant>"),
    ("GET", "/api/v1/trunks"),
    ("GET", "/api/v1/trunks/<id>"),
    ("GET", "/api/v1/trunks/<id>/figures"),
    ("POST", "/api/v1/trunks/<id>/acceptance"),
    ("POST", "/api/v1/trunks/<id>/link"),
    ("DELETE", "/api/v1/bans"),
}


def routes(world: World) -> list[tuple[str, Rule]]:
    return [
        (method, rule)
        for rule in world.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def path_of(rule: Rule) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<path:{name}>", "x").replace(f"<{name}>", "user" if name == "kind" else "x")
    return path


def test_every_route_belongs_to_a_web_app_and_has_the_policy_it_should_have(world: World) -> None:
    policies = {web_app.blueprint.name: web_app.policy for web_app in WEB_APPS}
    found: dict[Policy, set[tuple[str, str]]] = {policy: set() for policy in Policy}
    for method, rule in routes(world):
        found[policies[rule.endpoint.partition(".")[0]]].add((method, rule.rule))
    assert PUBLIC == found[Policy.PUBLIC]
    assert SITES == found[Policy.SITES]
    assert OPERATOR == found[Policy.OPERATOR]
    assert len(found[Policy.SESSION]) >= 25


def test_a_stranger_gets_401_from_every_route_that_is_not_public(world: World) -> None:
    client = world.client(user=None)
    answers = {
        (method, rule.rule): client.open(path_of(rule), method=method, json={}).status_code
        for method, rule in routes(world)
        if (method, rule.rule) not in PUBLIC | SITES
    }
    assert {401} == set(answers.values()), answers


def test_a_tenants_owner_gets_403_from_every_operator_route(world: World) -> None:
    client = world.client()
    assert {403} == {client.open(path, method=method).status_code for method, path in OPERATOR}


def test_a_changing_request_of_another_site_is_refused_on_every_route(world: World) -> None:
    client = world.client(operator=True)
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "cross-site"
    foreign = {web_app.blueprint.name for web_app in WEB_APPS if web_app.foreign}
    assert {
        "aps",
        "combined_login",
        "mightycall_store",
        "reactstore_api",
        "recurly_hook",
        "shopify",
        "sms_listener",
        "store_api",
        "wix_webhooks",
    } == foreign
    answers = {
        (method, rule.rule): client.open(path_of(rule), method=method, json={}).status_code
        for method, rule in routes(world)
        if method != "GET" and rule.endpoint.partition(".")[0] not in foreign and (method, rule.rule) not in SITES
    }
    assert {403} == set(answers.values()), answers


def test_a_foreign_host_name_is_refused(world: World) -> None:
    answer = world.client().get("/api/v1/me", headers={"Host": "evil.example"})
    assert (400, "application/problem+json") == (answer.status_code, answer.mimetype)


@pytest.mark.parametrize(
    "method, path, sent, expected",
    [
        ("POST", "/api/v1/calls", {"data": "{", "content_type": "application/json"}, (400, "malformed_json")),
        ("POST", "/api/v1/calls", {"data": "[" * 100_000, "content_type": "application/json"}, (400, "malformed_json")),
        (
            "POST",
            "/api/v1/calls",
            {"data": '{"from": NaN}', "content_type": "application/json"},
            (400, "malformed_json"),
        ),
        (
            "POST",
            "/api/v1/calls",
            {"data": '{"a":' * 70 + "1" + "}" * 70, "content_type": "application/json"},
            (400, "malformed_json"),
        ),
        ("POST", "/api/v1/calls", {"data": b"\xff\xfe{", "content_type": "application/json"}, (400, "malformed_json")),
        ("POST", "/api/v1/calls", {"json": [1]}, (422, "not_an_object")),
        ("POST", "/api/v1/calls", {"json": {"from": "101"}}, (422, "invalid_field")),
        ("POST", "/api/v1/calls", {"json": {"from": "101", "to": "102", "x": 1}}, (422, "unknown_field")),
        ("POST", "/api/v1/calls", {"data": "from=101"}, (415, "unsupported_media_type")),
        (
            "POST",
            "/api/v1/calls",
            {"data": b"x" * (body_bytes_max + 1), "content_type": "application/json"},
            (413, "too_large"),
        ),
        ("DELETE", "/api/v1/me", {}, (405, "method_not_allowed")),
        ("GET", "/api/v1/nothing", {}, (404, "not_found")),
        ("GET", "/api/v1/calls?limit=0", {}, (400, "invalid_limit")),
        ("GET", "/api/v1/calls?limit=201", {}, (400, "invalid_limit")),
        ("GET", "/api/v1/calls?limit=x", {}, (400, "invalid_limit")),
        ("GET", "/api/v1/calls?cursor=x", {}, (400, "invalid_cursor")),
        ("GET", "/api/v1/activities?cursor=%00", {}, (400, "invalid_cursor")),
        ("GET", "/api/v1/activities?state=old", {}, (400, "invalid_state")),
        ("GET", "/api/v1/config/rocket", {}, (404, "not_found")),
        ("GET", "/api/v1/config-diff?from=x", {}, (400, "invalid_sequence")),
        ("GET", "/api/v1/calls?since=yesterday", {}, (400, "invalid_time")),
    ],
)
def test_bad_input_gets_a_problem_that_says_what_is_wrong(
    world: World, method: str, path: str, sent: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = world.client().open(path, method=method, **sent)
    problem = answer.get_json(force=True)
    assert expected == (answer.status_code, problem["code"])
    assert "application/problem+json" == answer.mimetype
    assert {"type", "title", "status", "detail", "code", "errors", "request_id"} == set(problem)
    assert answer.headers["X-Request-Id"] == problem["request_id"]


def test_a_wrong_method_says_which_are_right(world: World) -> None:
    assert {"GET", "HEAD", "OPTIONS"} == set(world.client().delete("/api/v1/me").headers["Allow"].split(", "))


def test_a_fault_of_ours_tells_nothing_of_the_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_tenant: str) -> None:
        raise RuntimeError("sqlite is on fire")

    monkeypatch.setattr(world.context.board, "calls", fail)
    answer = world.client().get("/api/v1/calls/live")
    assert (500, "internal") == (answer.status_code, answer.get_json(force=True)["code"])
    assert b"sqlite" not in answer.data
    assert b"Traceback" not in answer.data


def test_every_answer_carries_the_security_headers(world: World) -> None:
    for path in ("/login", "/api/v1/me", "/api/v1/nothing", "/app/", "/healthz"):
        headers = world.client().get(path).headers
        assert "nosniff" == headers["X-Content-Type-Options"]
        assert "DENY" == headers["X-Frame-Options"]
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"].replace("style-src-attr 'unsafe-inline'", "")
        assert "no-store" in headers["Cache-Control"] or path == "/app/"


def test_the_metrics_count_answers_without_naming_a_tenant(world: World) -> None:
    world.client().get("/api/v1/me")
    text = world.script(None).get("/metrics").get_data(as_text=True)
    assert 'softswitch_http_requests_total{app="me",code_class="2xx",method="GET"} 1.0' in text
    assert "riverside" not in text


def test_the_metrics_of_the_switch_come_with_those_of_the_web_while_it_answers(world: World) -> None:
    there = world.script(None).get("/metrics").get_data(as_text=True).splitlines()
    assert {"softswitch_switch_up 1.0", "softswitch_bans 0.0"} <= set(there)
    world.switch.away = True
    gone = world.script(None).get("/metrics").get_data(as_text=True).splitlines()
    assert "softswitch_switch_up 0.0" in gone
    assert "softswitch_bans 0.0" not in gone
