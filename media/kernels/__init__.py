"""The packet loop in C (`_loop`, abi3): sockets, latching, relay, play, record and statistics of all legs of a worker.

layout.h            the tables and records shared with Python
module.c, loop.h    the extension and its loop; tick.c, wheel.c what happens when; memory.c its tables
receive.c, transmit.c, rtp.c, address.h, aside.c, latch.c, heard.c, stats.c, pace.c, burst.c, level.c, dtmf.c, fax.c, play.c,
                    record.c, save.c, g711.c: one matter each
playout.c, jitter.c, conceal.c, comfort.c   what a listener hears of packets that come unevenly, or not at all
voice.c, g722.c, opus.c   legs that speak something else than G.711; Opus with the libopus that is found at run time
srtp.c, crypto.c    SRTP, with the libcrypto that is found at run time
reference.py        the same small functions in Python, for the tests that hold both together
"""
