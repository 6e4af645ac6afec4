"""The recording vault: sound under its tenant's key, in a hash chain, held and checked.

Reading order: `keys` (a tenant's keys, wrapped by the node's), `register` (what was recorded: register, chain, hold), `stores`
(the media store that the settings name), `peers` (what lies on other nodes), `check` (is everything as it was kept?),
`__main__` (the command), `parcel` and `carrying` (a company that moves), `retention` (how long a tenant keeps what), `erasure`
(a company that left).

May import: `configdb`, `history`, `media`.
"""
