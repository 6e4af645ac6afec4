"""A feature code dialled by a phone (`configdb.features`): the flow that does it, or the call of others that is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configdb.features import Dialled
from configdb.model import MANAGERS, Device, Group, Target, User
from configdb.snapshot import TenantView
from ivr.mailbox.boxes import box_at, box_of
from ivr.steps import Step
from softswitch.routing import implicit
from softswitch.routing.numbers import NotANumber, to_e164
from softswitch.routing.route import Fetch, Reject, Route

NOT_FOUND = Reject(404, "Not Found")
FORBIDDEN = Reject(403, "Forbidden")
_FORWARDS = {"forward": "forward", "forward_busy": "on_busy", "forward_no_answer": "no_answer"}

FOR_MANAGERS = {
    **dict.fromkeys(("monitor", "whisper", "barge"), "they may not listen to others"),
    "record_prompt": "they may not record what callers hear",
}
_VERBS = {"agent_in": "login", "agent_out": "logout", "agent_pause": "pause", "agent_ready": "ready"}


def route_feature(view: TenantView, user: User, dialled: str, code: Dialled, device: Device | None = None) -> Route:
    """The route of a code; whatever it is, its step says so."""
    feature = code.feature
    said = f" {code.argument}" if code.argument else ""
    step = Step("feature", f"{user.name} dialled {dialled}: {feature.text}{said}", {"feature": feature.id})
    if feature.id in FOR_MANAGERS and user.role not in MANAGERS:
        why = Step("feature.forbidden", f"{user.name} is neither owner nor manager: {FOR_MANAGERS[feature.id]}")
        return Route(view, "internal", user.extension, dialled, feature.text, None, FORBIDDEN, (step, why), user.id)
    if feature.id in ("pick_up", "pick_up_group", "unpark", "monitor", "whisper", "barge"):
        return _fetch(view, user, dialled, code, step)
    desk = feature.id in ("desk_in", "desk_out")
    found = _desk(view, code, device) if desk else _document(view, user, code)
    if isinstance(found, str):
        why = Step("feature.refused", f"Cannot be done: {found}", {"feature": feature.id})
        return Route(view, "internal", user.extension, dialled, feature.text, None, NOT_FOUND, (step, why), user.id)
    document = {"start": "feature", "nodes": {"feature": found}}
    return Route(view, "internal", user.extension, dialled, feature.text, document, steps=(step,), user=user.id)


def _desk(view: TenantView, code: Dialled, device: Device | None) -> Mapping[str, Any] | str:
    """Logging in and out at a phone: the one node of the flow, or why there is none."""
    if device is None or not device.hot_desk:
        return "nobody may log in at this phone"
    if code.feature.id == "desk_out":
        return {"kind": "desk", "device": device.id}
    target = _target(view, code.argument)
    if isinstance(target, str) or target.kind != "user":
        return f"{code.argument} is nobody's extension"
    return {"kind": "desk", "device": device.id, "user": target.id}


def _document(view: TenantView, user: User, code: Dialled) -> Mapping[str, Any] | str:
    """The one node of the flow; a text says why there is none."""
    match code.feature.id:
        case "dnd_on" | "dnd_off":
            return {"kind": "setting", "setting": "dnd", "on": code.feature.id == "dnd_on"}
        case "forward_off" | "forward_busy_off" | "forward_no_answer_off":
            return {"kind": "setting", "setting": _FORWARDS[code.feature.id.removesuffix("_off")]}
        case "forward" | "forward_busy" | "forward_no_answer":
            target = _target(view, code.argument)
            if target == Target(kind="user", id=user.id):
                return "calls would come back for ever"
            setting = {"kind": "setting", "setting": _FORWARDS[code.feature.id]}
            return target if isinstance(target, str) else {**setting, "target": target.model_dump()}
        case "agent_in" | "agent_out" | "agent_pause" | "agent_ready" as feature:
            return {"kind": "agent", "verb": _VERBS[feature]}
        case "park":
            return {"kind": "park", "slot": code.argument or None, "by": user.id}
        case "when_free":
            target = _target(view, code.argument)
            if isinstance(target, str) or target.kind != "user" or target.id == user.id:
                return f"{code.argument} is nobody else's extension"
            return {"kind": "when_free", "user": target.id}
        case "conference":
            room = next((one for _, one in sorted(view.rooms.items()) if one.number == code.argument), None)
            return f"there is no room {code.argument}" if room is None else {"kind": "conference", "room": room.id}
        case "voicemail" | "greeting" as feature:
            box = box_of(view, user)
            if box is None:
                return f"{user.name} has no mailbox"
            return {"kind": "messages", "mailbox": box.id, "settings": feature == "greeting"}
        case "voicemail_of":
            found = box_at(view, code.argument)
            if code.argument and found is None:
                return f"there is no mailbox at {code.argument}"
            return {"kind": "messages", "mailbox": found.id if found is not None else None}
        case "record_prompt":
            prompt = next((one for _, one in sorted(view.prompts.items()) if one.number == code.argument), None)
            return (
                f"no prompt has number {code.argument}"
                if prompt is None
                else {"kind": "record_prompt", "prompt": prompt.id}
            )
        case "intercom":
            target = _target(view, code.argument)
            if isinstance(target, str) or target.kind == "number":
                return f"{code.argument} is nobody's extension"
            return {"kind": "dial", "target": target.model_dump(), "intercom": True}
    return f"there is no feature {code.feature.id}"


def _target(view: TenantView, dialled: str) -> Target | str:
    """Whom a forwarded call goes to; a text says what is wrong. What it may cost is asked when a call goes there."""
    found = view.by_extension.get(dialled)
    if found is not None:
        return implicit.named(found)
    try:
        return Target(kind="number", id=to_e164(dialled, view.tenant.country))
    except NotANumber as error:
        return f"{error}, and no extension"


def _fetch(view: TenantView, user: User, dialled: str, code: Dialled, step: Step) -> Route:
    match code.feature.id:
        case "unpark":
            fetch = Fetch(slot=code.argument)
        case "monitor" | "whisper" | "barge" as mode:
            fetch = Fetch(users=_users_at(view, code.argument), listen=mode)
        case "pick_up":
            fetch = Fetch(users=_users_at(view, code.argument))
        case _:
            groups = [group for group in view.groups.values() if user.id in group.members]
            fetch = Fetch(users=tuple({member: None for group in groups for member in group.members}))
    label = code.feature.text
    return Route(view, "internal", user.extension, dialled, label, steps=(step,), user=user.id, fetch=fetch)


def _users_at(view: TenantView, extension: str) -> tuple[str, ...]:
    found = view.by_extension.get(extension)
    if isinstance(found, Group):
        return found.members
    return (found.id,) if found is not None else ()
