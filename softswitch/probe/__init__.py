"""The node tries itself: calls that it makes to itself over the network, as a stranger's telephone would.

    caller     a telephone as small as can be: one call, and what was heard of it

May import: softswitch.sip, media.codecs.g711.
"""
