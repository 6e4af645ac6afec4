"""Log files do not grow for ever: rotated by day and size; processes append, so a copy is cut off (copytruncate)."""

from __future__ import annotations

from installer.resources import Effect, File, Resource
from installer.site import Site

PATH = "/etc/logrotate.d/softswitch"

TEXT = """\
# Written by softswitch-install.
{data}/logs/*.log {{
  su {user} {user}
  daily
  maxsize 200M
  rotate 14
  missingok
  notifempty
  compress
  delaycompress
  copytruncate
}}
"""


def wanted(site: Site) -> tuple[Resource, ...]:
    """The rule."""
    return (File(PATH, TEXT.format(data=site.data, user=site.user)),)


def effects(_: Site) -> tuple[Effect, ...]:
    """logrotate reads it at its next run; that it can, is tried now."""
    return (Effect("logrotate --debug", ("logrotate", "--debug", PATH), (f"file {PATH}",)),)
