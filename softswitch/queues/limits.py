"""Every limit of this package, in one place; times in seconds."""

promises_max = 10_000  # calls promised and not yet made, in one queue
place_kept_s_max = 300.0  # how long a place is kept for a caller whose call the node lost
rest_s = 10.0  # an agent who was not reached is left alone for so long
unreachable_rest_s = 30.0  # the same, when no phone of theirs is registered
offer_grace_s = 15.0  # beyond the ring time: an offer that nobody spoke of is given up
handling_s_first = 180.0  # how long a conversation takes, until a queue has seen some
reason_chars_max = 60  # why an agent pauses
