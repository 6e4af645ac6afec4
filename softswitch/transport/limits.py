"""Limits of the transport, in one place: everything a peer can make us hold is bounded."""

UDP_RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
"""Asked of the kernel: its default holds about a hundred messages."""

DATAGRAM_BYTES_MAX = 65_536
"""One more than the largest UDP payload, so that no datagram is cut without notice."""

TRANSACTIONS_MAX = 20_000
"""Live server transactions; beyond it new work outside dialogs is answered 503."""

TRANSACTIONS_HARD_MAX = 2
"""That many times `TRANSACTIONS_MAX` nothing more is held, requests in (pretended) dialogs and CANCEL included."""

RETRY_AFTER_S_MIN = 1
RETRY_AFTER_S_MAX = 10
"""Range of the random Retry-After of such a 503: spread, and never minutes."""

FORKS_MAX = 16
"""Different To tags of 2xx to one INVITE that are still acknowledged."""

CONNECTIONS_MAX = 5_000
CONNECTIONS_PER_HOST_MAX = 200
CONNECT_S_MAX = 10.0
FIRST_MESSAGE_S_MAX = 10.0
"""From the accept of a connection to its first whole message."""

PARTIAL_MESSAGE_S_MAX = 10.0
"""From a read that completes no message to one that does."""

IDLE_S_MAX = 3_700.0
"""Without any message or keep-alive: longer than the usual registration of 3,600 s, which may be all a phone sends."""

STALLED_WRITE_S_MAX = 10.0
"""How long a peer may leave our bytes unread."""

ADDRESSES_MAX = 4
"""Addresses of one name that are tried in turn."""

LOST_FLOW_S = 4.0
"""How long the far end of an answered leg may take to come back on a new connection before it is asked for."""

NAMES_MAX = 1_024
"""Host names held by the resolver."""

NAME_S_MAX = 60.0
NAME_NEGATIVE_S_MAX = 10.0
WAITERS_MAX = 1_000
"""Who may wait for one name or one connection."""

TRACE_CALLS_MAX = 2_000
TRACE_OTHERS_MAX = 500
"""Call-IDs held that did not begin with an INVITE (REGISTER, OPTIONS ...)."""

TRACE_BYTES_MAX = 32 * 1024 * 1024
TRACE_CALL_BYTES_MAX = 256 * 1024
TRACE_MESSAGE_BYTES_MAX = 16 * 1024
TRACE_MALFORMED_MAX = 100
"""The last malformed messages, of which many have no Call-ID."""

CREDENTIAL_TRIES_MAX = 2
"""How often a challenged request is sent again with credentials."""

GLARE_TRIES_MAX = 5
SETTLE_S = 2.0
"""How long the end of a leg waits for the far end's last answer before it is reported anyway."""

PROVISIONAL_REFRESH_S = 60.0
"""A long ringing is repeated so often, lest proxies give up (RFC 3261 13.3.1.1)."""
