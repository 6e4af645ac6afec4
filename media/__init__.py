"""The media plane and everything that is sound: a process of its own (`media.plane`), pure parts, and where sound is kept.

    rtp       packets, latching rule, sequence and jitter, RFC 4733 events: pure, the reference of the C loop
    codecs    G.711, G.722, Opus and L16
    ice       ways to far ends that are found by trying, and the handshake that gives SRTP its keys: without I/O
    audio     WAV, tones, levels, peaks, resampling, rooms: pure
    kernels   the packet loop in C, without the GIL, and its layout
    plane     the worker process: commands in, events out, recordings
    storage   where finished sound is kept, by name

May import nothing of ours.
"""
