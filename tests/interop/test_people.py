"""People in a real browser: invited, with a passkey of a virtual authenticator, an app, codes; a real OpenID provider."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from installer.demo_tenant import TENANT
from mgmt.access import totp
from mgmt.one_time_token import sign_in_url
from tests.interop.node import Running, listening
from tests.interop.web_page import FLAGS, faults
from tests.media.storage.blobs import node as program
from tests.ports import free_ports

pytestmark = pytest.mark.interop

PASSWORD = "seven wet umbrellas"
EMAIL = "eve@riverside.example"
PROVIDER = Path(sys.prefix) / "oidc"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What the consoles of the pages complain about; answers that are refused on purpose are none."""
    found: list[str] = []
    yield found
    assert [] == [each for each in found if "status of 40" not in each]


def opened(browser: Browser, errors: list[str], url: str) -> Page:
    """A page of a new person, in a browser of their own."""
    page = browser.new_context(viewport={"width": 1100, "height": 900}).new_page()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    return page


def site(node: Running) -> str:
    """The node by a name: passkeys are for names."""
    return f"http://localhost:{node.runtime.http_port}"


def owner(node: Running, browser: Browser, errors: list[str]) -> Page:
    parts = urlsplit(sign_in_url(node.data, TENANT))
    return opened(browser, errors, f"{site(node)}{parts.path}?{parts.query}")


def accessible(page: Page) -> None:
    assert [] == faults(page)


def gone(node: Running, *users: str) -> None:
    for user in users:
        node.api.request("DELETE", f"/api/v1/config/user/{user}")


@pytest.mark.timeout(300)
def test_a_person_is_invited_and_comes_in_by_password_passkey_code_and_recovery_code(
    node: Running, browser: Browser, errors: list[str]
) -> None:
    ann = owner(node, browser, errors)
    ann.goto(f"{site(node)}/app/people")
    ann.get_by_label("Name").fill("Eve Stone")
    ann.get_by_label("E-mail address").fill(EMAIL)
    ann.get_by_role("button", name="Invite").click()
    link = ann.get_by_test_id("invitation").inner_text()
    accessible(ann)

    eve = opened(browser, errors, link)
    accessible(eve)
    eve.get_by_label("New password").fill(PASSWORD)
    eve.get_by_role("button", name="Keep this password").click()
    expect(eve.get_by_test_id("connection-pill")).to_have_text("Live")
    session = eve.context.new_cdp_session(eve)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    eve.goto(f"{site(node)}/app/account/sign-in")
    eve.get_by_role("button", name="Add a passkey").click()
    expect(eve.get_by_test_id("passkey")).to_have_count(1)
    codes = eve.get_by_test_id("recovery-codes").inner_text().split()
    assert 10 == len(codes)
    eve.get_by_role("button", name="Add an app").click()
    secret = eve.get_by_test_id("totp-secret").inner_text()
    eve.get_by_label("Code").fill(totp.code(secret, int(time.time() // totp.step_s)))
    eve.get_by_role("button", name="Confirm").click()
    expect(eve.get_by_text("A code is asked for after the password.")).to_be_visible()
    accessible(eve)

    signed_out(eve, node)
    eve.get_by_role("button", name="Sign in with a passkey").click()
    expect(eve.get_by_test_id("connection-pill")).to_have_text("Live")
    signed_out(eve, node)
    eve.get_by_label("E-mail address").fill(EMAIL)
    eve.get_by_label("Password").fill(PASSWORD)
    eve.get_by_role("button", name="Sign in", exact=True).click()
    accessible(eve)
    eve.get_by_label("Code").fill(codes[0])
    eve.get_by_role("button", name="Go on").click()
    expect(eve.get_by_test_id("connection-pill")).to_have_text("Live")

    row = ann.get_by_test_id("person").filter(has_text="Eve Stone")
    ann.reload()
    row.get_by_role("button", name="Edit: Eve Stone").click()
    row.get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("Disabled")
    eve.reload()
    expect(eve).to_have_url(re.compile("/login"))
    ann.goto(f"{site(node)}/app/audit")
    expect(ann.get_by_test_id("audit-row").first).to_contain_text("eve")
    accessible(ann)
    gone(node, "eve")


def signed_out(page: Page, node: Running) -> None:
    page.goto(f"{site(node)}/app/account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


@pytest.fixture
def issuer(node: Running) -> Iterator[str]:
    """A provider that knows everybody who says an address."""
    port = free_ports(1)[0]
    command = [program(), "provider.mjs", str(port), f"{site(node)}/login/sso/return"]
    process = subprocess.Popen(command, cwd=PROVIDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    listening(port)
    yield f"http://localhost:{port}"
    process.terminate()
    process.wait()


@pytest.mark.timeout(300)
def test_a_company_signs_in_with_its_own_provider(node: Running, browser: Browser, issuer: str) -> None:
    ann = owner(node, browser, [])
    ann.goto(f"{site(node)}/app/people/sign-in")
    ann.get_by_role("button", name="New", exact=True).click()
    form = ann.get_by_role("form")
    form.get_by_label("Name").fill("Own")
    form.get_by_label("Issuer").fill(issuer)
    form.get_by_label("Client id").fill("softswitch")
    form.get_by_label("Client secret").fill("only for tests")
    form.get_by_label("Domains of e-mail addresses").fill("riverside.example")
    form.get_by_label("Who comes for the first time").select_option("user")
    accessible(ann)
    form.get_by_role("button", name="Save").click()
    expect(ann.get_by_text(issuer)).to_be_visible()

    page = opened(browser, [], f"{site(node)}/login")
    page.get_by_role("link", name="Sign in with your company's account").click()
    page.get_by_label("E-mail address").fill("mia@riverside.example")
    page.get_by_role("button", name="Go on").click()
    page.locator("[name=login]").fill("mia@riverside.example")
    page.locator("[name=password]").fill("any")
    page.locator("[type=submit]").click()
    page.locator("[type=submit]").click()
    expect(page.get_by_test_id("connection-pill")).to_have_text("Live")
    me = page.evaluate("fetch('/api/v1/me').then(answer => answer.json())")
    assert ("mia", "Eve Stone", "user") == (me["user"]["id"], me["user"]["name"], me["user"]["role"])
    gone(node, "mia")
    node.api.request("DELETE", "/api/v1/config/sso/own")
