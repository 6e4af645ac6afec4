"""The systemd unit: the node's own user, no privilege beyond its ports and the media's clock, only its own folder to write.

It is `notify`: systemd's start returns when the node serves, and fails when it does not, as then the whole `apply`.
"""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site
from installer.steps.systemd import HARDENING, running

PATH = "/etc/systemd/system/softswitch.service"

UNIT = """\
[Unit]
Description=Softswitch
After=network-online.target time-sync.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=notify
TimeoutStartSec=240
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
ReadWritePaths={data}
{hardening}
[Install]
WantedBy=multi-user.target
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """The unit."""
    text = UNIT.format(user=site.user, program=site.program, data=site.data, hardening=HARDENING)
    return (File(PATH, text),)


def join(site: Site, token: str) -> Effect:
    """The node becomes one of those that made the token; one that has joined already stays as it is."""
    command = (f"{site.program}/softswitch", "--data", site.data, "cluster", "join", token)
    return Effect("softswitch cluster join", ("runuser", "-u", site.user, "--", *command), (f"file {PATH}",))


def effects(site: Site) -> tuple[Effect, ...]:
    """The node begins, or begins anew with other settings."""
    after = (f"file {PATH}", f"file {site.data}/node.toml")
    return (running(PATH, "restart", after, f"{site.program}/softswitch"),)
