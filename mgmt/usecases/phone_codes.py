"""A telephone is set up by a picture: its QR code leads to its settings, which are given away once, within ten minutes.

The settings are the XML that Linphone reads when it scans such a code (remote provisioning, an lpconfig of sections and entries);
for other telephones people type what stands beside the picture. Of a password only HA1 is kept, so each code makes a new one:
what signed in with the old one is set up anew.
"""

from __future__ import annotations

import json
import secrets
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import segno

from configdb.keys import Key
from configdb.log import Change
from configdb.model import Device
from configdb.secrets import sealed_ha1
from mgmt.access.once import Once
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import not_found
from mgmt.limits import phone_code_s_max
from mgmt.usecases import audit

Document = dict[str, Any]
NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"
REGISTERED_S = 600


def made(context: Context, scope: Scope, id: str, base: str, host: str) -> Document:
    """A new password for a device, with its code. `base` is how the page finds this node, `host` the name in it.

    Raises Problem 403, 404; `Refused` when somebody changed the device meanwhile.
    """
    scope.require_manager()
    found = context.config.get(scope.tenant, "device", id)
    if found is None or not isinstance(found.value, Device):
        raise not_found("device")
    device, password, token = found.value, secrets.token_urlsafe(18), secrets.token_urlsafe(24)
    document = device.model_dump(mode="json") | sealed_ha1(context.sealer, device.username, device.realm, password)
    context.config.transact(
        scope.tenant,
        [Change("device", id, document)],
        scope.identity.actor,
        f"device {id}: a new password, shown as a QR code",
        {Key(scope.tenant, "device", id): found.version},
    )
    told = {**_account(context, device, host), "password": password}
    kept = context.sealer.seal(json.dumps({"tenant": scope.tenant, "device": id, **told}))
    Once(context.database, context.clock).put(_key(token), kept, phone_code_s_max)
    url = f"{base}/phone-settings?token={token}"
    picture = segno.make(url, error="m").svg_data_uri(scale=4, border=4)
    return {**told, "url": url, "picture": picture, "expires_at": context.clock() + phone_code_s_max}


def settings(context: Context, token: str, address: str) -> bytes:
    """What a telephone that scanned the code is told, this once. Raises Problem 404."""
    sealed = Once(context.database, context.clock).take(_key(token)) if token else None
    if sealed is None:
        raise not_found("page")
    told = json.loads(context.sealer.open(sealed))
    audit.note(context, told["tenant"], "telephone", "device.set_up", told["device"], address)
    return _xml(told)


def _key(token: str) -> str:
    return f"phone settings {token}"


def _account(context: Context, device: Device, host: str) -> Document:
    """TLS only where the node has a public name, to which its certificate belongs."""
    where = context.settings
    tls = where.tls_port if where.secure else None
    port, transport = (where.sip_port, "udp") if tls is None else (tls, "tls")
    account = {"server": host, "port": port, "transport": transport}
    return {**account, "username": device.username, "realm": device.realm}


def _xml(told: Document) -> bytes:
    server = f"<sip:{told['server']}:{told['port']};transport={told['transport']}>"
    sections = {
        "proxy_0": {
            "reg_proxy": server,
            "reg_route": server,
            "reg_identity": f"<sip:{told['username']}@{told['server']}>",
            "reg_expires": REGISTERED_S,
            "reg_sendregister": 1,
            "realm": told["realm"],
        },
        "auth_info_0": {
            "username": told["username"],
            "passwd": told["password"],
            "realm": told["realm"],
            "domain": told["server"],
        },
        "sip": {"default_proxy": 0},
    }
    root = Element("config", {"xmlns": NAMESPACE})
    for name, entries in sections.items():
        section = SubElement(root, "section", {"name": name})
        for key, value in entries.items():
            SubElement(section, "entry", {"name": key, "overwrite": "true"}).text = str(value)
    written: bytes = tostring(root, "utf-8", xml_declaration=True)
    return written
