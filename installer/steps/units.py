"""The systemd unit: the node's own user, no privilege beyond its ports and the media's clock, only its own folders to write."""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site

PATH = "/etc/systemd/system/softswitch.service"

UNIT = """\
[Unit]
Description=Softswitch
Documentation=https://github.com/softswitch/softswitch
After=network-online.target time-sync.target
Wants=network-online.target

[Service]
Type=simple
User={user}
Group={user}
ExecStart={program}/softswitch --data {data} up
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=1
KillMode=mixed
TimeoutStopSec=30
LimitNOFILE=65536
LimitRTPRIO=20
LimitCORE=0
LimitMEMLOCK=64M
OOMScoreAdjust=-500
AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_NICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SYS_NICE
NoNewPrivileges=yes
UMask=0077
ProtectSystem=strict
ProtectHome=yes
ReadWritePaths={writable}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """The unit."""
    writable = " ".join(filter(None, (site.data, site.backup.folder)))
    text = UNIT.format(user=site.user, program=site.program, data=site.data, writable=writable)
    return (File(PATH, text),)


def join(site: Site, token: str) -> Effect:
    """The node becomes one of those that made the token; one that has joined already stays as it is."""
    command = (f"{site.program}/softswitch", "--data", site.data, "cluster", "join", token)
    return Effect("softswitch cluster join", ("runuser", "-u", site.user, "--", *command), (f"file {PATH}",))


def effects(site: Site) -> tuple[Effect, ...]:
    """systemd reads the unit; the node begins, or begins anew with other settings."""
    unit, settings = f"file {PATH}", f"file {site.data}/node.toml"
    return (
        Effect("systemctl daemon-reload", ("systemctl", "daemon-reload"), (unit,), ("systemctl", "daemon-reload")),
        Effect(
            "systemctl enable softswitch",
            ("systemctl", "enable", "softswitch.service"),
            (unit,),
            ("sh", "-c", f"test -e {PATH} || systemctl disable softswitch.service"),
        ),
        Effect(
            "systemctl restart softswitch",
            ("systemctl", "restart", "softswitch.service"),
            (unit, settings),
            (
                "sh",
                "-c",
                f"test -e {PATH} && systemctl restart softswitch.service || systemctl stop softswitch.service",
            ),
            f"{site.program}/softswitch",
        ),
    )
