"""What the sound itself tells: one idea a file, each a pure function of samples in -1..1 with units and thresholds.

Reading order: `frames` (the grid, runs), `defect` (what is found), `active_level` (ITU-T P.56), `activity` (speech or not),
`noise`, `silence`; faults of one direction: `clipping`, `offset`, `hum`, `dropouts`, `robotic`, `clicks`, `laws`, `tones`,
`keys`; of two directions: `dead`, `echo`, `double_talk`, `balance`; `analysis` (all of it over a recording).
May import: `quality`, `media.codecs.g711`.
"""
