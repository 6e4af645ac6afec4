"""Certificates by ACME: certbot renews them, a hook hands them to the node, which takes new files without dropping a call."""

from __future__ import annotations

from installer.resources import Effect, File, Folder, Resource
from installer.site import Site

HOOK = "/etc/letsencrypt/renewal-hooks/deploy/softswitch"
WEBROOT = "/var/www/html"
"""What nginx of Debian shows to who asks for no name it knows, and ours under every name: where an authority looks."""

TEXT = """\
#!/bin/sh
# Written by softswitch-install: certbot runs it after each renewal.
set -eu
umask 077
for pair in fullchain.pem:acme.pem privkey.pem:acme.key; do
  install -o {user} -g {user} -m 0600 "$RENEWED_LINEAGE/${{pair%%:*}}" "{data}/tls/${{pair##*:}}.part"
  mv -f "{data}/tls/${{pair##*:}}.part" "{data}/tls/${{pair##*:}}"
done
systemctl reload softswitch.service 2>/dev/null || true
{web}"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """The hook, with ACME."""
    if site.tls.mode != "acme":
        return ()
    web = f"systemctl reload {site.web.proxy}.service 2>/dev/null || true\n" if site.web.proxy == "nginx" else ""
    text = TEXT.format(user=site.user, data=site.data, web=web)
    return (Folder(f"{site.data}/tls", 0o700, site.user), File(HOOK, text, 0o755))


def effects(site: Site) -> tuple[Effect, ...]:
    """The first certificate; certbot runs hooks for those that follow."""
    if site.tls.mode != "acme":
        return ()
    names = [word for name in site.web.domains for word in ("-d", name)]
    how = ["--webroot", "-w", WEBROOT] if site.web.proxy == "nginx" else ["--standalone"]
    ask = ("certbot", "certonly", "-n", "--agree-tos", "--keep-until-expiring", "-m", str(site.tls.email), *how, *names)
    hand_over = ("env", f"RENEWED_LINEAGE=/etc/letsencrypt/live/{site.web.domains[0]}", HOOK)
    after = (f"file {HOOK}",)
    return (Effect("certbot", ask, after), Effect("certificate", hand_over, after))
