"""A Yola user comes: what Yola knows of them goes into the sign-up."""

from __future__ import annotations

from collections.abc import Sequence

from mgmt.access.sessions import Client
from mgmt.context import Context
from mgmt.http.errors import Problem
from mgmt.limits import yola_link_s_max
from mgmt.outbox.web import NotAllowed, Unanswered, Unsent
from mgmt.partners import yola
from mgmt.partners.arrival import Arrival
from mgmt.partners.signatures import Forged
from mgmt.usecases import partners


def start(context: Context, query: Sequence[tuple[str, str]], client: Client) -> partners.Came:
    """Where they go on. The link is used up only when Yola answered. Raises Problem 403, 404, 502."""
    front = partners.known(context, yola.ID)
    try:
        handed = yola.handed(front, query, context.clock())
        user = yola.Yola(front, context.web).user(handed.user)
    except Forged as wrong:
        raise partners.refused(wrong) from wrong
    except (yola.YolaAway, NotAllowed, Unsent, Unanswered) as away:
        raise Problem(502, "partner_away", f"{away}. Try again in a moment.") from away
    if user is None:
        raise Problem(403, "no_such_user", "Yola does not know this user.")
    partners.once(context, f"yola {handed.key}", 2 * yola_link_s_max)
    name = " ".join(str(user.get(part) or "") for part in ("name", "surname")).strip()
    preferences = user.get("preferences")
    said = preferences if isinstance(preferences, dict) else {}
    email = user.get("email")
    arrival = Arrival(
        yola.ID,
        handed.user,
        front.plan,
        email=email if isinstance(email, str) and email else None,
        company=str(said.get("company") or name),
        country=str(said.get("country") or context.region.country),
        language=str(said.get("language") or said.get("locale") or ""),
        about={"site": handed.site, "task": handed.task},
    )
    return partners.come(context, arrival, client)
