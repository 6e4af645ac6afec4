"""The money of companies: who keeps their accounts, and what their telephones may do because of it.

    provider   what is asked of whoever keeps accounts (`BillingProvider`), and what he says of one (`Standing`)
    ledger     `BillingProvider` on this node's own books: double entry
    recurly    `BillingProvider` at Recurly, by its official client
    hook       what Recurly tells us: who may, and about whom
    account    what becomes of a company's account by what was seen and by time: pure
    keeper     the account on its shelf, and the company's configuration after it
    rating     what a call costs: pure
    prices     where the price of a number comes from: own tariffs, then a deck of CountryCom: pure
    meter      finished calls are rated, once each
    spent      the minutes of a month as a running sum
    minutes    plans whose minutes end: their companies are told to stop, and to go on
    invoicing  a month of a company as an invoice: pure
    heading    who sends it to whom
    printing   an invoice as PDF
    months     the invoices that are due are made, numbered without a gap
    plans      plans in the currencies in which they are sold, and as a company pays for them: pure
    choice     which of the providers this region has
    channel    the channel `billing` of the outbox: look at an account again, report what was used
    sweep      every account is looked at now and then, whatever was told

May import: configdb, history, mgmt.market, mgmt.outbox, mgmt.limits.
"""
