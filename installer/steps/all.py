"""Everything that a site needs, in the order in which it is made."""

from __future__ import annotations

from installer.resources import Effect, Resource
from installer.site import Site
from installer.steps import account, backup, balancer, firewall, kernel, logs, node, tls, units, web

STEPS = (account, node, kernel, logs, firewall, tls, web, balancer, units, backup)


def wanted(site: Site) -> tuple[Resource, ...]:
    """All resources. Raises `installer.site.BadSite`."""
    return tuple(one for step in STEPS for one in step.wanted(site))


def effects(site: Site, token: str | None = None) -> tuple[Effect, ...]:
    """All commands, for those that are due. `token`: of the nodes that this machine joins before its own begins."""
    joins = () if token is None else (units.join(site, token),)
    return joins + tuple(one for step in STEPS for one in step.effects(site))
