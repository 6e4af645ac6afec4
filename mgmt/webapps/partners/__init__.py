"""The store-fronts of partners: each maps its partner's words to one sign-up engine (`mgmt.usecases.partners`).

pages    what they share: where somebody goes on, and the page that asks for an address
yola, wix, shopify, godaddy    hand-offs, pages in the partner's dashboard, webhooks
aps      the interface of a hoster's controller
"""
