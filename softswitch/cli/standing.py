"""How a node is, in a line a part: what `softswitch status` says. Pure. A line with `!` is where to look first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from softswitch.cli.output import local_time

LABEL = 19
DISK_MB_MIN, DAYS_LEFT_MIN = 2_000, 14
"""Below these somebody should look: the free disk, and how long a certificate is good."""


def standing(document: dict[str, Any]) -> Iterator[str]:
    """The lines, of the answer of `/api/v1/status`."""
    for label, good, text in (*_switch(document["switch"], document["version"]), *_beside(document)):
        yield f"{' ' if good else '!'} {label:<{LABEL}} {text}"


Line = tuple[str, bool, str]
"""What a line is about, whether all is well, what it says."""


def _switch(switch: dict[str, Any], version: str) -> Iterator[Line]:
    if switch["state"] != "up":
        yield "switch", False, f"does not answer: {switch['text']}"
        return
    cluster, draining = switch["cluster"], switch["draining"]
    yield "node", True, f"{cluster['node']}, {version}, up {spelled(switch['up_s'])}"
    yield (
        "calls",
        not draining,
        f"{switch['calls']} in progress, {switch['calls_total']} since the start, {switch['calls_refused']} refused; "
        + ("new ones are sent elsewhere: drained" if draining else "new ones are taken"),
    )
    listening = ", ".join(f"{name} {where}" for name, all_ in switch["network"]["listening"].items() for where in all_)
    connected = ", ".join(f"{count} over {name}" for name, count in switch["network"]["connections"].items() if count)
    yield "listens", bool(listening), (listening or "nowhere") + (f"; connections: {connected}" if connected else "")
    yield "phones", True, f"{switch['phones']} registered"
    for name, trunk in sorted(switch["trunks"].items()):
        up, of = trunk["gateways_up"], trunk["gateways"]
        used = (
            f"{trunk['channels_in']} calls in, {trunk['channels_out']} out, of {trunk['channels_max'] or 'any number'}"
        )
        yield f"trunk {name}", up == of, f"{up} of {of} gateways answer; {used}"
    for worker in switch["media_workers"]:
        state = f"{worker['legs']} legs, {worker['busy_percent']:.0f} % busy" if worker["ready"] else "is not ready"
        unheard = ", ".join(f"{name} {count}" for name, count in worker.get("dropped", {}).items() if count)
        state += f"; packets dropped since its start: {unheard}" if unheard else ""
        yield f"media {worker['name']}", worker["ready"], state
    speech = switch["speech"]
    wrong = f": {speech['trouble']}" if speech["trouble"] else ""
    yield "speech", not wrong, f"{speech['engine'] or 'nobody speaks'}, texts that wait: {speech['waiting']}{wrong}"
    yield _defence(switch["defence"])
    yield from _cluster(cluster)


def _defence(defence: dict[str, Any]) -> Line:
    counted = {
        name: count
        for name, count in defence.items()
        if name.startswith("dropped_") or name in ("full", "limited", "shed")
    }
    said = ", ".join(f"{name.removeprefix('dropped_')} {count}" for name, count in counted.items() if count)
    since = f"dropped or refused since the start: {said}" if said else "nothing was dropped"
    return "defence", defence["state"] == "calm", f"{defence['state']}, {defence['bans']} bans; {since}"


def _cluster(cluster: dict[str, Any]) -> Iterator[Line]:
    if not cluster["joined"]:
        yield "cluster", False, "does not reach the bus of the nodes"
    others = [f"{one['node']} {'drained' if one['draining'] else 'alive'}" for one in cluster["others"]]
    yield "cluster", True, f"tenants served here: {cluster['tenants']}; " + (", ".join(others) or "no other node")


def _beside(document: dict[str, Any]) -> Iterator[Line]:
    config, history, disk = document["config"], document["history"], document["disk"]
    text = f"{config['state']}, version {config['sequence']}, {config['behind']} behind" + (
        f": {config['text']}" if config["text"] else ""
    )
    yield "configuration", config["state"] == "following" and not config["behind"], text
    healthy = document["switch"].get("spool_healthy", True)
    yield (
        "history",
        healthy,
        f"spool of {history['spool_bytes']:,} bytes" if healthy else "the disk does not take records",
    )
    yield from _services(document["services"])
    yield "pages", True, f"{document['web']['url']}, {document['web']['live_calls']} calls shown live"
    free, total = disk["free_mb"], disk["total_mb"]
    yield "disk", free >= DISK_MB_MIN, f"{free / 1024:,.1f} of {total / 1024:,.1f} GiB free"
    for one in document["certificates"]:
        left = one["days_left"]
        good = left is not None and left >= DAYS_LEFT_MIN
        yield f"certificate {one['name']}", good, "cannot be read" if left is None else f"good for {left:.0f} days"


def _services(services: dict[str, dict[str, Any]]) -> Iterator[Line]:
    bad = {name: one for name, one in sorted(services.items()) if one["failing"] or one["ok"] is False}
    yield "services", not bad, f"{len(services) - len(bad)} of {len(services)} in order"
    for name, one in bad.items():
        yield (
            f"service {name}",
            False,
            f"failed {one['failing']} times in a row, last at {local_time(str(one['ran_at']))}: {one['text']}",
        )


def spelled(seconds: float) -> str:
    """A time as people say it."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return f"{days:.0f} d {hours % 24:.0f} h"
    return f"{hours:.0f} h {minutes % 60:.0f} min" if hours else f"{minutes:.0f} min {seconds % 60:.0f} s"
