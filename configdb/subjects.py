"""What the nodes of one shard say to each other is theirs alone, also where nodes of another one use the same NATS servers.

The subjects of the shard `main` are as they are written everywhere; those of another one begin with `shard.NAME.`.
"""

from __future__ import annotations

from configdb.keys import MAIN, escape


def prefix(shard: str) -> str:
    """What the subjects of a shard begin with."""
    return "" if shard == MAIN else f"shard.{escape(shard)}."
