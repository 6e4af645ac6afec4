"""The firewall: one table of nftables of our own, which lets in SIP, RTP, pages, SSH and other nodes, and drops the rest."""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site

PATH = "/etc/nftables.d/softswitch.nft"
UNIT = "/etc/systemd/system/softswitch-firewall.service"

SERVICE = f"""\
[Unit]
Description=Firewall of the softswitch
Before=network-pre.target softswitch.service
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f {PATH}
ExecReload=/usr/sbin/nft -f {PATH}
ExecStop=/usr/sbin/nft delete table inet softswitch

[Install]
WantedBy=multi-user.target
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """Rules, and the unit that loads them at a start."""
    return (File(PATH, rules(site)), File(UNIT, SERVICE)) if site.firewall else ()


def effects(site: Site) -> tuple[Effect, ...]:
    """Checked before they count."""
    if not site.firewall:
        return ()
    files = (f"file {PATH}", f"file {UNIT}")
    back = f"if test -e {PATH}; then nft -f {PATH}; else nft delete table inet softswitch || true; fi"
    return (
        Effect("nft --check", ("nft", "--check", "-f", PATH), (f"file {PATH}",)),
        Effect("nft", ("nft", "-f", PATH), (f"file {PATH}",), ("sh", "-c", back)),
        Effect("systemctl enable softswitch-firewall", ("systemctl", "enable", "softswitch-firewall.service"), files),
    )


def rules(site: Site) -> str:
    """The table; it replaces itself whole."""
    sip = sorted({site.sip_port, *([site.balancer.port] if site.balancer.nodes else [])})
    tcp = {site.ssh_port, *sip, *filter(None, (site.sip_tls_port, site.sip_wss_port))}
    tcp |= {80, 443} if site.web.proxy != "none" else {site.http_port}
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
        "    meta l4proto { icmp, ipv6-icmp } limit rate 50/second accept",
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
