"""The node's settings of its web pages: port, name, proxies in front; `configdb.node` has all others."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class WebSettings(BaseSettings):
    """A part of `NodeSettings`."""

    http_port: int = Field(default=8080, ge=1, le=65535, description="Web pages and HTTP API.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?$",
        description="How people find the web pages, e.g. https://pbx.example.org of a proxy with TLS, also by e-mail.",
    )
    http_proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses of proxies in front of the web pages: what they say in X-Forwarded-For is believed.",
    )
    region: str = Field(
        default="us",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
        description="Edition of the product (us, ru) that this node belongs to: which apps it has, its money and holidays.",
    )
