"""A node that is agreed with partners: plans, two numbers, a browser of somebody who comes from one, and the outbox."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from configdb.log import Change
from configdb.model import SYSTEM
from mgmt.app import create_app
from mgmt.market.inventory import Inventory
from mgmt.market.stock import HOUSE, StockNumber
from mgmt.signup.machine import Signup
from mgmt.usecases import store
from tests.mgmt.conftest import World
from tests.mgmt.services.desk import parts_of

NUMBERS = ("+12025550160", "+18005550161")
PLANS = (
    {"id": "small", "name": "Small", "sold": True, "monthly_cents": 1900, "trial_days": 14},
    {"id": "free", "name": "Free", "sold": True, "monthly_cents": 0, "trial_days": 365, "numbers_max": 0},
)
SECRET = "partner secret 0123456789 0123456789"


def key_pair() -> tuple[str, str]:
    """A private and a public key (PEM)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Desk:
    """Over a test's world."""

    def __init__(self, world: World) -> None:
        self.world, self.clock = world, world.clock
        self.context = replace(world.context, mails=True)
        self.config, self.shelves = self.context.config, self.context.history.shelves
        self.config.transact(SYSTEM, [Change("plan", str(plan["id"]), dict(plan)) for plan in PLANS], "test", "plans")
        stock = Inventory(self.shelves, self.clock)
        kinds = ("local", "tollfree")
        stock.add(
            [StockNumber(one, "US", kind, HOUSE, self.clock.now) for one, kind in zip(NUMBERS, kinds, strict=True)]
        )
        self.stock, self.parts = stock, parts_of(world)
        self.app = create_app(self.context)
        self.browser = self.client()

    def client(self) -> FlaskClient:
        """A browser that nobody knows yet."""
        found = self.app.test_client()
        found.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return found

    def agree(self, id: str, plan: str = "small", **more: Any) -> None:
        """A store-front's row."""
        document = {"id": id, "plan": plan, "secret": self.context.sealer.seal(SECRET), **more}
        self.config.transact(SYSTEM, [Change("store_front", id, document)], "test", "agreed")

    def of(self, partner: str, account: str) -> Signup | None:
        """What an account became."""
        return store.engine(self.context).signups.of_account(partner, account)

    def state(self, partner: str, account: str) -> tuple[str, str | None]:
        """Of the sign-up, and of the company."""
        found = self.of(partner, account)
        view = self.config.directory.tenants.get(found.tenant) if found is not None else None
        return found.state if found is not None else "none", view.tenant.status if view is not None else None

    def finish(self, came: TestResponse, number: str | None = NUMBERS[0]) -> TestResponse:
        """From the answer that leads into the store to the company; no code is asked for."""
        assert 303 == came.status_code, came.get_data(as_text=True)
        path = urlsplit(came.headers["Location"]).path
        if number is not None:
            self.browser.post(path, data={"step": "choose", "number": number})
        return self.browser.post(path, data={"step": "start"}, follow_redirects=True)

    def code(self) -> str:
        """The code that was mailed last."""
        letters = [item for tenant, id in self.parts.outbox.due("mail") if (item := self.parts.outbox.get(tenant, id))]
        found = re.search(r"\d{6}", max(letters, key=lambda item: (item.made_at, item.id)).payload["text"])
        assert found is not None
        return found[0]

    def deliver(self) -> list[str]:
        """Run the outbox; what is said of each item that was tried."""
        return [item.said for item in self.parts.delivery.run(self.parts)]
