"""Limits of ICE and DTLS: what a far end can make us remember, send and wait for."""

from __future__ import annotations

candidates_max = 16
"""Of a far end's description that are tried."""

pairs_max = 32
"""With those that were learnt from its checks."""

stun_size_max = 1280
attributes_max = 32
username_size_max = 513
"""RFC 8489 14.3."""

outstanding_max = 64
"""Requests whose answers are still waited for."""

setup_s_max = 30.0
"""From the first authentic word of the far end to a way that works, and from there to its keys."""

handshake_datagrams_max = 200
datagram_size_max = 1200
"""Of DTLS: what every path takes in one piece."""

fingerprints_max = 8
