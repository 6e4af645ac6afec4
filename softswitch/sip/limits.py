"""Limits of the SIP message side, in one place: everything a peer sends is bounded before it costs anything."""

MESSAGE_BYTES_MAX = 65_535
"""A whole message: the largest UDP payload; the same bound holds on streams (RFC 3261 18.1.1)."""

HEAD_BYTES_MAX = 32_768
"""Start line and headers together."""

HEADER_COUNT_MAX = 256
HEADER_LINE_MAX = 8_192
URI_MAX = 2_048
VALUES_MAX = 128
"""Values of one comma-separated header (Via, Route, Contact ...)."""

PARAMETERS_MAX = 64
CSEQ_MAX = 2**31 - 1
MAX_FORWARDS_MAX = 255
EXPIRES_S_MAX = 2**32 - 1
COUNT_MAX = 2**32 - 1
"""A number in a header without a bound of its own."""

RSEQ_MAX = 2**32 - 1
DIVERSIONS_MAX = 999
REG_ID_MAX = 2**31 - 1
FLOW_TIMER_S_MAX = 2**32 - 1
COMMENT_DEPTH_MAX = 16
"""Comments in comments (RFC 3261 25.1)."""

KEEP_ALIVE_BYTES_MAX = 1_024
"""Line ends between messages on a stream, without a message (RFC 5626 3.5.1 pings are 4 bytes)."""

PARTS_MAX = 16
"""Parts of one multipart body; nested ones count anew, to the depth below."""

PART_HEADERS_MAX = 32
MULTIPART_DEPTH_MAX = 3
BOUNDARY_MAX = 70
"""RFC 2046 5.1.1."""

SDP_BYTES_MAX = 16_384
SDP_LINES_MAX = 512
SDP_MEDIA_MAX = 16

CONTACTS_PER_USER_MAX = 10
USER_AGENT_CHARS_MAX = 120
"""Of the User-Agent of a phone that is kept with its registration."""

NONCE_LIFE_S = 60
NONCES_TRACKED_MAX = 20_000
CREDENTIAL_CHARS_MAX = 512
"""One parameter of a digest challenge or answer (its uri: URI_MAX)."""

RSEQ_FIRST_MAX = 2**31 - 1
"""The first RSeq of a request is chosen below it, so that the numbers never wrap (RFC 3262 3)."""

RELIABLE_WAITING_MAX = 8
"""Reliable provisional answers that wait for the PRACK of the one before; more are not sent."""

SESSION_INTERVAL_S_MIN = 90
"""No session is refreshed more often than this asks for (RFC 4028 4)."""

INTERVAL_TRIES_MAX = 3
"""How often a 422 makes us ask again with a longer session interval."""

DEMANDS_MAX = 1_000
"""Servers whose overload demands are remembered (RFC 7339 5.4)."""

TARGETS_MAX = 8
"""Addresses tried for one request, and services or servers of a name that are looked at (RFC 3263)."""

STUN_BYTES_MAX = 548
"""A STUN request, as RFC 5389 7.1 bounds it where the path is unknown."""

REASON_TEXT_CHARS_MAX = 80
"""Of the words of a Reason that are kept and passed on."""

PATH_VALUES_MAX = 10
"""Proxies between a phone and its registrar (RFC 3327)."""

NOTIFY_RETRY_S_MAX = 60
"""A subscriber that asks for more time than this after a NOTIFY is given up."""

KEPT_VALUES_MAX = 2_048
KEPT_CHARS_MAX = 256
"""Parsed values of one kind that are remembered, and how long their text may be (`kept`)."""

FORMATS_KEPT_MAX = 128
"""Lists of codecs that are remembered: what telephones of one make offer."""

REFER_S_MAX = 600
"""How long the sender of a REFER is told how the call goes on."""

REFERS_MAX = 4
"""REFERs of one dialog that are still told of."""

CRYPTO_LINES_MAX = 16
"""Of a=crypto that are read of one stream."""

ICE_CANDIDATES_MAX = 16
"""Of a stream that are tried (RFC 8839 5.1)."""

FINGERPRINTS_MAX = 8
"""Of a stream's certificates (RFC 8122 5)."""

CRYPTO_MKI_OCTETS_MAX = 128
"""Of the MKI in every packet (RFC 4568 6.1)."""
