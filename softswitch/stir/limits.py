"""Limits of signed identities."""

TOKEN_CHARS_MAX = 8_192
"""A PASSporT: all of it stands in one header line."""

IDENTITIES_MAX = 4
"""Identity fields of one request that are looked at."""

FRESH_S_MAX = 60
"""How far `iat` and Date may be from now, either way (RFC 8224 6.2 recommends a minute)."""

DESTINATIONS_MAX = 16
CHAIN_BYTES_MAX = 10_240
CHAIN_CERTIFICATES_MAX = 5
AUTHORITY_ENTRIES_MAX = 1_000

CACHED_MAX = 1_000
"""Certificate chains held, and failures to fetch one."""

CACHED_S_MAX = 3_600.0
NEGATIVE_S_MAX = 60.0
