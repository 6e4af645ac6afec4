"""What becomes of a mail that comes: who may send it, exactly one activity in each company that it is for, on disk before 250.

nobody's address, relaying    550 before anything is sent
a loop, our own letter        554 5.4.6
a sender who may not          550 5.7.1; in quarantine instead where another recipient of the same mail takes it
the store is away             451: the sender comes again
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from configdb.mail_address import MailAddress
from configdb.model import User
from configdb.snapshot import TenantView
from history.activity import FINISHED, Activity, activity_id, customer_of
from history.shelves import OUTBOX, StoreAway
from media.storage.names import checked
from media.storage.store import StoreError
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.limits import mail_hops_max, outbox_said_chars_max
from mgmt.mailin.addresses import INBOX, Answer, Box, Postmaster, Todo, place_of
from mgmt.mailin.lookup import Dns
from mgmt.mailin.mime import Mail, Part, read
from mgmt.mailin.proof import Proof, proof_of
from mgmt.mailin.tokens import Sent, known
from mgmt.usecases.activities import keep

KIND = "todo-mail"
QUARANTINE, AUTOMATIC, BOUNCE = "quarantine", "automatic", "bounce"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who brings a mail (RFC 5321 3.3): address and name of the client, MAIL FROM ("" a report), the RCPT TOs."""

    source: str
    helo: str
    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Code and text, with the enhanced code of RFC 3463 in front."""

    code: int
    text: str


TAKEN = Reply(250, "2.0.0 It is on disk")
UNKNOWN = Reply(550, "5.1.1 There is no such address here")
NO_RELAY = Reply(550, "5.7.1 We take mail for our own addresses only")
FORBIDDEN = Reply(550, "5.7.1 This sender may not write to this address")
UNPROVED = Reply(550, "5.7.1 This sender's domain does not stand for this mail (SPF, DKIM, DMARC)")
WHICH = Reply(550, "5.1.1 Several companies know this sender: write to todo+COMPANY")
LOOP = Reply(554, "5.4.6 This mail goes in a circle")
AWAY = Reply(451, "4.3.0 It cannot be kept at this moment")

Found = tuple[Activity | None, Reply | None]
"""What a recipient makes of a mail, and why it would rather not (None: it takes it)."""


@dataclass(frozen=True, slots=True)
class Mailroom:
    """Takes mail for a node. `resolve` gives the DNS for one mail's questions."""

    context: Context
    domain: str
    postmaster: str | None
    resolve: Callable[[], Dns]

    def refusal(self, recipient: str) -> Reply | None:
        """Why mail to this address is not taken, before any is sent; None: it is."""
        place = place_of(recipient, self.domain)
        tenants = self.context.config.directory.tenants
        match place:
            case Todo(company):
                return None if company is None or company in tenants else UNKNOWN
            case Box(company, box):
                view = tenants.get(company)
                return None if view is not None and box in view.objects.get("mail_address", {}) else UNKNOWN
            case Answer(company, token, _):
                try:
                    return None if company in tenants and self._sent(company, token) is not None else UNKNOWN
                except StoreAway:
                    return AWAY
            case Postmaster():
                return None if self.postmaster in tenants else UNKNOWN
            case _:
                host = recipient.lower().rpartition("@")[2]
                return UNKNOWN if host in (self.domain, f"in.{self.domain}") else NO_RELAY

    def take(self, envelope: Envelope, raw: bytes) -> Reply:
        """Durable when it answers 250; the same mail again is the same activity."""
        mail = read(raw)
        if mail.hops > mail_hops_max or self.domain in mail.loops:
            return LOOP
        proof = proof_of(self.resolve(), envelope.source, envelope.helo, envelope.sender, mail.from_address, raw)
        try:
            found = [self._found(recipient, envelope, mail, proof) for recipient in envelope.recipients]
            refused = [why for _, why in found if why is not None]
            if len(refused) == len(found):
                return refused[0] if refused else UNKNOWN
            for made, why in sorted(found, key=lambda one: one[1] is not None):
                if made is not None:
                    self._keep(made if why is None else _flagged(made, QUARANTINE), mail, raw)
        except (StoreAway, StoreError):
            return AWAY
        return TAKEN

    def _sent(self, company: str, token: str) -> Sent | None:
        return known(self.context.history.shelves, company, token)

    # -- one recipient ---------------------------------------------------------------------------------------------

    def _found(self, recipient: str, envelope: Envelope, mail: Mail, proof: Proof) -> Found:
        place, tenants = place_of(recipient, self.domain), self.context.config.directory.tenants
        match place:
            case Todo(company):
                return self._todo(company, mail, proof)
            case Box(company, box) if company in tenants:
                return self._box(tenants[company], box, envelope, mail, proof)
            case Answer(company, token, back) if company in tenants:
                sent = self._sent(company, token)
                return self._answer(tenants[company], sent, back, mail, proof) if sent is not None else (None, UNKNOWN)
            case Postmaster() if self.postmaster in tenants:
                return self._made(tenants[self.postmaster or ""], mail, proof, to="postmaster"), None
            case _:
                return None, UNKNOWN

    def _todo(self, company: str | None, mail: Mail, proof: Proof) -> Found:
        """A task for the person who wrote it. Who only says that they are that person is not believed."""
        known = [
            (view, user)
            for id, view in self.context.config.directory.tenants.items()
            if company in (None, id) and (user := user_of(view, mail.from_address)) is not None
        ]
        if len(known) != 1:
            return None, WHICH if known else FORBIDDEN
        view, user = known[0]
        made = self._made(view, mail, proof, to="todo", kind="task", origin="internal", assigned_to=user.id)
        made = replace(made, customer=None, email=None)
        return made if proof.proved else _flagged(made, QUARANTINE), None

    def _box(self, view: TenantView, box: str, envelope: Envelope, mail: Mail, proof: Proof) -> Found:
        address = view.objects.get("mail_address", {}).get(box)
        if not isinstance(address, MailAddress):
            return None, UNKNOWN
        made = self._made(view, mail, proof, to=address.name, assigned_to=address.assigned_to)
        if _is_blocked(address, mail.from_address) or _is_blocked(address, envelope.sender.lower()):
            return made, FORBIDDEN
        stranger = address.senders == "users" and user_of(view, mail.from_address) is None
        why = FORBIDDEN if stranger and address.strangers == "refuse" else None
        unproved = address.unproved if not proof.proved else "take"
        why = why or (UNPROVED if unproved == "refuse" else None)
        return (_flagged(made, QUARANTINE) if stranger or unproved == "quarantine" else made), why

    def _answer(self, view: TenantView, sent: Sent, back: bool, mail: Mail, proof: Proof) -> Found:
        """In the thread of what the letter was about."""
        about = self.context.history.activity(view.tenant.id, sent.activity) if sent.activity else None
        made = self._made(view, mail, proof, to="bounce" if back else "reply")
        if about is not None:
            made = replace(
                made,
                **{
                    name: getattr(about, name)
                    for name in ("customer", "phone", "number", "group", "assigned_to", "call")
                },
            )
        if not back:
            return made, None
        report = mail.report
        if report is not None and report.action not in ("", "failed"):
            return made, None  # it is late, or it arrived: a machine's word, which is no work
        why = " ".join(part for part in (report.status, report.why) if part) if report is not None else mail.subject
        self._came_back(view.tenant.id, sent.item, why)
        lost = replace(_flagged(made, BOUNCE), state="open", unread=True, result="failed")
        return replace(lost, title=f"{sent.to}: {why}"[:200]), None

    def _came_back(self, tenant: str, item: str, why: str) -> None:
        said = f"it came back: {why}"[:outbox_said_chars_max]
        self.context.history.shelves.change(OUTBOX, tenant, item, lambda body: {**body, "said": said})

    def _made(self, view: TenantView, mail: Mail, proof: Proof, to: str, kind: str = "email", **more: Any) -> Activity:
        tenant, email = view.tenant.id, mail.from_address or None
        made = Activity(
            id=activity_id("email", f"{tenant} {mail.key}"),
            tenant=tenant,
            kind=kind,
            call="",
            at=self.context.clock(),
            from_=mail.from_address,
            from_name=mail.from_name or None,
            to=to,
            title=(mail.subject or mail.text.partition("\n")[0] or "-")[:200],
            text=mail.text,
            result="received",
            email=email,
            customer=customer_of(None, email),
            proof=proof.to_document(),
            **more,
        )
        return replace(_flagged(made, AUTOMATIC), state=FINISHED, unread=False) if mail.automatic else made

    # -- keeping ---------------------------------------------------------------------------------------------------

    def _keep(self, made: Activity, mail: Mail, raw: bytes) -> None:
        """The files, then the activity that names them: what breaks off between is done again by who sends it again."""
        if self.context.history.activity(made.tenant, made.id) is not None:
            return
        files = (*mail.attachments, Part("mail.eml", "message/rfc822", raw))
        keep(self.context, replace(made, attachments=[self._file(made, n, one) for n, one in enumerate(files)]))

    def _file(self, made: Activity, number: int, file: Part) -> dict[str, Any]:
        day = datetime.fromtimestamp(made.at, UTC).strftime("%Y%m%d")
        name = checked(f"{made.tenant}/{KIND}/{day}/{made.id}-{number}.bin")
        with tempfile.NamedTemporaryFile() as copy:
            copy.write(file.data)
            copy.flush()
            self.context.media.put_file(name, Path(copy.name), {"tenant": made.tenant}, file.type)
        self.context.bus.publish("media.kept", {"node": self.context.node, "name": name})
        return {"name": name, "file": file.name, "type": file.type, "size_bytes": len(file.data)}


def user_of(view: TenantView, address: str) -> User | None:
    """Whose address that is."""
    mine = (user for user in view.users.values() if address and (user.email or "").lower() == address)
    return next((user for user in mine if not user.disabled), None)


def _is_blocked(address: MailAddress, sender: str) -> bool:
    blocked = {one.lower() for one in address.blocked}
    return bool(sender) and (sender in blocked or f"@{sender.rpartition('@')[2]}" in blocked)


def _flagged(made: Activity, flag: str) -> Activity:
    return replace(made, flags=sorted({*made.flags, flag}))


def addresses(context: Context, scope: Scope) -> dict[str, Any]:
    """Where a company takes mail: `data` of `id`, `name`, `address`; `todo` for its people. None: this node takes no mail."""
    domain, found = context.settings.mail_domain, []
    for id, one in sorted(scope.view.objects.get("mail_address", {}).items()):
        if isinstance(one, MailAddress):
            local = scope.tenant if id == INBOX else f"{scope.tenant}+{id}"
            found.append({"id": id, "name": one.name, "address": f"{local}@in.{domain}" if domain else None})
    return {"data": found, "todo": f"todo@{domain}" if domain else None}
