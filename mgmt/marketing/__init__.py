"""Marketing Sync: people who signed up and agreed are told to where the operator wants it, each stage once.

    stages    which stages a sign-up has reached: pure
    wire      requests to HubSpot, Mailchimp and others: pure
    sync      the service that looks, and the channel `marketing` of the outbox that tells

May import: configdb, history, mgmt.signup, mgmt.outbox, mgmt.limits.
"""
