"""What goes out to others by HTTP, SMS or mail: durably put, sent once, tried again with patience, given up in the open.

    item      what goes out, and how each way it ends is taken: pure
    box       the items on their shelf: put with the caller's own documents, claimed by one, settled once
    breaker   a destination that does not answer is left alone for a while: pure
    buckets   how fast one may send: token buckets: pure
    web       one HTTP request that leads nowhere inside, within a deadline; says whether it may have arrived
    channels  who can send: one row a channel
    delivery  the background service that sends what is due

An item never holds a secret: a channel looks it up in the configuration when it sends. Who wants something sent writes
`box.changes(item)` in the same batch as the documents it belongs to.

May import: configdb, history, mgmt.limits.
"""
