"""Limits of signed identities."""

TOKEN_CHARS_MAX = 8_192
"""A PASSporT: all of it stands in one header line."""

IDENTITIES_MAX = 6
"""Identity fields of one request that are looked at: who calls, and who sent the call on."""

FRESH_S_MAX = 60
"""How far `iat` and Date may be from now, either way (RFC 8224 6.2 recommends a minute)."""

DIVERTED_S_MAX = 180
"""How old the token of a call may be that was sent on since, by somebody who signed that: it rang so long (RFC 8946 4.2)."""

DESTINATIONS_MAX = 16
CHAIN_BYTES_MAX = 10_240
CHAIN_CERTIFICATES_MAX = 5
LIST_BYTES_MAX = 262_144
LISTS_MAX = 4
LISTS_CACHED_MAX = 20
"""Revocation lists: how long, how many of one chain are asked for, and how many are held."""

AUTHORITY_ENTRIES_MAX = 1_000

CACHED_MAX = 1_000
"""Certificate chains held, and failures to fetch one."""

CACHED_S_MAX = 3_600.0
NEGATIVE_S_MAX = 60.0
