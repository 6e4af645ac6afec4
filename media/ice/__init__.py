"""Ways to far ends that are found by trying them (pure): ICE for one stream on one port (RFC 8445), and what protects it.

    stun       messages and their integrity (RFC 8489)
    candidates where a far end may be
    check      one check, and when it is sent again
    agent      checks, nomination, consent: datagrams and time in, datagrams out
    dtls       the handshake that gives SRTP its keys (RFC 5764), in memory

May import: media.rtp.
"""
