"""Call tracking: a number for each visitor of a web site, and calls to it told to those who brought the visitor.

    pool      a visitor gets a number, keeps it for a while; all taken: the fallback
    calls     finished calls to the pool with the visit they belong to, within the window
    tables    them as rows for Yandex Metrica and for Google Ads
    upload    the background service and the channels of the outbox that upload to Metrica, once a call

May import: configdb, history, mgmt.
"""
