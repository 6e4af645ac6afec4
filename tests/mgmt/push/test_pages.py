"""Pages that are woken: what is said is sealed (RFC 8291), a service that checks everything takes it, dead ones are forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, time
from types import MappingProxyType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from configdb import push as configuration
from configdb.bus_memory import MemoryBus
from configdb.secrets import Sealer
from configdb.snapshot import Directory
from history import subscription
from history.opened import open_history
from history.store import HistoryStore
from history.subscription import PER_USER_MAX, Subscription, subscription_id
from mgmt.outbox.web import Web
from mgmt.push.browsers import ears_of, forget
from mgmt.push.notes import Outcome, Wish
from mgmt.push.proxy import PushProxy
from mgmt.push.sealed import TEXT_BYTES_MAX, Ears, sealed
from mgmt.push.tokens import Tokens, page_key, public_key
from tests.mgmt.push.pages import Browser, Service, point, read, written


def of(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(read(text), "big"), ec.SECP256R1())


def test_the_example_of_rfc_8291_appendix_a() -> None:
    theirs = of("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
    ours = of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    ears = Ears.read(written(point(theirs)), "BTBZMqHH6r4Tts7J_aSIgg")
    found = sealed(
        b"When I grow up, I want to be a watermelon", ears, lambda: ours, lambda _: read("DGv6ra1nlYgDCS1FRnbzlw")
    )
    expected = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert expected == written(found)


def test_what_is_said_twice_is_sealed_with_other_keys_and_the_longest_fits_a_service() -> None:
    browser = Browser("https://push.example/", "")
    ears = Ears.read(*browser.document()["keys"].values())
    first, again = sealed(b"x", ears), sealed(b"x", ears)
    assert (b"x", b"x") == (browser.opened(first), browser.opened(again))
    assert first[:86] != again[:86]
    assert 4096 == len(sealed(bytes(TEXT_BYTES_MAX), ears))
    with pytest.raises(ValueError):
        sealed(bytes(TEXT_BYTES_MAX + 1), ears)


@pytest.mark.parametrize(
    "p256dh, auth",
    [
        ("", ""),
        ("A" * 87, "A" * 22),
        (written(b"\4" + bytes(64)), "A" * 22),
        ("+/=", "A" * 22),
        ("я" * 87, "A" * 22),
        (written(point(of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))), "A" * 23),
    ],
)
def test_what_are_no_keys_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):
        Ears.read(p256dh, auth)


class World:
    """A proxy, the subscriptions of a node, and a browser's push service over HTTP."""

    def __init__(self, service: Service, history: HistoryStore) -> None:
        sealer, pem = Sealer(bytes(32)), page_key()
        row = {"id": "pages", "provider": "webpush", "account": "mailto:ops@example.net", "key": sealer.seal(pem)}
        accounts = {"pages": configuration.PushService.model_validate(row)}
        directory = Directory(system=MappingProxyType({"push": MappingProxyType(accounts)}))
        web, self.service, self.shelves, self.bus = Web((service.host,)), service, history.shelves, MemoryBus()
        self.key = public_key(pem)
        tokens = Tokens(sealer, web, time)
        self.proxy = PushProxy(
            "here", lambda: directory, tokens, web, web, self.bus, lambda w: ears_of(self.shelves, w)
        )

    def browser(self, user: str = "ann", at: float = 1.0) -> Browser:
        made = self.service.subscribed(self.key)
        keys: dict[str, Any] = made.document()["keys"]
        id = subscription_id(made.endpoint)
        subscription.keep(self.shelves, Subscription(id, "riverside", user, made.endpoint, at=at, **keys))
        return made

    def send(self, browser: Browser, kind: str = "wake", user: str = "ann") -> Outcome:
        wish = Wish(kind, "riverside", user, f"{user}-browser", "webpush", browser.endpoint, "", "call-1", "+1202", 25)
        return self.proxy.send(wish, monotonic() + 25)[0]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    history = open_history(tmp_path, None)
    with Service() as service:
        made = World(service, history)
        yield made
        made.proxy.close()
        made.bus.close()
    history.close()


def test_a_page_hears_who_calls_and_that_it_is_over_under_one_topic(world: World) -> None:
    browser = world.browser()
    assert (Outcome.SENT, Outcome.SENT) == (world.send(browser), world.send(browser, "cancel"))
    assert [("wake", "+1202"), ("cancel", "+1202")] == [(one["kind"], one["from"]) for one in browser.heard]
    assert ([], 1) == (world.service.refused, len(set(world.service.topics)))


def test_only_the_browser_of_the_user_is_spoken_to(world: World) -> None:
    browser = world.browser("ben")
    assert Outcome.REFUSED is world.send(browser, user="ann")
    assert ([], ["not sealed, or too long"]) == (browser.heard, world.service.refused)


def test_another_key_than_the_page_subscribed_with_is_not_taken(world: World) -> None:
    browser = world.browser()
    browser.application_server_key = public_key(page_key())
    assert Outcome.TOKEN is world.send(browser)
    assert {"not the key that the page subscribed with"} == set(world.service.refused)


def test_a_browser_that_is_gone_is_forgotten_and_others_are_not(world: World) -> None:
    browser, other = world.browser(), world.browser()
    browser.gone = True
    assert Outcome.DEAD is world.send(browser)
    forget(world.shelves, {"tenant": "riverside", "provider": "webpush", "prid": browser.endpoint, "device": "d"})
    found = subscription.of_user(world.shelves, "riverside", "ann")
    assert [other.endpoint] == [one.endpoint for one in found]


def test_of_too_many_browsers_the_oldest_go(world: World) -> None:
    made = [world.browser(at=float(n)) for n in range(PER_USER_MAX + 2)]
    found = subscription.of_user(world.shelves, "riverside", "ann")
    assert [one.endpoint for one in reversed(made[2:])] == [one.endpoint for one in found]


def test_browsers_whose_pages_nobody_opened_for_long_go(world: World) -> None:
    world.browser(at=1.0)
    kept = world.browser(at=9.0)
    world.shelves.write(subscription.idle(world.shelves, "riverside", 5.0, 10))
    assert [kept.endpoint] == [one.endpoint for one in subscription.of_user(world.shelves, "riverside", "ann")]
