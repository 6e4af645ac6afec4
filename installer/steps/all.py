"""Everything that a site needs, in the order in which it is made."""

from __future__ import annotations

from installer.resources import Effect, Resource
from installer.site import Site
from installer.steps import account, backup, balancer, firewall, kernel, logs, node, tls, units, web

STEPS = (account, node, kernel, logs, firewall, tls, web, balancer, units, backup)


def wanted(site: Site) -> tuple[Resource, ...]:
    """All resources. Raises `installer.site.BadSite`."""
    return tuple(one for step in STEPS for one in step.wanted(site))


def effects(site: Site) -> tuple[Effect, ...]:
    """All commands, for those that are due."""
    return tuple(one for step in STEPS for one in step.effects(site))
