"""Web app Metrics API, the face of a company: its key figures by hour and day. (That of the node is `/metrics`, `health`.)"""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, request

from mgmt.http import door
from mgmt.http.described import OBJECT, TEXT, TIME, described, one_of
from mgmt.http.errors import Problem
from mgmt.http.wire import outward, seconds_of
from mgmt.limits import kpi_days, kpi_hours, timezone_chars_max
from mgmt.usecases import kpis

blueprint = Blueprint("metrics_api", __name__)


@blueprint.get("/kpi")
@described(
    query={"metric": TEXT, "group": one_of("hour", "day"), "tz": TEXT, "since": TIME, "until": TIME}, answer=OBJECT
)
def kpi() -> dict[str, Any]:
    """Key figures: `metric` names some of answered, missed, asa, aht, sl20, voicemails, sms (none: all), by `group`.

    `tz` is a time zone (the company's when it is not given), `until` is now and `since` a day before, or a month for days.
    """
    given, context, scope = request.args, door.context(), door.scope()
    wanted = tuple(dict.fromkeys(name for name in given.get("metric", "").split(",") if name)) or tuple(kpis.METRICS)
    unknown = [name for name in wanted if name not in kpis.METRICS]
    if unknown:
        raise Problem(400, "invalid_metric", f"There are the metrics {', '.join(kpis.METRICS)}.")
    if given.get("group", "hour") not in ("hour", "day"):
        raise Problem(400, "invalid_group", "group must be hour or day.")
    group: Literal["hour", "day"] = "day" if given.get("group") == "day" else "hour"
    until = seconds_of(given["until"], "until") if given.get("until") else context.clock()
    back = kpi_hours * 3600 if group == "hour" else kpi_days * 86400
    since = seconds_of(given["since"], "since") if given.get("since") else until - back
    zone = given.get("tz", "")[:timezone_chars_max] or scope.view.tenant.timezone
    return outward(kpis.kpi(context, scope, wanted, since, until, group, zone))
