"""Keeps the processes of a node alive: `softswitch up` in development (systemd units do the same in production).

Reading order: `ports` (which ports are free), `child` (one process), `node` (all of them, in order, until told to stop),
`invitation` (how a node joins others).
May import: `configdb` (settings, NATS, membership).
"""
