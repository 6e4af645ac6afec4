"""Limits of what is remembered about peers, and of what a stranger may do."""

DIGEST_FAILURES_MAX = 20
"""Wrong answers to our own challenges from one source within the window, by several users: then the source is banned."""

USER_FAILURES_MAX = 8
"""Wrong answers of one user from one source within the window: then this user is not believed from there for a time."""

USER_TRIES_MAX = 10
"""Answers in the name of a banned user, faster than one a second, from a source that never proved any: it is banned."""

USERS_FAILED_MIN = 3
"""So many users must have failed before their whole source (an office behind a NAT, perhaps) is banned."""

USERS_PER_SOURCE_MAX = 256
DIGEST_WINDOW_S = 600
PROVEN_S = 7_200
"""So long a right password speaks for its source: longer than the usual registration."""

BAN_S = 3_600
USER_BAN_S = 300
SOURCES_MAX = 10_000
"""Sources watched, bans held, sources with a rate, at once: the oldest gives way."""

CALLER_CHARS_MAX = 128
"""Of a From, where phones are remembered by it."""

NAME_CHARS_MAX = 80
NUMBER_CHARS_MAX = 128
"""A caller's name: what is longer is cut."""

CROSSING_VALUES_MAX = 4
CROSSING_CHARS_MAX = 512
"""Of one header that crosses from leg to leg: values, and characters of each; more do not cross."""

SHARES_MAX = 1_000
"""Sources of calls between which an overloaded node shares fairly; the rest share as one."""

BURST_S = 5
"""A source may ask at once what it may ask in so many seconds."""

MESSAGES_PER_S_MAX = 2.0
MESSAGES_BURST_MAX = 20
WRITERS_MAX = 20_000
"""Devices whose messages are counted."""

PARDON_S = 600.0
"""How long a banned source is listened to after it began an emergency call: that call, and the call back."""

PARDON_GAP_S = 10.0
"""A banned source gets no second pardon sooner: each is good for one wrong password."""

RETRY_AFTER_S_MAX = 300
"""The longest that a carrier's Retry-After takes a gateway out, or puts our REGISTER off."""

UNASKED_REST_S = 60.0
"""How long a gateway rests that failed and gets no OPTIONS which could tell that it is well again."""

REGISTER_EXPIRES_S_MAX = 86_400
"""The longest life of a registration of ours, whatever a carrier asks for or grants."""

HEARD_KEPT_S = 1_200.0
HEARD_TRUNKS_MAX, HEARD_STEPS_MAX = 10_000, 10
"""What is believed of how trunks sound: for so long after it was told, of so many, and so many places back at most."""

DIVERTED_MAX = 5
"""How often a call may be diverted before it counts as going in circles."""
