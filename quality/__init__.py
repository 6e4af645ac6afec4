"""How a call sounded, as numbers: pure functions of arrays and counts (numpy, scipy).

Reading order: `emodel` (ITU-T G.107), `codecs` (G.113 impairments), `loss` (RFC 3611 bursts), `jitter` (RFC 3550), `level`
(dBov), `window` (the score of a few seconds). May import: nothing of ours.
"""
