"""Passkeys: registration and sign-in by W3C WebAuthn 3 (7.1, 7.2), with the person verified, so that one is enough."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from configdb.model import User
from configdb.people import PASSKEYS_MAX, Passkey
from configdb.snapshot import TenantView
from mgmt.access.auth import Identity
from mgmt.access.once import Once
from mgmt.access.sessions import Client
from mgmt.access.ways_in import credentials_of
from mgmt.context import Context
from mgmt.http.errors import Problem, not_found
from mgmt.limits import challenge_s_max
from mgmt.usecases import account, factors

counted_s = 10 * 365 * 24 * 3600.0


def begin(context: Context, who: Identity, site: str) -> dict[str, Any]:
    """The options of `navigator.credentials.create`; `site` is the host name of the page."""
    view, user = factors.own(context, who)
    known = credentials_of(view, user.id).passkeys
    options = webauthn.generate_registration_options(
        rp_id=site,
        rp_name=view.tenant.name,
        user_name=user.email or user.name,
        user_display_name=user.name,
        user_id=hashlib.sha256(f"{view.tenant.id}/{user.id}".encode()).digest(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(each.id)) for each in known],
    )
    challenge = bytes_to_base64url(options.challenge)
    Once(context.database, context.clock).put(f"passkey-new {who.session}", challenge, challenge_s_max)
    return _plain(webauthn.options_to_json(options))


def keep(context: Context, who: Identity, name: str, answer: dict[str, Any], site: str, origin: str) -> list[str]:
    """The new passkey is in force; new recovery codes when there are none. Raises Problem 409, 422."""
    view, user = factors.own(context, who)
    challenge = Once(context.database, context.clock).take(f"passkey-new {who.session}")
    if challenge is None:
        raise Problem(409, "begin_again", "This took too long: begin again.")
    try:
        verified = webauthn.verify_registration_response(
            credential=json.dumps(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise Problem(422, "invalid_passkey", "The passkey could not be verified.") from wrong
    made = Passkey(
        id=bytes_to_base64url(verified.credential_id),
        public_key=bytes_to_base64url(verified.credential_public_key),
        name=name,
        added_at=datetime.fromtimestamp(context.clock(), UTC),
        site=site,
    )
    found = credentials_of(view, user.id)
    if len(found.passkeys) >= PASSKEYS_MAX or _holder(context, made.id) is not None:
        raise Problem(409, "too_many_passkeys", f"This passkey is known, or there are {PASSKEYS_MAX} already.")
    found, codes = factors.with_codes(found.model_copy(update={"passkeys": (*found.passkeys, made)}))
    factors.kept(context, who, view.tenant.id, found, f"passkey {name} added")
    return codes


def drop(context: Context, who: Identity, id: str) -> None:
    """A passkey no longer counts. Raises Problem 404."""
    view, user = factors.own(context, who)
    found = credentials_of(view, user.id)
    left = tuple(each for each in found.passkeys if each.id != id)
    if len(left) == len(found.passkeys):
        raise not_found("passkey")
    changed = factors.without_idle_codes(found.model_copy(update={"passkeys": left}))
    factors.kept(context, who, view.tenant.id, changed, "passkey removed")


def ask(context: Context, site: str) -> dict[str, Any]:
    """The options of `navigator.credentials.get`, and the `ticket` that belongs to them. Says nothing of accounts."""
    options = webauthn.generate_authentication_options(
        rp_id=site, user_verification=UserVerificationRequirement.REQUIRED
    )
    ticket = secrets.token_urlsafe(24)
    Once(context.database, context.clock).put(
        f"passkey {ticket}", bytes_to_base64url(options.challenge), challenge_s_max
    )
    return {"ticket": ticket, "options": _plain(webauthn.options_to_json(options))}


def sign_in(context: Context, ticket: str, answer: dict[str, Any], site: str, origin: str, client: Client) -> str:
    """The new session's id. Raises Problem 401 with the same words whatever was wrong, 429."""
    context.attempts.check(f"passkey {client.address}", client.address)
    found = _verified(context, ticket, answer, site, origin)
    if found is None:
        context.attempts.failed(f"passkey {client.address}", client.address)
        raise Problem(401, "wrong_passkey", "This passkey does not open anything here.")
    view, user = found
    return account.opened(context, view.tenant.id, user.id, "passkey", client)


def _verified(
    context: Context, ticket: str, answer: dict[str, Any], site: str, origin: str
) -> tuple[TenantView, User] | None:
    once = Once(context.database, context.clock)
    challenge, found = once.take(f"passkey {ticket}"), _holder(context, str(answer.get("id")))
    if challenge is None or found is None:
        return None
    view, user, passkey = found
    counter = f"passkey-count {passkey.id}"
    try:
        verified = webauthn.verify_authentication_response(
            credential=json.dumps(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site,
            expected_origin=origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=int(once.peek(counter) or 0),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    if verified.new_sign_count:
        once.put(counter, str(verified.new_sign_count), counted_s)
    return view, user


def _holder(context: Context, id: str) -> tuple[TenantView, User, Passkey] | None:
    """Whose passkey it is, unless they are disabled."""
    for view in context.config.directory.tenants.values():
        for user in view.objects.get("credentials", {}):
            person = view.users.get(user)
            if person is None or person.disabled:
                continue
            for passkey in credentials_of(view, user).passkeys:
                if passkey.id == id:
                    return view, person, passkey
    return None


def _plain(text: str) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(text)
    return options
