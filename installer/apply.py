"""A plan is carried out step by step; one that fails undoes all before it, last first. What was there is kept.

The journal, JOURNAL on the target, holds the changes of the last plan that was applied, with what they replaced.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from installer.facts import Held, gather
from installer.plan import Change, Plan, make_plan
from installer.resources import Account, Effect, File, Folder, Resource
from installer.target import Failed, Target

JOURNAL = "/var/lib/softswitch-install/journal.json"
FORM = 1
Say = Callable[[str], None]


class NotApplied(Exception):
    """A step failed; the text says which, why, and that everything before it is undone (or what could not be)."""


def apply(plan: Plan, target: Target, say: Say, clock: Callable[[], float] = time.monotonic) -> None:
    """Carry out a plan. Raises NotApplied."""
    steps: list[Change | Effect] = [*plan.changes, *plan.effects]
    done: list[Change | Effect] = []
    began = clock()
    for number, step in enumerate(steps, 1):
        left_s = (clock() - began) / number * (len(steps) - number + 1) if done else 0.0
        text = step.text if isinstance(step, Change) else step.id
        say(f"[{number}/{len(steps)}] {text}" + (f" ({left_s:.0f} s left)" if left_s >= 1 else ""))
        try:
            done.append(step)
            _do(step, target)
        except Failed as error:
            trouble = undo(done, target, say)
            also = f"; could not be undone: {'; '.join(trouble)}" if trouble else "; everything before it was undone"
            raise NotApplied(f"{text}: {error}{also}") from error
    if plan.changes:
        _keep(plan.changes, target)


def verify(wanted: Sequence[Resource], effects: Sequence[Effect], target: Target) -> list[str]:
    """What is still not as it is wanted, in words."""
    return make_plan(wanted, effects, gather(target, wanted)).lines()


def undo(done: Sequence[Change | Effect], target: Target, say: Say) -> list[str]:
    """Files first, the last one first, then the effects that had run, then accounts; what could not be undone, in words."""
    trouble = []
    changes = [step for step in reversed(done) if isinstance(step, Change)]
    files: list[Change | Effect] = [step for step in changes if not isinstance(step.resource, Account)]
    effects = [step for step in reversed(done) if isinstance(step, Effect) and step.undo]
    for step in files + effects + [step for step in changes if step not in files]:
        say(f"undo: {step.text if isinstance(step, Change) else step.id}")
        try:
            if isinstance(step, Change):
                _take_back(step, target)
            else:
                target.run(step.undo)
        except Failed as error:
            trouble.append(f"{step.resource.id if isinstance(step, Change) else step.id} ({error})")
    return trouble


def journal(target: Target) -> tuple[Change, ...]:
    """The changes of the last plan that was applied; none when there was none. Raises Failed."""
    if target.look(JOURNAL) is None:
        return ()
    try:
        document = json.loads(target.read(JOURNAL))
        if document["form"] != FORM:
            raise Failed(f"{JOURNAL} is of another version: roll back with the version that wrote it")
        return tuple(_read(one) for one in document["changes"])
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"{JOURNAL} is damaged: {error}") from error


def rollback(target: Target, effects: Sequence[Effect], say: Say) -> int:
    """Take back the last plan; how many changes those were. Raises NotApplied, Failed."""
    changes = journal(target)
    accounts = [change for change in changes if isinstance(change.resource, Account)]
    trouble = undo([change for change in changes if change not in accounts], target, say)
    touched = {change.resource.id for change in changes}
    made = {change.resource.id for change in changes if change.before is None}
    for effect in effects if target.runs else ():
        again = () if set(effect.after) <= made else effect.command  # of what is gone nothing is told or checked
        if touched & set(effect.after) and (what := effect.undo or again):
            try:
                target.run(what)
            except Failed as error:
                trouble.append(f"{effect.id} ({error})")
    trouble += undo(accounts, target, say)  # nothing runs as them any more
    if trouble:
        raise NotApplied(f"could not be undone: {'; '.join(trouble)}")
    if changes:
        target.remove(JOURNAL)
    return len(changes)


def _do(step: Change | Effect, target: Target) -> None:
    if isinstance(step, Effect):
        target.run(step.command)
        return
    match step.resource:
        case Account(name, home):
            target.add_account(name, home)
        case Folder(path, mode, owner):
            target.make_folder(path, mode, owner)
        case File(path, text, mode, owner):
            target.write(path, text, mode, owner)


def _take_back(step: Change, target: Target) -> None:
    before = step.before
    match step.resource:
        case Account(name, home):
            if target.has_account(name) and target.look(home) is None:  # whose data stay, stays
                target.remove_account(name)
        case Folder(path, _, _) | File(path, _, _, _) if before is None:
            target.remove(path)
        case Folder(path, _, _) if before is not None:
            target.make_folder(path, before.mode, before.owner)
        case File(path, _, _, _) if before is not None:
            target.write(path, before.text or "", before.mode, before.owner)


def _keep(changes: Sequence[Change], target: Target) -> None:
    document = {"form": FORM, "changes": [_written(change) for change in changes]}
    try:
        target.make_folder(JOURNAL.rpartition("/")[0], 0o700, "root")
        target.write(JOURNAL, json.dumps(document, indent=1) + "\n", 0o600, "root")
    except Failed as error:
        raise NotApplied(
            f"everything is done, but {JOURNAL} cannot be written, so nothing can be rolled back: {error}"
        ) from error


def _written(change: Change) -> dict[str, Any]:
    kind = type(change.resource).__name__
    return {"kind": kind, "resource": asdict(change.resource), "before": change.before and asdict(change.before)}


def _read(document: dict[str, Any]) -> Change:
    kinds: dict[str, type[Resource]] = {"Account": Account, "Folder": Folder, "File": File}
    before = document["before"]
    return Change(kinds[document["kind"]](**document["resource"]), None if before is None else Held(**before))
