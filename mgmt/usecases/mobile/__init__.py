"""What apps on telephones do, over the use cases of everybody (PRODUCT.md 2.3); the tokens themselves are `mgmt.access.apps`.

tokens     a person signs an app in (RFC 6749), goes on, signs it out; where their apps are
codes      the person says so at another screen (RFC 8628)
start      what an app needs at the beginning: its telephone, what there is
wakes      the names by which push services know it
changes    what is new behind a cursor
actions    what was done while there was no network, each once; calls that ring a telephone first
"""
