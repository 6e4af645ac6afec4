"""Who may come in, and what they may do then: people, their programs and telephones, and strangers on web sites.

passwords, strength, attempts   argon2id; what is easy to guess; the brute-force limit
once, proofs, totp, oidc        what holds once; signed links to come in with; codes of an app; an OpenID provider
sessions, nodes                 of browsers; known at every node of a cluster
tokens, apps, dpop              of programs for their key; of apps on telephones, which prove their key
ways_in, api_keys, visitors     what people and programs come in with; strangers: one-time tokens, how often
rights, auth, scope, pace       the table of roles and parts; who asks; the tenant that a request may touch; how fast
"""
