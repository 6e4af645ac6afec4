"""The replicas of the configuration: how far a write got, whether all are the same, what became of a lost answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from structlog.stdlib import BoundLogger

from configdb.errors import Refused, Unknown
from configdb.estate import Policy
from configdb.log import LogState
from configdb.writer import Receipt
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found


def applied(context: Context, receipt: Receipt) -> dict[str, Any]:
    """`{sequence, nodes, of, seconds, missing, text}` of a write, after a short wait for all nodes."""
    reach = context.config.reach(receipt.sequence)
    return {
        "sequence": receipt.sequence,
        "nodes": reach.nodes,
        "of": reach.of,
        "seconds": round(reach.took_s, 3),
        "missing": list(reach.missing),
        "text": str(reach),
    }


def outcome(context: Context, scope: Scope, message_id: str) -> dict[str, Any]:
    """What became of a write that was answered 504. Raises `Unknown` while the log is away, `Refused` when it lost."""
    scope.require_manager()
    done = context.config.resolve(scope.tenant, message_id)
    return {"made": done is not None, "applied": applied(context, done) if done is not None else None}


def pruned(context: Context, to: int, actor: str, reason: str) -> dict[str, Any]:
    """Cut the history of the shard off before a version, for good. Raises `Refused` 404, 503; `Unknown`."""
    receipt = context.config.prune(to, actor, reason or f"history pruned up to {to}")
    return {"pruned_to": to, "applied": applied(context, receipt)}


def prune_by_policy(context: Context, log: BoundLogger) -> None:
    """Prune what is older than the policy keeps; nothing without a policy."""
    policy = context.config.directory.system.get("policy", {}).get("history")
    if not isinstance(policy, Policy) or policy.kept_days is None:
        return
    try:
        done = context.config.prune_older(context.clock() - policy.kept_days * 86_400, "planner")
    except (Refused, Unknown) as error:
        log.warning("history was not pruned", why=str(error))
        return
    if done is not None:
        log.info("history pruned by policy", kept_days=policy.kept_days)


def write_back(context: Context, log: BoundLogger) -> None:
    """The log of a node that is alone lost its end, or everything: nobody but its replicas has it, so they write it back.

    Of several nodes another may be further: there an operator says which one does it (`config rebuild-log`).
    """
    if context.config.status.state is not LogState.REPLACED:
        return
    try:
        written = context.config.rebuild_log()
    except Refused as error:
        log.warning("the log that was lost is not written back", why=str(error))
        return
    log.warning("a part of the log was lost, and is written back", entries=written)


def examined(context: Context, deep: bool) -> dict[str, Any]:
    """Every replica with its hashes and its verdict."""
    found = context.config.examine(deep=deep)
    return {"data": [asdict(one) for one in found], "fine": all(one.verdict == "ok" for one in found)}


def repaired(context: Context, body: dict[str, Any]) -> dict[str, Any]:
    """Raises Problem 404, 503."""
    named = [
        one for one in context.config.examine() if (one.node, one.process) == (body.get("node"), body.get("process"))
    ]
    if not named:
        raise not_found("replica")
    if not context.config.repair(named[0]):
        raise Problem(503, "replica_silent", "The replica did not answer.")
    return {"node": named[0].node, "process": named[0].process, "reads_again": True}
