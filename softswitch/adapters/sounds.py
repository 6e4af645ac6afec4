"""What a prompt name means on this node: names as in `ivr.effects.Play`; a sound file or a tone for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from configdb.snapshot import TenantView
from media.storage.names import BadName, checked
from softswitch.adapters.speaker import Speaker, find_engine

LATER = ("say:", "message:")
"""What is not at hand at once."""

Ready = Callable[[list[str]], None]
Fetch = Callable[[TenantView, str, Callable[[Path | None], None]], None]


class Sounds:
    """Finds the files. `media_root` holds tenants' prompts by media name, `system_root` has a folder a language.

    recordings: where drafts are.  fetch: brings a voice message here, None when it cannot.
    """

    def __init__(self, media_root: Path, system_root: Path, speaker: Speaker, recordings: Path) -> None:
        self._media_root, self._system_root, self._speaker = media_root, system_root, speaker
        self._recordings = recordings
        self.fetch: Fetch = lambda view, media, done: done(None)

    @property
    def status(self) -> str:
        """Who speaks text, for people."""
        return self._speaker.status

    def resolve(self, view: TenantView, prompts: tuple[str, ...], ready: Ready) -> None:
        """Calls `ready` with absolute paths and tone names in order: at once, or when what is to be spoken was spoken.

        A prompt that is not there becomes a beep: a caller never hears nothing.
        """
        found = ["" if name.startswith(LATER) else self._one(view, name) for name in prompts]
        missing = [at for at, name in enumerate(prompts) if name.startswith(LATER)]
        if not missing:
            ready(found)
            return
        left = set(missing)

        def spoken(at: int, path: Path | None) -> None:
            found[at] = str(path) if path is not None else "tone:beep"
            left.discard(at)
            if not left:
                ready(found)

        for at in missing:
            kind, rest = prompts[at].split(":", 1)
            if kind == "message":
                self.fetch(view, rest, partial(spoken, at))
            else:
                language, text = rest.split(":", 1)
                self._speaker.speak(language, text, partial(spoken, at))

    def _one(self, view: TenantView, name: str) -> str:
        kind, _, rest = name.partition(":")
        match kind:
            case "tone":
                return name
            case "draft":
                path: Path | None = self._recordings / f"{Path(rest).name}.wav"
            case "sound":
                language, slash, other = rest.partition("/")
                path = self._system(language, other) if slash else self._system(view.tenant.language, rest)
            case _:
                path = self._prompt(view, rest)
        return str(path) if path is not None and path.is_file() else "tone:beep"

    def _prompt(self, view: TenantView, id: str) -> Path | None:
        """A prompt of the tenant; one whose name leads to what is not the tenant's is none."""
        prompt = view.prompts.get(id)
        try:
            name = checked(prompt.media) if prompt is not None else ""
        except BadName:
            return None
        return self._media_root / name if name.startswith(f"{view.tenant.id}/") else None

    def _system(self, language: str, name: str) -> Path | None:
        for folder in (language, "en"):
            path = self._system_root / folder / f"{name}.wav"
            if path.is_file():
                return path
        return None


def sounds_of(reactor: Any, data: Path) -> Sounds:
    """The sounds of a node, spoken by the engine of this machine."""
    return Sounds(
        data / "media", data / "prompts", Speaker(reactor, data / "speech", find_engine()), data / "recordings"
    )
