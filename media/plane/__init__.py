"""The media worker: `python -m media.plane`, commanded over a unix socket, telling what happens as events.

    client, commands, events   what the switch uses: requests with Deferreds, frozen values
    lines                      JSON objects over the unix socket between the two
    server, worker, legs       the process: connection, commands performed, its legs and ports
    orphans                    legs that outlive their client for a while
    player, rooms, recordings  plays of its legs, rooms they sit in, which recording is whose
    engine                     what drives packets: `loop` (C) or `engine_numpy` (its twin), one contract suite
    records, arena             the binary records and sound memory that both engines share
    stream, outlet             one leg of the numpy engine: what it hears, what its far end hears
    tape, tally                what that leg plays, records and counts
    recorder, recording, saving, wavfile
                               recordings on disk; `saving`: those that the engine saves by itself
    figures, reports           from running figures of one leg to its totals and RTCP; leg_rtcp, rtcp_port, asides: its way
    columns, windows, reporting, rounds
                               the same of all legs that are due, at once: windows of five seconds, RTCP
    protection, rtc            what protects the media of legs: keys that came, or ICE and DTLS beside RTP
    ports, destination, keys, far_end, limits

May import: media.rtp, media.ice, media.codecs, media.audio, media.kernels.
"""
