"""Limits of what is remembered about peers."""

DIGEST_FAILURES_MAX = 20
"""Wrong answers to our own challenges from one source within the window: then it is banned."""

DIGEST_WINDOW_S = 600
BAN_S = 3_600
SOURCES_MAX = 10_000
"""Sources watched, and bans held, at once: the oldest gives way."""

NAME_CHARS_MAX = 80
"""A caller's name: what is longer is cut."""

CROSSING_VALUES_MAX = 4
CROSSING_CHARS_MAX = 512
"""Of one header that crosses from leg to leg: values, and characters of each; more do not cross."""
