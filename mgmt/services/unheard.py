"""Background service: a voice message that nobody hears is told more loudly: after its mail a text, then a call that plays it.

    mail (at once, `voicemail`) ──unheard_text_min──► text ──unheard_call_min──► call ── heard, or done: nothing more

Every step is one item of the outbox whose id is made of the message and of who is told: it fires once, whichever node leads and
wherever another one died. Nights are quiet, unless the mailbox is on call then.
"""

from __future__ import annotations

from contextlib import suppress

from configdb.features import codes_of
from configdb.model import Mailbox
from configdb.snapshot import TenantView
from history.activity import Activity, activity_id
from mgmt.limits import ring_patience_s, ring_tries_max, unheard_age_s_max, unheard_messages_max
from mgmt.outbox.channels import Channel
from mgmt.outbox.item import Failed, Item, Outcome, Refused, Sent
from mgmt.quiet import is_quiet
from mgmt.services.ledger import Report
from mgmt.services.parts import Parts
from mgmt.sms.sending import NoTexting, OptedOut, Sending
from mgmt.sms.threads import Threads
from softswitch.control.messages import ControlError

period_s = 15.0
BY = "escalation"
WORDS = {
    "en": "{company}: {who} left a voice message for {box} {minutes} min ago, and nobody has heard it.",
    "ru": "{company}: {who}, сообщение для «{box}» {minutes} мин назад, его никто не прослушал.",
}


def run(parts: Parts) -> Report:
    """All mailboxes that want it. Raises `StoreAway`."""
    done, now = 0, parts.clock()
    for view in parts.directory().tenants.values():
        quiet = is_quiet(view.tenant, now)
        for box in view.mailboxes.values():
            if (box.unheard_text_min or box.unheard_call_min) and (box.unheard_at_night or not quiet):
                done += sum(_tell(parts, view, box, one, now) for one in _unheard(parts, view, box, now))
    return Report(done, f"{done} told of messages that nobody heard")


def _unheard(parts: Parts, view: TenantView, box: Mailbox, now: float) -> list[Activity]:
    waiting = parts.history.messages_in(view.tenant.id, box.id, unheard_messages_max)
    return [one for one in waiting if one.unread and now - unheard_age_s_max < one.at]


def _tell(parts: Parts, view: TenantView, box: Mailbox, message: Activity, now: float) -> int:
    waited_s, done = now - message.at, 0
    if box.unheard_text_min is not None and waited_s >= 60 * box.unheard_text_min:
        done += sum(_text(parts, view, box, message, phone, waited_s) for phone in box.unheard_phones)
    if box.unheard_call_min is not None and waited_s >= 60 * box.unheard_call_min:
        done += sum(_call(parts, view, message, id, now) for id, user in sorted(view.users.items()) if box.is_of(user))
    return done


def _text(parts: Parts, view: TenantView, box: Mailbox, message: Activity, phone: str, waited_s: float) -> bool:
    tenant, source = view.tenant.id, f"unheard {message.id} {phone}"
    if Threads(parts.history.shelves).message(tenant, activity_id("sms-out", f"{tenant} {source}")) is not None:
        return False
    texting = sorted(id for id, number in view.numbers.items() if number.texting is not None)
    number = message.number if message.number in texting else next(iter(texting), None)
    if number is None:
        return False
    said = WORDS["ru" if view.tenant.language.startswith("ru") else "en"].format(
        company=view.tenant.name,
        who=message.from_name or message.from_ or "?",
        box=box.name,
        minutes=round(waited_s / 60),
    )
    if parts.errand.dry:
        return True
    sending = Sending(parts.history.shelves, parts.outbox, parts.clock)
    with suppress(NoTexting, OptedOut):
        parts.news.message(sending.put(view, number, phone, said, by=BY, source=source))
        return True
    return False


def _call(parts: Parts, view: TenantView, message: Activity, user: str, now: float) -> bool:
    id = f"ring-{message.id}-{user}"
    if parts.outbox.get(view.tenant.id, id) is not None:
        return False
    if not parts.errand.dry:
        payload = {"user": user, "message": message.id}
        end, tries = now + ring_patience_s, ring_tries_max
        parts.outbox.put(Item(id, view.tenant.id, "ring", "switch", payload, now, end, True, tries, due_at=now))
    return True


def ring(parts: Parts, item: Item) -> Outcome:
    """One attempt. The item's id is the switch's key for the wish, so that it calls once however often it is asked."""
    view = parts.directory().tenants.get(item.tenant)
    message = parts.history.activity(item.tenant, str(item.payload["message"]))
    if view is None or message is None or not message.unread:
        return Sent(said="somebody heard it meanwhile")
    code = next((code for code, feature in codes_of(view.tenant.codes).items() if feature.id == "voicemail"), None)
    if code is None:
        return Refused("the company has switched the code for voicemail off")
    wish = {"tenant": item.tenant, "from": item.payload["user"], "to": code, "key": item.id}
    try:
        return Sent(str(parts.control.request("originate", **wish).get("call")), "called")
    except ControlError as error:
        away = error.code == "switch_away"  # any other answer is the switch's last word for this key
        return (Failed if away else Refused)(f"{error.code}: {error}")


def channel() -> Channel[Parts]:
    """The row of the table of channels."""
    return Channel("ring", ring)
