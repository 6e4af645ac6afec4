"""What a prompt name means on this node: names as in `ivr.effects.Play`; a sound file or a tone for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from configdb.snapshot import TenantView
from media.audio.tones import national
from media.storage.names import BadName, checked, name_of
from media.storage.stock import Stock
from softswitch.adapters.speaker import Speaker, find_engine

BEEP = "tone:beep"
"""What is heard instead of a prompt that is not there."""

Ready = Callable[[list[str]], None]
Later = Callable[[Callable[[Path | None], None]], None]
"""What is not at hand at once: is given who waits for it."""


class Sounds:
    """Finds the files in a data directory: tenants' prompts by media name, the node's own (`Stock`), drafts.

    fetch(name, done): brings a medium from the store or another node, None when it cannot.
    """

    def __init__(self, data: Path, speaker: Speaker) -> None:
        self._media_root, self._recordings, self._stock = data / "media", data / "recordings", Stock(data)
        self._speaker = speaker
        self.fetch: Callable[[str, Callable[[Path | None], None]], None] = lambda name, done: done(None)

    @property
    def status(self) -> dict[str, Any]:
        """Who speaks text (`Speaker.status`)."""
        return self._speaker.status

    def resolve(self, view: TenantView, prompts: tuple[str, ...], ready: Ready) -> None:
        """Calls `ready` with absolute paths and tone names in order: at once, or when what is to be spoken was spoken.

        A prompt that is not there becomes a beep: a caller never hears nothing.
        """
        found, later = list[str](), dict[int, Later]()
        for at, name in enumerate(prompts):
            one = self._one(view, name)
            found.append(one if isinstance(one, str) else BEEP)
            if not isinstance(one, str):
                later[at] = one
        left = set(later)

        def come(at: int, path: Path | None) -> None:
            found[at] = str(path) if path is not None else BEEP
            left.discard(at)
            if not left:
                ready(found)

        if not later:
            ready(found)
        for at, bring in later.items():
            bring(partial(come, at))

    def _one(self, view: TenantView, name: str) -> str | Later:
        """A path or tone, or who brings it."""
        kind, _, rest = name.partition(":")
        match kind:
            case "tone":
                return f"tone:{national(rest, view.tenant.country)}"
            case "say":
                language, _, text = rest.partition(":")
                return partial(self._speaker.speak, language, text)
            case "message":
                return self._medium(view, partial(name_of, view.tenant.id, rest), sealed=True)
            case "draft":
                path: Path | None = self._recordings / f"{Path(rest).name}.wav"
            case "sound":
                language, slash, other = rest.partition("/")
                path = self._stock.path(language, other) if slash else self._stock.path(view.tenant.language, rest)
            case _:
                prompt = view.prompts.get(rest)
                return BEEP if prompt is None else self._medium(view, partial(checked, prompt.media))
        return str(path) if path is not None and path.is_file() else BEEP

    def _medium(self, view: TenantView, named: Callable[[], str], sealed: bool = False) -> str | Later:
        """A medium of the tenant; one whose name leads elsewhere is none. sealed: it is never played as it lies."""
        try:
            name = named()
        except BadName:
            return BEEP
        if not name.startswith(f"{view.tenant.id}/"):
            return BEEP
        path = self._media_root / name
        return str(path) if not sealed and path.is_file() else partial(self.fetch, name)


def sounds_of(reactor: Any, data: Path, speaker: Path | None) -> Sounds:
    """The sounds of a node, spoken by the operator's `speaker` or the engine of this machine."""
    return Sounds(data, Speaker(reactor, data / "speech", find_engine(speaker)))
