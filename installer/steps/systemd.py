"""What units have in common: the rights that those of the node's user lack (systemd.exec(5)), and how they begin and go."""

from __future__ import annotations

from installer.resources import Effect

HARDENING = """\
NoNewPrivileges=yes
UMask=0077
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
RemoveIPC=yes
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
"""


def running(path: str, how: str, after: tuple[str, ...], *programs: str) -> Effect:
    """A unit that begins with the machine and runs now as its file says; `how`: restart, or a verb that interrupts nothing.

    Taken back, it runs as the file says that was there before, or is gone. What fails says the end of its journal.
    """
    name = path.rpartition("/")[2]
    begin = f"systemctl daemon-reload && systemctl enable --quiet {name} && systemctl {how} {name}"
    told = f"{begin} || {{ journalctl --quiet --no-pager --output=cat --lines=8 --unit={name} >&2; exit 1; }}"
    stop = f"systemctl stop {name} || test $? = 5"  # 5: it never began
    gone = f"{{ {stop}; }} && rm -f /etc/systemd/system/*.wants/{name} && systemctl daemon-reload"
    back = f"if test -e {path}; then {begin}; else {gone}; fi"
    return Effect(f"systemctl {how} {name}", ("sh", "-c", told), after, ("sh", "-c", back), ("systemctl", *programs))
