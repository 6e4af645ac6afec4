"""How good some seconds sounded: one estimate from sound and packets together, with how sure it is.

Reading order: `features` (what is looked at), `trees` (the model), `estimate` (the opinion). `trees.json` holds the coefficients;
`tests/quality/lab` makes them anew, and says how right they are. May import: `quality`, `media.codecs.g711`.
"""
