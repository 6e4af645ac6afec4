"""What each field of a request to the media plane may be: its type and its range, by the field's name."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from media.codecs import voice
from media.plane import far_end, limits
from media.plane.keys import is_key
from media.rtp.address import KNOWN_MAX
from media.rtp.srtp import MKI_SIZE_MAX, Suite

ADDRESS_CHARS_MAX = 45  # IPv6 with IPv4 at its end


def is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limits.name_length_max and value.isprintable()


def is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_number(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_address(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= ADDRESS_CHARS_MAX and _is_address(value)


@lru_cache(KNOWN_MAX)
def _is_address(text: str) -> bool:
    if "%" in text:  # a zone means something on its author's machine only
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_sound(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.startswith(("/", "tone:"))
        and value.isprintable()
        and len(value) <= limits.path_length_max
    )


def is_sounds(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= limits.playlist_max and all(map(is_sound, value))


def is_path(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.startswith("/")
        and value.isprintable()
        and len(value) <= limits.path_length_max
    )


def is_digits(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= limits.digits_max and set(value) <= set("0123456789*#ABCD")


def is_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= limits.claims_max and all(map(is_name, value))


def is_ports(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= limits.kept_ports_max
        and all(is_whole(one, 1, 65535) for one in value)
    )


OF_FIELDS: Mapping[str, Callable[[Any], bool]] = {
    "leg": is_name,
    "family": lambda value: is_whole(value, 4, 6) and value != 5,
    "attendant": is_flag,
    "count": lambda value: is_whole(value, 1, limits.kept_ports_max),
    "left": is_ports,
    "urgent": is_flag,
    "kept": lambda value: value is None or is_whole(value, 1, 65535),
    "room": is_name,
    "mode": lambda value: value in ("on", "masked", "paused"),
    "mute_digits": is_flag,
    "muted": is_flag,
    "deaf": is_flag,
    "whisper_to": lambda value: value is None or is_name(value),
    "a": is_name,
    "b": is_name,
    "token": is_name,
    "address": is_address,
    "signalling_address": is_address,
    "port": lambda value: is_whole(value, 1, 65535),
    "codec": lambda value: isinstance(value, str) and voice.is_available(value),
    "payload_type": lambda value: is_whole(value, 0, 127),
    "dtmf_payload_type": lambda value: value is None or is_whole(value, 0, 127),
    "payload_type_heard": lambda value: value is None or is_whole(value, 0, 127),
    "dtmf_payload_type_heard": lambda value: value is None or is_whole(value, 0, 127),
    "ptime_ms": lambda value: is_whole(value, 10, 60) and value in limits.ptimes_ms,
    "latch": lambda value: value in ("strict", "nat"),
    "send": is_flag,
    "send_silence": is_flag,
    "rtcp_mux": is_flag,
    "rtcp_xr": is_flag,
    "rtcp_address": lambda value: value is None or is_address(value),
    "rtcp_port": lambda value: value is None or is_whole(value, 1, 65535),
    "event_clock_hz": lambda value: value in (8000, 16000, 48000),
    "fec": is_flag,
    "keys_aside": is_flag,
    **far_end.CHECKS,
    "suite": lambda value: isinstance(value, str) and value in Suite.__members__,
    "send_key": is_key,
    "receive_key": is_key,
    "mki_octets": lambda value: is_whole(value, 0, MKI_SIZE_MAX),
    "on": is_flag,
    "loop": is_flag,
    "stop_on_key": is_flag,
    "at_s": lambda value: is_number(value, 0, limits.playlist_max * limits.sound_seconds_max),
    "gain_db": lambda value: is_number(value, limits.gain_db_min, limits.gain_db_max),
    "sounds": is_sounds,
    "path": is_path,
    "kind": lambda value: value in ("call", "voicemail", "room"),
    "seconds_max": lambda value: is_number(value, 0.1, limits.record_seconds_max),
    "silence_s": lambda value: is_number(value, 0, limits.record_seconds_max),
    "digits": is_digits,
    "legs": is_names,
    "linger_s": lambda value: is_number(value, 0, limits.linger_s_max),
    "last": is_flag,
    "seconds": lambda value: value is None or is_number(value, 0.1, 86400),
}
