"""Limits of the kernel: buffers that hold a burst of SIP, enough connections, ports of RTP that nobody else draws.

In a container some are the host's to set (sysctl.d(5): "-" leaves them); `softswitch doctor` says what is missing then.
"""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site

PATH = "/etc/sysctl.d/60-softswitch.conf"

TEXT = """\
# Written by softswitch-install.
-net.core.rmem_max = 4194304
-net.core.wmem_max = 4194304
-net.core.netdev_max_backlog = 5000
net.core.somaxconn = 4096
net.ipv4.ip_local_reserved_ports = {low}-{high}
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """The file of limits."""
    return (File(PATH, TEXT.format(low=site.rtp_port_min, high=site.rtp_port_max)),)


def effects(_: Site) -> tuple[Effect, ...]:
    """Taken at once; only ours: what others have written is not ours to apply."""
    load = ("sysctl", "--quiet", "--ignore", f"--load={PATH}")
    back = ("sh", "-c", f"if test -e {PATH}; then {' '.join(load)}; fi")
    return (Effect("sysctl", load, (f"file {PATH}",), back),)
