"""The web apps of this node: one row each, with host, prefix and auth policy (a test holds every route against it)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint

from mgmt.access.auth import Policy
from mgmt.webapps import (
    blob_handler,
    clickconnect,
    combined_login,
    contact_api,
    countrycom,
    file_handler,
    health,
    metrics_api,
    mightycall_store,
    new_store,
    push_proxy,
    react_store,
    recurly_hook,
    sms_listener,
    webui,
    yandex_app,
)
from mgmt.webapps.api import (
    activities,
    audit,
    bans,
    billing,
    browser_phone,
    calls,
    companies,
    config,
    contacts,
    domains,
    erasures,
    flows,
    mail,
    market,
    me,
    messages,
    numbers,
    openapi,
    papers,
    peaks,
    people,
    phone,
    ports,
    prompts,
    quality,
    queues,
    replicas,
    reports,
    rooms,
    services,
    sign_in,
    signups,
    status,
    trunks,
    visits,
    webhooks,
)
from mgmt.webapps.mobile import calls as mobile_calls
from mgmt.webapps.mobile import device as mobile_device
from mgmt.webapps.mobile import inbox as mobile_inbox
from mgmt.webapps.mobile import start as mobile_start
from mgmt.webapps.mobile import token as mobile_token
from mgmt.webapps.partners import aps, godaddy, pages, shopify, wix, yola
from mgmt.webapps.v4 import calls as v4_calls
from mgmt.webapps.v4 import directory as v4_directory
from mgmt.webapps.v4 import journal as v4_journal
from mgmt.webapps.v4 import token as v4_token


@dataclass(frozen=True, slots=True)
class WebApp:
    """`host` None: every host name the server answers to; `prefix` is put before every path of the blueprint.

    scope: what a program's key needs to use it, None when it is not for programs.  people: the part of
    `mgmt.access.rights` that it is of then.  foreign: servers of others call it and prove themselves by a signature or a secret,
    so it does not have to come from a page of ours.  audited: what it changes is in no configuration, so the audit says it.
    """

    name: str
    blueprint: Blueprint
    host: str | None
    prefix: str
    policy: Policy
    scope: str | None = None
    people: str | None = None
    foreign: bool = False
    audited: bool = False

    @property
    def app(self) -> str:
        """What it is called in the manifest of a region: the name before the colon, as an id."""
        return self.name.partition(":")[0].lower().replace(" ", "-")

    @property
    def part(self) -> str | None:
        """Its row in the table of rights; None: the policy says all."""
        return self.scope or self.people


WEB_APPS: tuple[WebApp, ...] = (
    WebApp("WebUI: sign in", webui.public, None, "", Policy.PUBLIC),
    WebApp("WebUI: application", webui.signed_in, None, "", Policy.SESSION, people="me"),
    WebApp("API: me", me.blueprint, None, "/api/v1", Policy.SESSION, "me"),
    WebApp("WebUI API: my sign-in", sign_in.blueprint, None, "/api/v1", Policy.SESSION, people="sign-in"),
    WebApp("WebUI API: people", people.blueprint, None, "/api/v1", Policy.SESSION, people="people"),
    WebApp("WebUI API: audit", audit.blueprint, None, "/api/v1", Policy.SESSION, people="audit"),
    WebApp("WebUI API: helpers", visits.support, None, "/api/v1", Policy.SESSION, people="support"),
    WebApp("WebUI API: visits", visits.blueprint, None, "/api/v1", Policy.SESSION, people="visits"),
    WebApp("WebUI API: companies", companies.blueprint, None, "/api/v1", Policy.SESSION, people="tenants"),
    WebApp("API: phone", phone.blueprint, None, "/api/v1", Policy.SESSION, "phones"),
    WebApp("WebUI: settings of a telephone", phone.scanned, None, "", Policy.PUBLIC),
    WebApp("API: browser phone", browser_phone.blueprint, None, "/api/v1", Policy.SESSION, "phones"),
    WebApp("API: calls", calls.blueprint, None, "/api/v1", Policy.SESSION, "calls", audited=True),
    WebApp("API: rooms", rooms.blueprint, None, "/api/v1", Policy.SESSION, "calls", audited=True),
    WebApp("API: activities", activities.blueprint, None, "/api/v1", Policy.SESSION, "activities"),
    WebApp("API: contacts", contacts.blueprint, None, "/api/v1", Policy.SESSION, "contacts"),
    WebApp("API: prompts", prompts.blueprint, None, "/api/v1", Policy.SESSION, "configuration"),
    WebApp("API: peaks", peaks.blueprint, None, "/api/v1", Policy.SESSION, "recordings"),
    WebApp("API: quality", quality.blueprint, None, "/api/v1", Policy.SESSION, "recordings"),
    WebApp("API: flows", flows.blueprint, None, "/api/v1", Policy.SESSION, "configuration"),
    WebApp("API: queues", queues.blueprint, None, "/api/v1", Policy.SESSION, "calls", audited=True),
    WebApp("API: configuration", config.blueprint, None, "/api/v1", Policy.SESSION, "configuration"),
    WebApp("API: events", webhooks.events, None, "/api/v1", Policy.SESSION, "events"),
    WebApp("API: webhooks", webhooks.blueprint, None, "/api/v1", Policy.SESSION, "webhooks"),
    WebApp("Operator API: bans", bans.blueprint, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("Operator API: replicas", replicas.blueprint, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("Operator API: services", services.blueprint, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("API: outbox", services.outbox, None, "/api/v1", Policy.SESSION, "outbox", audited=True),
    WebApp("Operator API: status", status.blueprint, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("Operator API: trunks", trunks.blueprint, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("WebUI: page of a trunk", trunks.shared, None, "", Policy.PUBLIC),
    WebApp("GoDaddy: domains", domains.blueprint, None, "/api/v1", Policy.SESSION, "configuration"),
    WebApp("GoDaddy: template", domains.templates, None, "/api/v1", Policy.OPERATOR),
    WebApp("Phone Market API", market.blueprint, None, "/api/v1", Policy.SESSION, "market"),
    WebApp("Phone Market API: port-ins", ports.blueprint, None, "/api/v1", Policy.SESSION, "market", audited=True),
    WebApp("Infratel Phone Numbers: port-ins", ports.back_office, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("Phone Market API: papers", papers.blueprint, None, "/api/v1", Policy.SESSION, "market", audited=True),
    WebApp("Infratel Phone Numbers: papers", papers.back_office, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("Infratel Phone Numbers", market.back_office, None, "/api/v1", Policy.OPERATOR),
    WebApp("Combined Login", combined_login.blueprint, None, "", Policy.PUBLIC, foreign=True),
    WebApp("MightyCall Store", mightycall_store.blueprint, None, "", Policy.PUBLIC, foreign=True),
    WebApp("Yola", yola.blueprint, None, "", Policy.PUBLIC),
    WebApp("Wix TollFree", wix.tollfree, None, "", Policy.PUBLIC),
    WebApp("Wix React", wix.react, None, "", Policy.PUBLIC),
    WebApp("Wix: webhooks", wix.webhooks, None, "", Policy.PUBLIC, foreign=True),
    WebApp("ShopifyApp", shopify.blueprint, None, "", Policy.PUBLIC, foreign=True),
    WebApp("GoDaddy", godaddy.blueprint, None, "", Policy.PUBLIC),
    WebApp("APS API", aps.blueprint, None, "/aps", Policy.PUBLIC, foreign=True),
    WebApp("APS API: logins", aps.logins, None, "", Policy.PUBLIC),
    WebApp("Partners: pages", pages.blueprint, None, "", Policy.PUBLIC),
    WebApp("New Store", new_store.pages, None, "", Policy.PUBLIC),
    WebApp("New Store: API", new_store.api, None, "", Policy.PUBLIC, foreign=True),
    WebApp("ReactStore", react_store.pages, None, "", Policy.PUBLIC),
    WebApp("ReactStore: API", react_store.api, None, "", Policy.PUBLIC, foreign=True),
    WebApp("Recurly", recurly_hook.blueprint, None, "", Policy.PUBLIC, foreign=True),
    WebApp("Operator API: books", billing.back_office, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("API: billing", billing.blueprint, None, "/api/v1", Policy.SESSION, "billing"),
    WebApp("Operator API: sign-ups", signups.blueprint, None, "/api/v1", Policy.OPERATOR),
    WebApp("API: messages", messages.blueprint, None, "/api/v1", Policy.SESSION, "messages"),
    WebApp("API: mail addresses", mail.blueprint, None, "/api/v1", Policy.SESSION, "configuration"),
    WebApp("Operator API: suppliers", messages.suppliers, None, "/api/v1", Policy.OPERATOR),
    WebApp("SMS Listener", sms_listener.blueprint, None, "", Policy.PUBLIC, foreign=True),
    WebApp("File Handler", file_handler.blueprint, None, "/api/v1", Policy.SESSION, "recordings"),
    WebApp("File Handler: signed links", file_handler.signed, None, "", Policy.PUBLIC),
    WebApp("Blob Handler", blob_handler.blueprint, None, "", Policy.PUBLIC),
    WebApp("Blob Handler: publish", blob_handler.publishing, None, "/api/v1", Policy.SESSION, people="configuration"),
    WebApp("API: numbers and exports", numbers.blueprint, None, "/api/v1", Policy.SESSION, "calls"),
    WebApp("API: reports", reports.blueprint, None, "/api/v1", Policy.SESSION, "calls"),
    WebApp("Metrics API: key figures", metrics_api.blueprint, None, "/metrics/v1", Policy.SESSION, "calls"),
    WebApp("API: description", openapi.blueprint, None, "/api/v1", Policy.PUBLIC),
    WebApp("Operator API: erasures", erasures.blueprint, None, "/api/v1", Policy.OPERATOR, audited=True),
    WebApp("WebUI API: retention", erasures.retention, None, "/api/v1", Policy.SESSION, people="audit"),
    WebApp("Push Proxy", push_proxy.blueprint, None, "/push/v1", Policy.OPERATOR),
    WebApp("Push Proxy: pages", push_proxy.pages, None, "/api/v1", Policy.SESSION, "phones"),
    WebApp("Yandex App: pages", yandex_app.blueprint, None, "", Policy.SITES),
    WebApp("Yandex App: tables", yandex_app.tables, None, "/api/v1", Policy.SESSION, "calls"),
    WebApp("ClickConnect", clickconnect.blueprint, None, "", Policy.SITES),
    WebApp("Contact API", contact_api.blueprint, None, "", Policy.SITES),
    WebApp("CountryCom", countrycom.blueprint, None, "/countrycom/v1", Policy.SESSION, "me"),
    WebApp("Public API: tokens", v4_token.blueprint, None, "/v4", Policy.SITES),
    WebApp("Public API: calls", v4_calls.blueprint, None, "/v4/api", Policy.SESSION, "calls"),
    WebApp("Public API: journal", v4_journal.blueprint, None, "/v4/api", Policy.SESSION, "activities"),
    WebApp("Public API: directory", v4_directory.blueprint, None, "/v4/api", Policy.SESSION, "configuration"),
    WebApp("Public API: contacts", v4_directory.book, None, "/v4/api", Policy.SESSION, "contacts"),
    WebApp("Public API: messages", v4_directory.texts, None, "/v4/api", Policy.SESSION, "messages"),
    WebApp("Mobile API: description", openapi.apps, None, "/mobile/v1", Policy.PUBLIC),
    WebApp("Mobile API: tokens", mobile_token.blueprint, None, "/mobile/v1", Policy.SITES),
    WebApp("Mobile API: codes", mobile_device.blueprint, None, "", Policy.SESSION, people="sign-in"),
    WebApp("Mobile API: start", mobile_start.blueprint, None, "/mobile/v1", Policy.SESSION, "phones"),
    WebApp("Mobile API: inbox", mobile_inbox.blueprint, None, "/mobile/v1", Policy.SESSION, "activities"),
    WebApp("Mobile API: sounds", mobile_inbox.sounds, None, "/mobile/v1", Policy.SESSION, "recordings"),
    WebApp("Mobile API: calls", mobile_calls.blueprint, None, "/mobile/v1", Policy.SESSION, "calls", audited=True),
    WebApp("Health", health.health, None, "", Policy.PUBLIC),
    WebApp("Metrics API", health.metrics, None, "", Policy.OPERATOR),
)
