"""How a call sounded, as numbers: pure functions of arrays and counts (numpy).

    emodel, bands, codecs     ITU-T G.107, its wide and full band, impairments of G.113
    loss, jitter, level       RFC 3611 bursts, RFC 3550 jitter, dBov
    window, recency           the score of a few seconds; what is remembered of them
    signal                    what the sound itself tells
    opinion                   one MOS of sound and packets, with how sure it is
    recording                 a whole recording judged in one pass
    blame                     who it was, score cards, alarms
    pictures                  SVG, PNG and HTML of all that
    words                     faults in English and Russian

May import: `media.codecs.g711`.
"""
