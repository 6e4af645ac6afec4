"""Sets a node up: what it seeds (demo tenant, prompts) and how it is checked.

Reading order: `demo_tenant` (the documents of Riverside Dental), `seed` (writes them), `prompts` (what the system says
and who speaks it), `voice_pack` (people who recorded it), `self_signed` (a certificate until there is a better one), `doctor` and
`probes` (is this node fit to answer the phone); `site` (what an operator wants of a machine), `steps` (what that means), `target`
and `facts` (what is there), `plan`, `apply`, `main` (`softswitch-install`); `migrate`, `backup`, `support`, `offline` and `sbom`.

May import: `configdb`, `history`, `media`, `ivr`.
"""
