"""Second factors of a person: codes of an app, recovery codes (ASVS 6.5, 6.6); see `passkeys` for those."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import segno

from configdb.keys import Key
from configdb.log import Change
from configdb.model import User
from configdb.people import RECOVERY_CODES_MAX, Credentials
from configdb.snapshot import TenantView
from mgmt.access import totp
from mgmt.access.auth import Identity
from mgmt.access.once import Once
from mgmt.access.sessions import Client
from mgmt.access.ways_in import credentials_of, has_second_factor, keeping
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem
from mgmt.limits import challenge_s_max

_alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
_groups, _group_chars = 4, 4


def own(context: Context, who: Identity) -> tuple[TenantView, User]:
    """The person and their company. Raises Problem 409 for programs and operators without a user."""
    if who.user is None or who.tenant is None or who.session is None:
        raise Problem(409, "no_user", "This is for a person who is signed in.")
    return context.config.directory.tenants[who.tenant], who.user


def shown(context: Context, who: Identity) -> dict[str, Any]:
    """What somebody signs in with: never the secrets."""
    view, user = own(context, who)
    found = credentials_of(view, user.id)
    return {
        "password": user.password_hash is not None,
        "totp": found.totp is not None,
        "recovery_codes": len(found.recovery_sha256),
        "passkeys": [
            {"id": each.id, "name": each.name, "added_at": each.added_at.isoformat(), "site": each.site}
            for each in found.passkeys
        ],
        "sso": sorted(found.sso),
        "required": view.tenant.second_factor == "required",
    }


def kept(context: Context, who: Identity, tenant: str, found: Credentials, reason: str, *more: Change) -> None:
    """Write credentials, if nobody changed them meanwhile. Raises `Refused` 412."""
    before = context.config.get(tenant, "credentials", found.id)
    expect = {Key(tenant, "credentials", found.id): before.version if before is not None else 0}
    context.config.transact(tenant, [keeping(found), *more], who.actor, reason, expect)


def begin_totp(context: Context, who: Identity) -> dict[str, str]:
    """A new secret, as text, `otpauth:` address and QR picture; it counts when a code of it was given."""
    view, user = own(context, who)
    secret = totp.new_secret()
    Once(context.database, context.clock).put(f"totp-new {who.session}", context.sealer.seal(secret), challenge_s_max)
    address = totp.address(secret, view.tenant.name, user.email or user.name)
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=2)
    return {"secret": secret, "address": address, "picture": picture}


def keep_totp(context: Context, who: Identity, code: str) -> list[str]:
    """The app is in force; new recovery codes when there are none. Raises Problem 409, 422."""
    view, user = own(context, who)
    sealed = Once(context.database, context.clock).peek(f"totp-new {who.session}")
    if sealed is None:
        raise Problem(409, "begin_again", "This took too long: begin again.")
    step = totp.step_of(context.sealer.open(sealed), code, context.clock())
    if step is None:
        detail = "is not what the app should show now"
        raise Problem(422, "wrong_code", f"The code {detail}.", (FieldError("/code", detail),))
    Once(context.database, context.clock).take(f"totp-new {who.session}")
    _used(context, view.tenant.id, user.id, step)
    found, codes = with_codes(credentials_of(view, user.id).model_copy(update={"totp": sealed}))
    kept(context, who, view.tenant.id, found, "codes of an app added")
    return codes


def drop_totp(context: Context, who: Identity) -> None:
    """The app no longer counts."""
    view, user = own(context, who)
    found = credentials_of(view, user.id).model_copy(update={"totp": None})
    kept(context, who, view.tenant.id, without_idle_codes(found), "codes of an app removed")


def new_codes(context: Context, who: Identity) -> list[str]:
    """Other recovery codes in the place of those there were. Raises Problem 409 without a second factor."""
    view, user = own(context, who)
    found = credentials_of(view, user.id)
    if not has_second_factor(found):
        raise Problem(409, "no_second_factor", "Recovery codes stand in for an app or a passkey: add one first.")
    found, codes = with_codes(found.model_copy(update={"recovery_sha256": ()}))
    kept(context, who, view.tenant.id, found, "recovery codes made")
    return codes


def with_codes(found: Credentials) -> tuple[Credentials, list[str]]:
    """With recovery codes, and these in plain when they are new."""
    if found.recovery_sha256:
        return found, []
    codes = ["-".join(_piece() for _ in range(_groups)) for _ in range(RECOVERY_CODES_MAX)]
    return found.model_copy(update={"recovery_sha256": tuple(_hash(code) for code in codes)}), codes


def without_idle_codes(found: Credentials) -> Credentials:
    """Recovery codes stand in for a second factor: without one they go."""
    return found if has_second_factor(found) else found.model_copy(update={"recovery_sha256": ()})


def require_code(context: Context, view: TenantView, user: User, code: str, client: Client) -> None:
    """Raises Problem 401 unless it is a code of the app, not used yet, or a recovery code, which is then gone; 429."""
    account = f"{view.tenant.id}/{user.id} code"
    context.attempts.check(account, client.address)
    found = credentials_of(view, user.id)
    if not (_is_of_app(context, view, found, code) or _is_recovery(context, view.tenant.id, user.id, code)):
        context.attempts.failed(account, client.address)
        raise Problem(401, "wrong_code", "This code is wrong or was used already.")
    context.attempts.succeeded(account, client.address)


def _is_of_app(context: Context, view: TenantView, found: Credentials, code: str) -> bool:
    if found.totp is None:
        return False
    step = totp.step_of(context.sealer.open(found.totp), code, context.clock())
    return step is not None and _used(context, view.tenant.id, found.id, step)


def _used(context: Context, tenant: str, user: str, step: int) -> bool:
    """Use a code up; False when it was (RFC 6238 5.2)."""
    age_s = totp.step_s * (2 * totp.drift_steps_max + 2)
    return Once(context.database, context.clock).first(f"totp {tenant}/{user} {step}", age_s)


def _is_recovery(context: Context, tenant: str, user: str, code: str) -> bool:
    """By what is kept now: of two who give the same code at once, one comes in. Raises `Refused` 412 to the other."""
    before, wanted = context.config.get(tenant, "credentials", user), _hash(code)
    if before is None or not isinstance(before.value, Credentials) or wanted not in before.value.recovery_sha256:
        return False
    left = tuple(each for each in before.value.recovery_sha256 if each != wanted)
    change = keeping(before.value.model_copy(update={"recovery_sha256": left}))
    reason = f"recovery code used, {len(left)} left"
    context.config.transact(tenant, [change], f"{tenant}/{user}", reason, {before.key: before.version})
    return True


def _piece() -> str:
    return "".join(secrets.choice(_alphabet) for _ in range(_group_chars))


def _hash(code: str) -> str:
    return hashlib.sha256(code.casefold().replace("-", "").replace(" ", "").encode()).hexdigest()
