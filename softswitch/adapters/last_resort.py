"""A node without any configuration still lets emergency calls out: whoever calls, by the gateway that its own settings name.

The settings are a file of the node (`emergency_gateway`), which needs no database, no log and no other node.
"""

from __future__ import annotations

from configdb.model import Device, Gateway, Tenant, Trunk, User
from configdb.snapshot import Directory, make_view

NOBODY = "_nobody"
"""The tenant of all callers then; no tenant can be called so."""

PHONE = Device.model_construct(id=NOBODY, user=NOBODY, username=NOBODY, ha1_md5="", ha1_sha256="")
USER = User.model_construct(id=NOBODY, name="Nobody known", extension="000")


def last_resort(gateway: str | None) -> Directory:
    """What is known when nothing is: the gateway ("host:port") for emergency calls, if the node has one."""
    if gateway is None:
        return Directory()
    host, _, port = gateway.rpartition(":")
    trunk = Trunk(
        id="emergency", name="of the node's settings", gateways=(Gateway(host=host, port=int(port)),), emergency=True
    )
    tenant = Tenant.model_construct(id=NOBODY, name="No configuration", record_calls=False)
    return Directory(0, {NOBODY: make_view(0, tenant, {"user": {NOBODY: USER}})}, {trunk.id: trunk})
