"""Domain Connect: the public client and we make the same address; signatures hold both ways; a real name server is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from domainconnect import DomainConnect, DomainConnectConfig
from flask.testing import FlaskClient
from twisted.names import dns as wire

from configdb.log import Change
from configdb.model import SYSTEM
from mgmt.app import create_app
from mgmt.outbox.web import Answer, Ask
from mgmt.partners import dns
from mgmt.partners.domain_connect import (
    NotOffered,
    Template,
    Zone,
    apply_url,
    discovered,
    domain_of,
    holds,
    is_live,
    records,
    signature,
)
from mgmt.partners.signatures import Forged
from tests.mgmt.conftest import World
from tests.mgmt.partners.name_server import NameServer

SETTINGS = {
    "providerName": "GoDaddy",
    "urlSyncUX": "https://dcc.example.net/manage",
    "urlAPI": "https://dns.example.net",
    "width": 600,
    "height": 600,
}
OURS = Template("softswitch.example", "telephone", "_dck1")


@pytest.fixture
def names() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.close()


class Provider:
    """Whoever runs the DNS of example.org, and a node with a template."""

    def __init__(self, world: World, names: NameServer, keys: tuple[str, str]) -> None:
        self.world, self.names, self.known = world, names, True
        self.settings: dict[str, Any] = dict(SETTINGS)
        names.zone["_domainconnect.example.org", "TXT"] = [wire.Record_TXT(b"dns.example.net")]
        world.outside.answer = self.answer
        row = {"id": "domain-connect", "plan": "small", "client": "softswitch.example/telephone/_dck1"}
        plan = Change("plan", "small", {"id": "small", "name": "Small"})
        front = Change("store_front", "domain-connect", {**row, "secret": world.context.sealer.seal(keys[0])})
        world.context.config.transact(SYSTEM, [plan, front], "test", "template")
        public = {
            "public_url": "https://pbx.example.com",
            "tls_port": 5061,
            "dns_servers": (f"127.0.0.1:{names.port}",),
        }
        context = replace(world.context, settings=replace(world.context.settings, **public))  # type: ignore[arg-type]  # fields of it
        self.app = create_app(context)

    def answer(self, ask: Ask) -> Answer:
        if ask.url == "https://dns.example.net/v2/example.org/settings":
            return Answer(200, {}, json.dumps(self.settings).encode())
        path = "/v2/domainTemplates/providers/softswitch.example/services/telephone"
        assert f"https://dns.example.net{path}" == ask.url
        return Answer(200 if self.known else 404, {}, b"{}")

    def client(self, user: str = "ann") -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        client.set_cookie("softswitch", self.world.context.sessions.open("riverside", user, False))
        return client

    def begin(self, domain: Any = "example.org") -> Any:
        return self.client().post("/api/v1/domains", json={"domain": domain})


@pytest.fixture
def provider(world: World, names: NameServer, keys: tuple[str, str]) -> Provider:
    return Provider(world, names, keys)


def test_the_signature_of_the_public_client_holds_for_us_and_is_ours(keys: tuple[str, str]) -> None:
    query = "domain=example.org&port=5060&server=pbx.example.com"
    theirs = DomainConnect._generate_sig(keys[0], query).decode()
    assert holds(query, theirs, keys[1])
    assert theirs == signature(query, keys[0])
    assert not holds(f"{query}&x=1", theirs, keys[1])
    assert not holds(query, "AAAA", keys[1])
    with pytest.raises(NotOffered, match="no key"):
        signature(query, "")


def test_the_public_client_makes_the_same_address(keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    client = DomainConnect()
    config = DomainConnectConfig("shop.example.org", "example.org", "shop", SETTINGS)
    monkeypatch.setattr(client, "get_domain_config", lambda domain: config)
    monkeypatch.setattr(client, "check_template_supported", lambda *_: None)
    values = {"server": "pbx.example.com", "port": "5060"}
    theirs = client.get_domain_connect_template_sync_url(
        "shop.example.org",
        OURS.provider,
        OURS.service,
        redirect_uri="https://pbx.example.com/app/",
        params=dict(values),
        sign=True,
        private_key=keys[0],
        keyid=OURS.key_host,
    )
    zone = Zone("example.org", "shop", "GoDaddy", SETTINGS["urlSyncUX"], SETTINGS["urlAPI"])  # type: ignore[arg-type]  # texts
    assert theirs == apply_url(zone, OURS, values, "https://pbx.example.com/app/", keys[0])


def test_an_owner_is_led_to_the_page_of_the_dns_provider(provider: Provider, keys: tuple[str, str]) -> None:
    found = provider.begin().get_json()
    assert ("GoDaddy", "") == (found["provider"], found["why"])
    address = urlsplit(found["url"])
    assert ("dcc.example.net", "/manage/v2/domainTemplates/providers/softswitch.example/services/telephone/apply") == (
        address.netloc,
        address.path,
    )
    signed, _, rest = address.query.partition("&sig=")
    assert holds(signed, parse_qs(f"sig={rest}")["sig"][0], keys[1])
    assert not any(record["live"] for record in found["records"])


def test_it_is_live_when_the_dns_says_so(provider: Provider) -> None:
    zone, client = provider.names.zone, provider.client()
    before = client.get("/api/v1/domains/example.org").get_json()
    assert (False, {False}) == (before["live"], {one["live"] for one in before["records"]})
    for name, priority, port in (("_sip._udp", 10, 5060), ("_sip._tcp", 20, 5060), ("_sips._tcp", 10, 5061)):
        zone[f"{name}.example.org", "SRV"] = [wire.Record_SRV(priority, 10, port, b"PBX.example.com")]
    zone["phone.example.org", "CNAME"] = [wire.Record_CNAME(b"pbx.example.com")]
    zone["example.org", "TXT"] = [wire.Record_TXT(b"other"), wire.Record_TXT(b"v=spf1 mx include:pbx.example.com -all")]
    assert client.get("/api/v1/domains/example.org").get_json()["live"]
    zone["_sip._udp.example.org", "SRV"] = [wire.Record_SRV(10, 10, 5060, b"evil.example.com")]
    assert not client.get("/api/v1/domains/example.org").get_json()["live"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"urlSyncUX": None}, "no page"),
        ({"urlSyncUX": "http://dcc.example.net"}, "no page"),
        ({"urlSyncUX": "javascript:alert(1)"}, "no page"),
        ({"urlAPI": "https://user@evil.example"}, "no page"),
    ],
)
def test_a_provider_without_a_safe_page_leaves_it_to_people(
    provider: Provider, change: dict[str, Any], why: str
) -> None:
    provider.settings |= change
    found = provider.begin().get_json()
    assert (None, True, 5) == (found["url"], why in found["why"], len(found["records"]))


def test_a_domain_whose_dns_does_not_offer_it_is_for_people(provider: Provider) -> None:
    assert "does not offer" in provider.begin("example.net").get_json()["why"]
    provider.known = False
    assert "does not know our template" in provider.begin().get_json()["why"]
    provider.names.zone["_domainconnect.example.org", "TXT"] = [wire.Record_TXT(b"dns.example.net/../@x y")]
    assert "does not offer" in provider.begin().get_json()["why"]


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "ex ample.org", "a.b.c.d.e.f.g.h.i.j.org", "-a.org", "a..org", "1.2.3.4", None, 7, "x" * 300],
)
def test_what_is_no_domain_is_refused(provider: Provider, text: object) -> None:
    assert 422 == provider.begin(text).status_code
    if isinstance(text, str):
        with pytest.raises(Forged):
            domain_of(text)


def test_users_do_not_do_it_and_the_template_is_the_operators(provider: Provider) -> None:
    assert 403 == provider.client("carla").post("/api/v1/domains", json={"domain": "example.org"}).status_code
    assert 403 == provider.client().get("/api/v1/domain-template").status_code
    script = provider.app.test_client()
    script.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {'0123456789abcdef' * 4}"
    found = script.get("/api/v1/domain-template").get_json()
    assert ("softswitch.example", "telephone", 4) == (found["providerId"], found["serviceId"], len(found["records"]))


def test_a_node_without_a_public_name_says_so(world: World) -> None:
    assert 409 == world.client().post("/api/v1/domains", json={"domain": "example.org"}).status_code


def test_the_zone_is_found_from_a_name_within_it() -> None:
    told = {"_domainconnect.example.org": ("dns.example.net",)}
    zone = discovered(
        "a.shop.example.org",
        lambda name, kind: told.get(name, ()),
        lambda ask: Answer(200, {}, json.dumps(SETTINGS).encode()),
    )
    assert ("example.org", "a.shop") == (zone.root, zone.host)


def test_an_answer_that_is_cut_off_is_asked_by_tcp_and_one_to_another_question_is_none(names: NameServer) -> None:
    asked = (("127.0.0.1", names.port),)
    names.zone["example.org", "TXT"] = [wire.Record_TXT(b"a" * 200) for _ in range(20)]
    names.cut = True
    assert 20 == len(dns.lookup("example.org", "TXT", asked))
    names.cut, names.lies = False, True
    assert () == dns.lookup("example.org", "TXT", asked)
    assert (("192.0.2.1", 53), ("127.0.0.1", 5353), ("2001:db8::1", 53)) == dns.servers(
        ("192.0.2.1", "127.0.0.1:5353", "2001:db8::1")
    )


def test_live_is_the_same_value_and_nothing_like_it() -> None:
    [record, *_] = records("example.org", "pbx.example.com", 5060, None)
    assert is_live(record, lambda name, kind: ("10 10 5060 PBX.example.com",))
    assert not is_live(record, lambda name, kind: ("10 10 5061 pbx.example.com",))
    assert not is_live(record, lambda name, kind: ())
