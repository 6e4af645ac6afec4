"""The command line: `softswitch ...`. A thin client of the node's HTTP API; only `up`, `demo` and `doctor` do more.

Reading order: `output` (tables, JSON, errors), `api` (the HTTP client), `main` (the commands), then one file a group:
`up`, `demo`, `calls`, `standing`, `bans`, `objects`, `config`, `media`, `voices`.
May import: `softswitch.supervisor`, `configdb.node`; starts `installer` and the services as processes.
"""
