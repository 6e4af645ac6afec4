"""Call tracking: numbers that are shown to one visitor of a web site at a time, so that a call tells where it came from."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from configdb.value import E164, Id, Value
from configdb.widgets import Origin


class Tracking(Value):
    """A pool of the company's numbers for the visitors of its site, named to the world as `TENANT.ID`.

    numbers: the pool.  fallback: shown when all of them are taken.  hold_s: a number stays with a visitor so long after the
    last page.  window_days: how long after the visit a call counts as theirs.
    counter, token: the Yandex Metrica counter that calls are uploaded to and its OAuth token (sealed); None: no upload.
    conversion: the name of the conversion in the table for Google Ads.  price, currency: what a call is worth.
    """

    id: Id
    name: str = Field(min_length=1, max_length=120)
    origins: tuple[Origin, ...] = Field(min_length=1, max_length=20)
    numbers: tuple[E164, ...] = Field(default=(), max_length=500)
    fallback: E164
    hold_s: int = Field(default=1800, ge=60, le=86_400)
    window_days: int = Field(default=21, ge=1, le=90)
    counter: Annotated[str, Field(pattern=r"^[0-9]{1,15}$")] | None = None
    token: str | None = Field(default=None, max_length=2000)
    conversion: str = Field(default="Call", min_length=1, max_length=100)
    price: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=2)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
