"""A GoDaddy shopper comes with a token that is good once."""

from __future__ import annotations

from mgmt.access.sessions import Client
from mgmt.context import Context
from mgmt.limits import godaddy_token_s_max
from mgmt.partners import godaddy
from mgmt.partners.arrival import Arrival
from mgmt.partners.signatures import Forged
from mgmt.usecases import partners, store


def sso(context: Context, token: str, client: Client) -> partners.Came:
    """Where they go on; a plan that is not sold here is the one that was agreed. Raises Problem 403, 404."""
    front = partners.known(context, godaddy.ID)
    try:
        handed = godaddy.handed(front, token, context.clock())
    except Forged as wrong:
        raise partners.refused(wrong) from wrong
    partners.once(context, f"godaddy {handed.key}", 2 * godaddy_token_s_max)
    sold = store.engine(context).plan(handed.plan)
    plan = handed.plan if sold is not None else front.plan
    arrival = Arrival(
        godaddy.ID,
        handed.shopper,
        plan,
        email=handed.email,
        company=handed.name,
        country=context.region.country,
    )
    return partners.come(context, arrival, client)
