"""Sound at rest: where finished recordings, voicemails and prompts are kept.

Reading order: `names` (safe names), `store` (the interface), `local` (a directory). May import: `media`.
"""
