"""The web server in front of pages and APIs: nginx or Caddy; live feeds are not buffered, the caller's address is told."""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site

NGINX, CADDY = "/etc/nginx/conf.d/softswitch.conf", "/etc/caddy/conf.d/softswitch.caddy"

SERVER = """\
# Written by softswitch-install.
server {{
  listen 80;
  listen [::]:80;
  server_name {names};
  client_max_body_size 64m;
  location /.well-known/acme-challenge/ {{ root /var/www/html; }}
  location / {{ {plain} }}
}}
"""
SECURE = """\
server {{
  listen 443 ssl;
  listen [::]:443 ssl;
  server_name {names};
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  ssl_protocols TLSv1.2 TLSv1.3;
  client_max_body_size 64m;
  location / {{ {proxied} }}
}}
"""
PROXIED = (
    "proxy_pass http://{upstream}; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 1h; "
    "proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;"
)
CADDYFILE = """\
# Written by softswitch-install.
{names} {{
  {tls}reverse_proxy {upstream} {{
    flush_interval -1
  }}
}}
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """The server's file."""
    host = site.local_address
    upstream = f"{f'[{host}]' if ':' in host else host}:{site.http_port}"
    names = " ".join(site.web.domains)
    if site.web.proxy == "nginx":
        return (File(NGINX, _nginx(site, names, PROXIED.format(upstream=upstream))),)
    if site.web.proxy == "caddy":
        tls = f"tls {site.tls.certificate} {site.tls.key}\n  " if site.tls.mode == "files" else ""
        return (File(CADDY, CADDYFILE.format(names=", ".join(site.web.domains), tls=tls, upstream=upstream)),)
    return ()


def effects(site: Site) -> tuple[Effect, ...]:
    """Checked, then taken without dropping a connection."""
    if site.web.proxy == "nginx":
        reload = ("systemctl", "reload", "nginx.service")
        return (
            Effect("nginx -t", ("nginx", "-q", "-t"), (f"file {NGINX}",)),
            Effect("nginx reload", reload, (f"file {NGINX}",), reload),
        )
    if site.web.proxy == "caddy":
        reload = ("systemctl", "reload", "caddy.service")
        return (Effect("caddy reload", reload, (f"file {CADDY}",), reload),)
    return ()


def _nginx(site: Site, names: str, proxied: str) -> str:
    pair = {
        "files": (site.tls.certificate, site.tls.key),
        "acme": (
            f"/etc/letsencrypt/live/{site.web.domains[0]}/fullchain.pem",
            f"/etc/letsencrypt/live/{site.web.domains[0]}/privkey.pem",
        ),
    }.get(site.tls.mode)
    if pair is None:
        return SERVER.format(names=names, plain=proxied)
    plain = SERVER.format(names=names, plain="return 301 https://$host$request_uri;")
    return plain + SECURE.format(names=names, certificate=pair[0], key=pair[1], proxied=proxied)
