"""What a prompt name means on this node: names as in `ivr.effects.Play`; a sound file or a tone for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from configdb.snapshot import TenantView
from softswitch.adapters.speaker import Speaker, find_engine

Ready = Callable[[list[str]], None]


class Sounds:
    """Finds the files. `media_root` holds tenants' prompts by media name, `system_root` has a folder a language."""

    def __init__(self, media_root: Path, system_root: Path, speaker: Speaker) -> None:
        self._media_root, self._system_root, self._speaker = media_root, system_root, speaker

    @property
    def status(self) -> str:
        """Who speaks text, for people."""
        return self._speaker.status

    def resolve(self, view: TenantView, prompts: tuple[str, ...], ready: Ready) -> None:
        """Calls `ready` with absolute paths and tone names in order: at once, or when what is to be spoken was spoken.

        A prompt that is not there becomes a beep: a caller never hears nothing.
        """
        found = ["" if name.startswith("say:") else self._one(view, name) for name in prompts]
        missing = [at for at, name in enumerate(prompts) if name.startswith("say:")]
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
            _, language, text = prompts[at].split(":", 2)
            self._speaker.speak(language, text, partial(spoken, at))

    def _one(self, view: TenantView, name: str) -> str:
        kind, _, rest = name.partition(":")
        match kind:
            case "tone":
                return name
            case "sound":
                language, slash, other = rest.partition("/")
                path = self._system(language, other) if slash else self._system(view.tenant.language, rest)
            case _:
                prompt = view.prompts.get(rest)
                path = self._media_root / prompt.media if prompt is not None else None
        return str(path) if path is not None and path.is_file() else "tone:beep"

    def _system(self, language: str, name: str) -> Path | None:
        for folder in (language, "en"):
            path = self._system_root / folder / f"{name}.wav"
            if path.is_file():
                return path
        return None


def sounds_of(reactor: Any, data: Path) -> Sounds:
    """The sounds of a node, spoken by the engine of this machine."""
    return Sounds(data / "media", data / "prompts", Speaker(reactor, data / "speech", find_engine()))
