"""Sets a node up: what it seeds (demo tenant, prompts) and how it is checked.

Reading order: `demo_tenant` (the documents of Riverside Dental), `seed` (writes them), `prompts` (what the system says
and who speaks it), `self_signed` (a certificate until there is a better one), `doctor` (is this node fit to answer the phone).

May import: `configdb`, `history`, `media`, `ivr`.
"""
