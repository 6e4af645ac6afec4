"""Sound at rest: where finished recordings, voicemails and prompts are kept.

Reading order: `names` (safe names), `store` (the interface), `local` (a directory), `azure`, `tiered` (one,
then the other), `sealed` (under a tenant's key), `coded` and `packed` (in fewer bytes, and in other forms);
`stock` (the node's own sounds, and whose voice they have). May import: `media`.
"""
