"""Telephone numbers: one stock for who buys them and for the operator, filled from own blocks and from suppliers.

    stock      a number in stock: its states and who may walk where: pure
    letters    what a customer looks for in a number: digits and letters of the keypad (ITU-T E.161): pure
    vitelity   the supplier's wire format: search, order, give back, what we have there
    telnyx     another supplier's: JSON
    wires      who sells numbers: one row a kind of supplier
    rates      what numbers cost us and what companies pay for them: pure
    inventory  the stock on its shelf: search, reservation with one winner, order, release, blocks
    ordering   a number is bought and given back by the channel `number` of the outbox, then bound to its company
    trial      the node calls a new number itself
    paper      what is to be shown for numbers of a country: its states: pure
    papers     these on their shelf, given and judged
    porting    a number comes from another carrier: the ways that goes: pure
    ports      port-ins on their shelf; what has come is bound and told
    listing    what others are told of a number: emergency address (E911), name shown (CNAM): pure
    listings   these asked of the suppliers, and what came of it
    sweep      reservations that ran out, quarantines that are over
    drift      what the supplier has for us against what we think: the reconciliation

May import: configdb, history, mgmt.outbox, mgmt.limits, mgmt.sms.wire, mgmt.sms.suppliers.
"""
