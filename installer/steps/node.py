"""DATA/node.toml: the settings of the node that the site decides, then those that the operator adds."""

from __future__ import annotations

import json

from installer.resources import Effect, File, Resource
from installer.site import BadSite, Site


def wanted(site: Site) -> tuple[Resource, ...]:
    """The settings file, readable by the node alone: it may hold passwords. Raises BadSite."""
    settings: dict[str, object] = {
        "region": site.region,
        "listen": site.listen,
        "public_address": site.public_address,
        "sip_port": site.sip_port,
        "sip_tls_port": site.sip_tls_port,
        "sip_wss_port": site.sip_wss_port,
        "http_port": site.http_port,
        "rtp_port_min": site.rtp_port_min,
        "rtp_port_max": site.rtp_port_max,
        "calls_max": site.calls_max,
    }
    twice = sorted(set(settings) & set(site.node))
    if twice:
        raise BadSite(f"{', '.join(twice)} belongs into the site itself, not into [node]")
    settings |= {**_pages(site), **site.node}
    lines = ["# Written by softswitch-install: change the site file and apply it again.\n"]
    lines += [f"{name} = {_toml(value)}\n" for name, value in settings.items() if value is not None]
    pair = _certificate(site)
    if pair is not None:
        lines += ["\n[[tls_certificates]]\n", f"certificate = {_toml(pair[0])}\n", f"key = {_toml(pair[1])}\n"]
    return (File(f"{site.data}/node.toml", "".join(lines), 0o600, site.user),)


def effects(_: Site) -> tuple[Effect, ...]:
    """The unit is started again by `units`."""
    return ()


def _pages(site: Site) -> dict[str, object]:
    """How people find the pages behind the web server of this site, which tells whose browser asks."""
    if site.web.proxy == "none":
        return {}
    plain = site.web.proxy == "nginx" and site.tls.mode == "none"  # Caddy has certificates of its own
    name = f"{'http' if plain else 'https'}://{site.web.domains[0]}"
    return {"public_url": name, "http_proxies": [site.local_address]}


def _certificate(site: Site) -> tuple[str, str] | None:
    if site.tls.mode == "files":
        return str(site.tls.certificate), str(site.tls.key)
    if site.tls.mode == "acme":
        return f"{site.data}/tls/acme.pem", f"{site.data}/tls/acme.key"
    return None


def _toml(value: object) -> str:
    """A value as TOML: text, numbers and lists look as in JSON there."""
    return json.dumps(value, ensure_ascii=False)
