"""record_prompt: somebody of the house records a prompt by telephone, hears it, and keeps it or not."""

from __future__ import annotations

from typing import ClassVar, Literal

from configdb.model import Id
from ivr.effects import KeepPrompt
from ivr.events import Changed, Event, PlayDone
from ivr.mailbox.draft import Draft
from ivr.nodes.base import Node
from ivr.talk import Talk


class RecordPrompt(Node):
    """Made by a feature code. Callers hear what is kept from their next call on."""

    title: ClassVar[str] = "Record a prompt"
    waits: ClassVar[bool] = True
    drawn: ClassVar[bool] = False

    kind: Literal["record_prompt"] = "record_prompt"
    prompt: Id

    def enter(self, talk: Talk) -> None:
        talk.take("prompt.record", f"Record the prompt {self.prompt}", prompt=self.prompt)
        talk.memory["draft"] = draft = Draft(has_standard=False)
        draft.begin(talk)

    def hear(self, event: Event, talk: Talk) -> None:
        draft: Draft = talk.memory["draft"]
        match event:
            case Changed(problem) if talk.memory.get("waits"):
                if problem:
                    text = f"The prompt was not kept: {problem}"
                    talk.take("prompt.failed", text, prompt=self.prompt, problem=problem)
                else:
                    talk.take("prompt.kept", "The prompt is in use", prompt=self.prompt)
                talk.memory["bye"] = talk.play(("sound:vm-failed" if problem else "sound:vm-kept",))
            case PlayDone(token) if token == talk.memory.get("bye"):
                talk.hang_up()
            case _:
                was_over = draft.over
                draft.hear(event, talk)
                if draft.over and not was_over:
                    self._decided(draft, talk)

    def _decided(self, draft: Draft, talk: Talk) -> None:
        if draft.kept is None:
            talk.memory["bye"] = talk.play(("sound:goodbye",))
            return
        talk.memory["waits"] = True
        talk.ask(KeepPrompt(self.prompt, draft.kept))

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("prompt", self.prompt),)
