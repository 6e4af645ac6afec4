"""Partners whose customers sign up here: what is alike, and the wire format of each.

    signatures  HMAC over a query or a body, JSON Web Tokens: who said it, and when: pure
    front       what is agreed with a partner, ready to use
    arrival     somebody came from a partner: the same account is the same sign-up; a ticket while we ask for an address
    links       another account that shares a company
    channel     what a partner is told, by the outbox
    yola, wix, shopify, godaddy, aps    the formats of each
    shoppers    customers of connected shops are copied, so that it is known who calls
    aps_usage   a hoster's controller is told how much is used
    shop_changes    a shop says how it is now
    dns         what a domain says now
    domain_connect    our records in a customer's DNS (draft-ietf-dconn-domainconnect)

May import: configdb, history, mgmt.billing, mgmt.signup, mgmt.outbox, mgmt.limits.
"""
