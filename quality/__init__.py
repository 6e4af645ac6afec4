"""How a call sounded, as numbers: pure functions of arrays and counts (numpy, scipy).

Reading order: `emodel` (ITU-T G.107), `bands` (wide and full band), `codecs` (G.113 impairments), `loss` (RFC 3611 bursts),
`jitter` (RFC 3550), `window` (the score of a few seconds), `recency` (what is remembered of them), `level` (dBov); then
`signal` (what the sound itself tells). May import: `media.codecs.g711`.
"""
