"""What the node itself says to callers: names and words for flows ("sound:goodbye"), whose voice it is, and the sound."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from media.storage.stock import Stock
from media.storage.store import Stat
from mgmt.access.scope import Scope
from mgmt.context import Context
from mgmt.http.errors import not_found
from mgmt.usecases.redact import Document


def listed(context: Context, scope: Scope, language: str | None) -> Document:
    """`{language, languages, voice, data}`: of the company's own language when none is named. Raises Problem 404."""
    stock = Stock(context.settings.data_dir)
    languages = stock.languages()
    if language is None:
        own = context.config.directory.tenants[scope.tenant].tenant.language.partition("-")[0]
        language = own if own in languages else "en"
    elif language not in languages:
        raise not_found("language")
    voice = stock.voice(language)
    about = {name: value for name, value in asdict(voice).items() if name != "words"} if voice is not None else None
    sounds = [asdict(one) for one in stock.sounds(language)]
    return {"language": language, "languages": languages, "voice": about, "data": sounds}


def sound(context: Context, language: str, name: str) -> tuple[Stat, bytes]:
    """What calls play. Raises Problem 404."""
    path = Stock(context.settings.data_dir).path(language, name)
    if path is None:
        raise not_found("sound")
    content = path.read_bytes()
    return Stat(name, len(content), hashlib.sha256(content).hexdigest(), "audio/wav", {}), content
