"""The firewall: one table of nftables of our own, which lets in SIP, RTP, pages, SSH and other nodes, and drops the rest.

Debian's nftables.service drops all tables whenever it begins or reads its rules again: it loads ours then (DROPPED).
"""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site
from installer.steps.systemd import running

PATH = "/etc/nftables.d/softswitch.nft"
UNIT = "/etc/systemd/system/softswitch-firewall.service"
DROPPED = "/etc/systemd/system/nftables.service.d/softswitch.conf"

SERVICE = f"""\
[Unit]
Description=Firewall of the softswitch
DefaultDependencies=no
After=nftables.service
Before=network-pre.target shutdown.target
PartOf=nftables.service
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f {PATH}
ExecReload=/usr/sbin/nft -f {PATH}
ExecStop=-/usr/sbin/nft delete table inet softswitch

[Install]
WantedBy=sysinit.target
"""
AGAIN = f"""\
[Service]
ExecStartPost=-/usr/sbin/nft -f {PATH}
ExecReload=-/usr/sbin/nft -f {PATH}
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """Rules, and the units that load them."""
    return (File(PATH, rules(site)), File(UNIT, SERVICE), File(DROPPED, AGAIN)) if site.firewall else ()


def effects(site: Site) -> tuple[Effect, ...]:
    """Checked before they count."""
    if not site.firewall:
        return ()
    files = tuple(one.id for one in wanted(site))
    return (
        Effect("nft --check", ("nft", "--check", "-f", PATH), (f"file {PATH}",)),
        running(UNIT, "reload-or-restart", files),
    )


def rules(site: Site) -> str:
    """The table; it replaces itself whole."""
    sip = sorted({site.sip_port, *([site.balancer.port] if site.balancer.nodes else [])})
    tcp = {site.ssh_port, *sip, *filter(None, (site.sip_tls_port, site.sip_wss_port))}
    tcp |= {80, 443} if site.web.proxy != "none" else {site.http_port}
    if site.tls.mode == "acme":
        tcp.add(80)
    lines = [
        "# Written by softswitch-install.",
        "table inet softswitch",
        "delete table inet softswitch",
        "table inet softswitch {",
        "  chain input {",
        "    type filter hook input priority filter; policy drop;",
        '    iif "lo" accept',
        f"    udp dport {site.rtp_port_min}-{site.rtp_port_max} accept",
        f"    udp dport {{ {', '.join(map(str, sip))} }} accept",
        "    ct state established,related accept",
        "    ct state invalid drop",
        "    meta l4proto { 1, 58 } limit rate 50/second accept",  # ICMP of both; names need /etc/protocols
        f"    tcp dport {{ {', '.join(map(str, sorted(tcp)))} }} ct state new accept",
    ]
    for network in site.cluster_networks:
        family = "ip6" if ":" in network else "ip"
        lines.append(f"    {family} saddr {network} tcp dport {{ 6222, 6223 }} accept")
    untracked = f"udp dport {site.rtp_port_min}-{site.rtp_port_max} notrack"
    lines += [
        "  }",
        "  chain prerouting {",
        "    type filter hook prerouting priority raw; policy accept;",
        f"    {untracked}",
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"
