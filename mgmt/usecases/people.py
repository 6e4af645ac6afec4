"""The people of a company: who there is, invitations, roles, links to come in with, ending sessions (ASVS 6.4, 8.2)."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Any

from configdb.log import Change, Entry
from configdb.model import OWNERS, Tenant, User
from configdb.people import Invitation
from configdb.reach import source_of
from configdb.replica import Versioned
from configdb.schema import to_document
from configdb.snapshot import TenantView
from history.shelves import StoreAway
from mgmt.access.auth import Identity
from mgmt.access.scope import Scope
from mgmt.access.sessions import Client
from mgmt.access.ways_in import credentials_of, has_second_factor, has_way_in, invitation_of, keeping
from mgmt.context import Context
from mgmt.http.errors import FieldError, Problem, not_found
from mgmt.limits import invitation_age_s_max, reset_age_s_max
from mgmt.pages import Language, words
from mgmt.usecases import account, audit, config, drafts, handover, post
from mgmt.usecases.account import SecondStep, SignedIn
from mgmt.usecases.consent import require_consent

Document = dict[str, Any]
CHANGED = ("name", "email", "role", "disabled")
HEIRS = (handover.VOICEMAIL, handover.NUMBERS)


def listed(context: Context, scope: Scope) -> list[Document]:
    """Everybody, by name."""
    return sorted(
        (shown(context, scope.view, user) for user in scope.view.users.values()), key=lambda row: str(row["name"])
    )


def shown(context: Context, view: TenantView, user: User) -> Document:
    """One person, and how they come in."""
    found, invitation = credentials_of(view, user.id), invitation_of(view, user.id)
    sessions = context.sessions.of_user(view.tenant.id, user.id)
    return {
        "id": user.id,
        "version": version.version if (version := context.config.get(view.tenant.id, "user", user.id)) else 0,
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "extension": user.extension,
        "state": _state(view, user, invitation),
        "invitation": invitation
        and {
            "by": invitation.by,
            "expires_at": invitation.expires_at.isoformat(),
            "expired": invitation.expires_at.timestamp() <= context.clock(),
        },
        "second_factor": has_second_factor(found),
        "passkeys": len(found.passkeys),
        "sessions": len(sessions),
        "seen_at": sessions[0].seen_at if sessions else None,
        **handover.left_by(view, user),
    }


def _state(view: TenantView, user: User, invitation: Invitation | None) -> str:
    if user.disabled:
        return "disabled"
    if invitation is not None:
        return "invited"
    return "active" if has_way_in(view, user) else "no_sign_in"


def _one(context: Context, scope: Scope, id: str) -> tuple[User, Versioned]:
    found = context.config.get(scope.tenant, "user", id)
    if found is None or not isinstance(found.value, User):
        raise not_found("person")
    return found.value, found


def invite(context: Context, scope: Scope, given: Document, base: str, language: Language) -> Document:
    """Add a person and their invitation: `{person, link, mailed}`. Raises Problem 403, 409, 422; `Refused`, `Unknown`."""
    require_consent(context.clock(), scope)
    email = str(given["email"]).strip()
    require_free(scope, email, "")
    id = given.get("id") or new_id(scope.view, email)
    extension = given.get("extension") or free_extension(context, scope.view)
    document = {
        "id": id,
        "name": given["name"],
        "email": email,
        "role": given.get("role") or "user",
        "extension": extension,
    }
    prepared = config.prepare(context, scope, "user", id, document, None)
    return _invited(context, scope.tenant, scope.identity, id, [prepared.change], base, language)


def change(context: Context, scope: Scope, id: str, given: Document, condition: config.Condition) -> Document:
    """Other name, address, role; disable or enable. Who is disabled is signed out, and may leave things to colleagues.

    Raises as `config.put`.
    """
    user, before = _one(context, scope, id)
    heirs = {name: given[name] for name in HEIRS if name in given}
    given = {name: value for name, value in given.items() if name not in HEIRS}
    own = scope.identity.user
    if given.get("disabled") and own is not None and (scope.identity.tenant, own.id) == (scope.tenant, id):
        raise Problem(409, "yourself", "Nobody disables themselves.", (FieldError("/disabled", "yourself"),))
    if given.get("email"):
        require_free(scope, given["email"], id)
    document = {**to_document(user), **given}
    del document["password_hash"]
    if condition.version is not None and condition.version != before.version:
        raise Problem(412, "version_conflict", f"This was changed meanwhile: it is at version {before.version}.")
    prepared = config.prepare(context, scope, "user", id, document, before)
    what = ", ".join(f"{name} {said[name]}" for said in (given, heirs) for name in (*CHANGED, *HEIRS) if name in said)
    every = [prepared, *handover.prepared(context, scope, user, heirs)]
    expect = {key: version for one in every for key, version in one.expect.items()}
    context.config.transact(scope.tenant, [one.change for one in every], scope.identity.actor, f"{id}: {what}", expect)
    if given.get("disabled"):
        context.sessions.close_all(scope.tenant, id)
    view = config.view_now(context, scope)
    return shown(context, view, view.users[id])


def link(context: Context, scope: Scope, id: str, base: str, language: Language) -> Document:
    """A link to come in with: a new invitation for who has no way in yet, else one to set a new password. Problem 403."""
    user, _ = _one(context, scope, id)
    _require_rank(context, scope, user)
    if user.disabled:
        raise Problem(409, "disabled", "Enable this person first.")
    if not has_way_in(scope.view, user):
        return _invited(context, scope.tenant, scope.identity, id, [], base, language)
    made, _ = _reset_link(context, scope.view, user, base)
    audit.note(context, scope.tenant, scope.identity.actor, "person.reset_link", id)
    mailed = _mail(context, scope.view, user, "reset", made, language)
    return {"person": shown(context, scope.view, user), "link": made, "mailed": mailed}


def withdraw(context: Context, scope: Scope, id: str) -> None:
    """Take an invitation back: its link no longer works. Raises Problem 404."""
    if invitation_of(scope.view, id) is None:
        raise not_found("invitation")
    context.config.transact(
        scope.tenant, [Change("invitation", id, None)], scope.identity.actor, f"invitation of {id} withdrawn"
    )


def drop_factors(context: Context, scope: Scope, id: str) -> None:
    """Somebody lost telephone and keys: their second factors go, their sessions end. Raises Problem 403, 404."""
    user, _ = _one(context, scope, id)
    _require_rank(context, scope, user)
    found = credentials_of(scope.view, id)
    changed = found.model_copy(update={"totp": None, "recovery_sha256": (), "passkeys": ()})
    if changed != found:
        context.config.transact(
            scope.tenant, [keeping(changed)], scope.identity.actor, f"second factors of {id} removed"
        )
    end_sessions(context, scope, id)


def end_sessions(context: Context, scope: Scope, id: str) -> None:
    """Sign somebody out everywhere. Raises Problem 403, 404."""
    user, _ = _one(context, scope, id)
    _require_rank(context, scope, user)
    context.sessions.close_all(scope.tenant, id)
    audit.note(context, scope.tenant, scope.identity.actor, "person.signed_out", id)


def gone(context: Context, entry: Entry) -> None:
    """Who is removed is signed out everywhere, however that came: who comes later under the same id must not be them.

    Nor do those find what they drew. Raises `StoreAway`.
    """
    removed = [change.id for change in entry.changes if change.kind == "user" and change.document is None]
    for user in removed:
        context.sessions.close_all(entry.tenant, user)
    for user in removed:
        for app in context.apps.of_user(entry.tenant, user):
            context.apps.close(app)
        drafts.drop_all(context, entry.tenant, user)


def forgot(
    context: Context, email: str, tenant: str | None, base: str | None, language: Language, client: Client
) -> None:
    """Mail a link to whoever has the address, and say nothing of whether anybody has. Raises Problem 429."""
    counted = f"forgot {source_of(client.address)}"
    context.attempts.check(f"forgot {email}", counted)
    context.attempts.failed(f"forgot {email}", counted)
    context.passwords.matches(None, "")  # an account or none: the same work
    for view, user in account.accounts(context.config.directory, email, tenant) if base is not None else ():
        made, _ = _reset_link(context, view, user, base or "")
        _mail(context, view, user, "reset", made, language)
        audit.note(
            context, view.tenant.id, f"{view.tenant.id}/{user.id}", "person.forgot_password", user.id, client.address
        )


def linked(context: Context, token: str, client: Client) -> tuple[TenantView, User]:
    """Whom an invitation or a reset link is for. Raises Problem 403, 429."""
    context.attempts.check(client.address, client.address)
    proofs, directory = account.proofs(context), context.config.directory
    proof = proofs.read(token, "invitation") or proofs.read(token, "reset")
    view = directory.tenants.get(proof.tenant) if proof is not None else None
    user = view.users.get(proof.user) if view is not None and proof is not None else None
    invitation = invitation_of(view, user.id) if view is not None and user is not None else None
    if proof is not None and view is not None and user is not None and not user.disabled:
        state = (
            (user.password_hash or "")
            if proof.purpose == "reset"
            else (invitation.nonce if invitation is not None else None)
        )
        if state is not None and proofs.holds(token, state):
            return view, user
    context.attempts.failed(client.address, client.address)
    raise Problem(403, "link_expired", "This link was used already, was withdrawn, or is too old. Ask for a new one.")


def come_in(context: Context, token: str, password: str, client: Client) -> SignedIn | SecondStep:
    """Set the password that the link is for; every other session of the person ends. Raises Problem 403, 422, 429."""
    view, user = linked(context, token, client)
    changes = [account.with_password(context, view, user, password)]
    if invitation_of(view, user.id) is not None:
        changes.append(Change("invitation", user.id, None))
    context.config.transact(view.tenant.id, changes, f"{view.tenant.id}/{user.id}", "password set by a link")
    context.sessions.close_all(view.tenant.id, user.id)
    after = context.config.directory.tenants[view.tenant.id]
    return account.next_step(context, after, after.users[user.id], client)


def first_owner(
    context: Context, tenant: Tenant, who: Identity, given: Document, base: str, language: Language
) -> Document:
    """Make a company with the first of its owners, who is invited. Raises Problem 422; `Refused`, `Unknown`."""
    id = re.sub(r"[^a-z0-9]+", "-", given["email"].partition("@")[0].casefold()).strip("-")[:40] or "owner"
    extension = next(context.config.directory.emergencies.extensions(tenant.country))
    document = {**given, "id": id, "role": "owner", "extension": extension}
    changes = [
        Change("tenant", tenant.id, to_document(tenant)),
        Change("user", id, config.validated("user", document)),
    ]
    return _invited(context, tenant.id, who, id, changes, base, language)


def _invited(
    context: Context, tenant: str, who: Identity, id: str, changes: list[Change], base: str, language: Language
) -> Document:
    until, nonce = context.clock() + invitation_age_s_max, secrets.token_urlsafe(24)
    expires = datetime.fromtimestamp(until, UTC)
    made = Invitation(id=id, nonce=nonce, by=who.actor, expires_at=expires)
    changes = [*changes, Change("invitation", id, to_document(made))]
    context.config.transact(tenant, changes, who.actor, f"{id} invited")
    view = context.config.directory.tenants[tenant]
    token = account.proofs(context).made("invitation", tenant, id, nonce, until)
    link = f"{base}/invited?token={token}"
    mailed = _mail(context, view, view.users[id], "invited", link, language)
    return {"person": shown(context, view, view.users[id]), "link": link, "mailed": mailed}


def _reset_link(context: Context, view: TenantView, user: User, base: str) -> tuple[str, float]:
    until = context.clock() + reset_age_s_max
    token = account.proofs(context).made("reset", view.tenant.id, user.id, user.password_hash or "", until)
    return f"{base}/invited?token={token}", until


def _mail(context: Context, view: TenantView, user: User, what: str, link: str, language: Language) -> bool:
    t = words(language)
    subject = t[f"mail_{what}_subject"].format(company=view.tenant.name)
    text = t[f"mail_{what}"].format(name=user.name, company=view.tenant.name, link=link)
    try:
        return user.email is not None and post.send(context, view.tenant.id, user.email, subject, text)
    except StoreAway:
        return False  # whoever asked sees the link, or asks again; a stranger learns nothing from it


def _require_rank(context: Context, scope: Scope, user: User) -> None:
    """Who may let somebody in could come in as them: owners are for owners, and helpers need the company's consent."""
    if user.role in OWNERS and scope.role not in OWNERS:
        raise Problem(403, "owners_only", "Only owners may do this for an owner.")
    require_consent(context.clock(), scope)


def require_free(scope: Scope, email: str, id: str) -> None:
    """Raises Problem 409 when somebody else has the address."""
    taken = [user.id for user in scope.view.users.values() if user.email and user.email.casefold() == email.casefold()]
    if taken not in ([], [id]):
        raise Problem(409, "email_taken", f"{taken[0]} has this address.", (FieldError("/email", "is taken", "taken"),))


def new_id(view: TenantView, email: str) -> str:
    """An id that nobody has."""
    base = re.sub(r"[^a-z0-9]+", "-", email.partition("@")[0].casefold()).strip("-")[:40] or "person"
    ids = (base, *(f"{base}-{number}" for number in range(2, len(view.users) + 3)))
    return next(id for id in ids if id not in view.users)


def free_extension(context: Context, view: TenantView) -> str:
    """The lowest extension that nobody has, and that calls no help there."""
    every = context.config.directory.emergencies.extensions(view.tenant.country)
    return next(one for one in every if one not in view.by_extension)
