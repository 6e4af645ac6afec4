"""What a prompt name means on this node: "prompt:<id>" of the tenant, "sound:<name>" of the system, "tone:<name>"."""

from __future__ import annotations

from pathlib import Path

from configdb.snapshot import TenantView


class Sounds:
    """Finds the files. `media_root` holds tenants' prompts by media name, `system_root` has a folder a language."""

    def __init__(self, media_root: Path, system_root: Path) -> None:
        self._media_root, self._system_root = media_root, system_root

    def resolve(self, view: TenantView, prompts: tuple[str, ...]) -> list[str]:
        """Absolute paths and tone names, in order. A prompt that is not there becomes a beep: a caller never hears nothing."""
        return [self._one(view, name) for name in prompts]

    def _one(self, view: TenantView, name: str) -> str:
        kind, _, rest = name.partition(":")
        match kind:
            case "tone":
                return name
            case "sound":
                path = self._system(view.tenant.language, rest)
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
