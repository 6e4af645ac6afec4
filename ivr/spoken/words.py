"""The few phrases that nodes make themselves, by language."""

from __future__ import annotations

FOR_PRESS = {
    "en": "For {name}, press {key}.",
    "ru": "{name}: нажмите {key}.",
    "es": "Para {name}, marque {key}.",
}
