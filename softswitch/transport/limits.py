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
"""Of all stream transports together."""

CONNECTIONS_PER_PLACE_MAX = 1_000
"""From one IPv4 address or IPv6 /64: an office behind NAT, or a carrier, may have many."""

BACKLOG_MAX = 512
"""Connections that wait to be accepted."""

CONNECT_S_MAX = 10.0
STREAM_TRY_S_MAX = 2.0
"""How long a request too large for UDP waits for a connection before it goes by UDP all the same."""

STREAM_REFUSED_S = 300.0
"""How long it is remembered that a UDP target takes no connections."""

UDP_REQUEST_BYTES_MAX = 1_300
"""A larger request goes over a stream when the target takes one (RFC 3261 18.1.1)."""

HANDSHAKE_S_MAX = 10.0
"""For a TLS handshake."""

FIRST_MESSAGE_S_MAX = 10.0
"""From the accept of a connection (or its TLS handshake) to its first whole message, or the WebSocket opening."""

PARTIAL_MESSAGE_S_MAX = 10.0
"""From a read that completes no message to one that does."""

IDLE_S_MAX = 3_700.0
"""Without any message or keep-alive: longer than the usual registration of 3,600 s, which may be all a phone sends."""

FLOW_GRACE_S = 15.0
"""How much later than promised a keep-alive may come before the connection is given up (RFC 5626 5.4)."""

HALF_CLOSED_S_MAX = 1.0
"""How long a peer that has ended its side right after a request may wait for the answer."""

STALLED_WRITE_S_MAX = 10.0
"""How long a peer may leave our bytes unread."""

UNREAD_BYTES_MAX = 1024 * 1024
"""How much is kept for a peer that does not read, beyond what the system's own buffers take."""

ALIASES_MAX = 8
"""Addresses under which one connection is found (RFC 5923)."""

PINGS_MAX = 10_000
"""Keep-alives over UDP whose answers are still looked for."""

PONG_S_MAX = 10.0
"""How long an answer to a keep-alive may take (RFC 5626 4.4.1)."""

HANDSHAKE_BYTES_MAX = 8_192
"""The head of a WebSocket opening request."""

WEBSOCKET_FRAMES_MAX = 64
"""Fragments of one WebSocket message, and pings between two reads that complete a message."""

DATAGRAMS_A_TURN_MAX = 256
READ_S_MAX = 0.01
"""Datagrams read, and time spent on them, before timers and connections get their turn."""

DATAGRAMS_AHEAD_MAX = 16
"""Datagrams out of the socket that wait for those before them."""

WAITED_S_MAX = 60.0
"""A datagram that seems to have waited longer for us has not: the wall clock was set."""

DEAD_TARGET_S = 30.0
"""How long a target that did not serve comes last (RFC 3263 4.3)."""

SILENT_S = 3.0
"""A target that says nothing at all for so long when a call is given up did not serve (an INVITE gets its 100 in 0.2 s)."""

DEAD_TARGET_S_MAX = 300.0
"""The longest Retry-After of a 503 that is remembered (RFC 3261 21.5.4)."""

DEAD_TARGETS_MAX = 1_024

LOCATE_S_MAX = 20.0
"""How long the questions for one destination may take together."""

LOST_FLOW_S = 4.0, 56.0
"""How long the far end of an answered leg may take to come back on a new connection before it is asked for, and before that
is done once more: a phone all of whose connections failed tries again after 15 to 60 s (RFC 5626 4.5)."""

WAY_BACK_S = (600.0,)
"""The same for one whose connection we broke: a phone whose first try is refused tries again after 30 s (RFC 5626 4.5) to 300 s
(pjsua). The two hear each other meanwhile; one who is silent is given up by the media plane long before."""

NAMES_MAX = 4_096
"""Answers held by the resolver."""

DNS_TIMEOUTS_S = (1, 2, 4)
"""How long each try of a question waits for its answer."""

NAME_S_MIN = 5.0
NAME_S_MAX = 3_600.0
"""Range of the life of an answer, whatever its TTL says: a TTL of 0 must not ask for each call."""

NAME_NEGATIVE_S_MAX = 60.0
"""Longest life of "there is none", from the SOA record (RFC 2308)."""

NAME_FAILED_S = 5.0
"""How long a server that did not answer is not asked again for the same name."""
WAITERS_MAX = 1_000
"""Who may wait for one name or one connection."""

TRACE_CALLS_MAX = 2_000
TRACE_OTHERS_MAX = 500
"""Call-IDs held that did not begin with an INVITE (REGISTER, OPTIONS ...)."""

TRACE_BYTES_MAX = 32 * 1024 * 1024
TRACE_CALL_BYTES_MAX = 256 * 1024
TRACE_MESSAGE_BYTES_MAX = 16 * 1024
HEP_WAITING_MAX = 2_000
HEP_CALLS_MAX = 10_000
HEP_CONNECTION_BYTES_MAX = 1024 * 1024
"""Messages on their way to the capture server, calls whose legs are known to it, bytes it may leave unread."""

TRACE_MALFORMED_MAX = 100
"""The last malformed messages, of which many have no Call-ID."""

CREDENTIAL_TRIES_MAX = 2
"""How often a challenged request is sent again with credentials."""

GLARE_TRIES_MAX = 5
SETTLE_S = 2.0
"""How long the end of a leg waits for the far end's last answer before it is reported anyway."""

PROVISIONAL_REFRESH_S = 60.0
"""A long ringing is repeated so often, lest proxies give up (RFC 3261 13.3.1.1)."""

ENDED_DIALOGS_MAX = 1_024
"""Dialogs that are remembered when they are over: who wants to replace one is told so (RFC 3891 3)."""

CHANGES_BURST_MAX = 20
CHANGES_PER_S_MAX = 5.0
"""Re-INVITE and UPDATE of one far end: hold and back is two, a phone that settles codecs, direction and timer a handful."""

KEYS_BURST_MAX = 64
KEYS_PER_S_MAX = 20.0
"""INFO of one far end: a number that a phone has stored comes at once, fingers are slower."""

TRANSFERS_BURST_MAX = 10
TRANSFERS_PER_S_MAX = 0.5
"""REFER of one far end, and SUBSCRIBE to what became of it."""

INFO_WAITING_MAX = 32
"""INFO requests of one session that wait for the answer to the one before."""
