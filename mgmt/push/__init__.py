"""Push Proxy: phones that sleep are woken through Apple's, Google's and browsers' push services (RFC 8599).

    notes    what is sent to which service, and what its answer means: pure
    alerts   what an app shows of a missed call, a voice message, a text: pure
    sealed   what is said to a page, for nobody else to read (RFC 8291)
    browsers the pages behind the names, and those that are no more
    tokens   who we are there: signed tokens, kept while they hold
    proxy    wishes of the switch, sent at once over HTTP/2, tried again until the deadline, and alerts; dead phones are reported

May import: configdb, history, mgmt.limits, mgmt.outbox.web.
"""
