"""A program shows its key and says for whom it acts; it gets a token (RFC 6749 4.4 and 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.office import ApiKey
from configdb.snapshot import TenantView
from mgmt.access.tokens import HASH_CHARS, Granted
from mgmt.context import Context
from mgmt.limits import token_age_s_max

Document = dict[str, Any]


class Invalid(Exception):
    """Theirs: an OAuth error, by its code."""


def granted(context: Context, given: Mapping[str, str]) -> Document:
    """The tokens for `client_credentials` or `refresh_token`. Raises `Invalid`."""
    match given.get("grant_type"):
        case "client_credentials":
            return _answer(context, _of_key(context, given.get("client_id", ""), given.get("client_secret", "")))
        case "refresh_token":
            found = context.tokens.read(given.get("refresh_token", ""), "refresh")
            if found is None or context.door.of_grant(found) is None:
                raise Invalid("invalid_grant")
            return _answer(context, found)
    raise Invalid("unsupported_grant_type")


def _of_key(context: Context, secret: str, whom: str) -> Granted:
    found = context.door.keys.find(secret)
    if found is None:
        raise Invalid("invalid_client")
    tenant, key = found
    user = _user(context.config.directory.tenants[tenant], key, whom, secret)
    return Granted(tenant, key.id, key.key_sha256[:HASH_CHARS], user)


def _user(view: TenantView, key: ApiKey, whom: str, secret: str) -> str | None:
    """The person: by extension, id or e-mail; nobody when the key itself stands there, or nothing."""
    if whom in ("", secret):
        return key.user
    named = [user.id for user in view.users.values() if whom in (user.extension, user.id, user.email)]
    if len(named) != 1 or key.user not in (None, named[0]):
        raise Invalid("invalid_client")
    return named[0]


def _answer(context: Context, grant: Granted) -> Document:
    return {
        "access_token": context.tokens.issued(grant, "access"),
        "refresh_token": context.tokens.issued(grant, "refresh"),
        "token_type": "bearer",
        "expires_in": int(token_age_s_max),
    }
