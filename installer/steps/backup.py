"""Backups by a systemd timer: `softswitch backup` as the node's user, old ones removed."""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site
from installer.steps.systemd import HARDENING, running

SERVICE, TIMER = "/etc/systemd/system/softswitch-backup.service", "/etc/systemd/system/softswitch-backup.timer"

UNIT = """\
[Unit]
Description=Backup of the softswitch
After=softswitch.service

[Service]
Type=oneshot
User={user}
Group={user}
Nice=15
IOSchedulingClass=idle
ExecStart={program}/softswitch --data {data} backup {folder} --keep {keep}
CapabilityBoundingSet=
ReadWritePaths={data} {folder}
{hardening}"""
SCHEDULE = """\
[Unit]
Description=Backup of the softswitch, daily

[Timer]
OnCalendar=*-*-* {at}:00
RandomizedDelaySec=300
Persistent=true

[Install]
WantedBy=timers.target
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """Service and timer."""
    if site.backup.folder is None:
        return ()
    unit = UNIT.format(
        user=site.user,
        program=site.program,
        data=site.data,
        folder=site.backup.folder,
        keep=site.backup.keep,
        hardening=HARDENING,
    )
    return (File(SERVICE, unit), File(TIMER, SCHEDULE.format(at=site.backup.at)))


def effects(site: Site) -> tuple[Effect, ...]:
    """The timer runs."""
    if site.backup.folder is None:
        return ()
    after = (f"file {SERVICE}", f"file {TIMER}")
    return (running(TIMER, "restart", after),)
