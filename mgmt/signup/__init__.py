"""How a stranger becomes a company with a working number: one engine under every store-front.

    machine    a sign-up and the ways it may go: pure
    shelf      sign-ups on their shelf, and what is known of them beside their state
    company    what a new company begins with, as configuration
    engine     the steps, each of which may be said again and may break off anywhere
    better     a company without a number gets one
    sweep      sign-ups that nobody finished, companies that left
    trials     trials that end without a subscription

May import: configdb, history, mgmt.billing, mgmt.mail, mgmt.market, mgmt.outbox, mgmt.limits.
"""
