"""What a site needs on its machine, one file a noun; each gives resources and the effects that make them count. Pure.

`all` puts them together in the order in which they are made. `systemd` is what units share.
May import: `installer.site`, `installer.resources`.
"""
