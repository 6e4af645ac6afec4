"""Limits of what is kept for watchers, and of what phones publish."""

LOG_ITEMS_MAX = 40
"""Changes kept for each user that is watched: who missed more gets everything."""

XML_BYTES_MAX = 16_384
XML_DEPTH_MAX = 16
XML_ELEMENTS_MAX = 256

PUBLICATIONS_PER_DEVICE_MAX = 4
NOTE_CHARS_MAX = 200
DIALOGS_SHOWN_MAX = 20
"""Dialogs of one user in one document."""

SUBSCRIPTIONS_MAX = 50_000
SUBSCRIPTIONS_PER_DEVICE_MAX = 250
"""A desk with all its key modules, twice: the subscriptions of before a phone's restart still live."""

NOTIFY_PER_S_MAX = 250
NOTIFY_BURST_MAX = 25
"""NOTIFYs of the node: a storm of subscriptions is served in turn, a call's lamps at once."""
