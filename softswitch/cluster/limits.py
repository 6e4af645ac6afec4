"""Every limit of this package."""

BEAT_S = 0.5  # how often a node says that it lives
ROLL_BEATS = 4  # every so many beats a node tells whom it knows
SILENT_S_MAX = 2.5  # a node that was not heard for so long is dead: others take its tenants
SYNC_S_MAX = 2.0  # how long a node that starts waits for what the others know
CLOCKS_APART_S_MAX = 1.0  # so far the clocks of nodes may be apart
MEMBERS_MAX = 64  # nodes of a cluster
HANDED_UNTOLD_S_MAX = (
    3 * BEAT_S
)  # so long a call that was handed on counts before its node tells that it goes through here
HELD_S_MAX = (
    4.0  # a SIP message that another node sent so long ago is not taken: its sender has repeated it, or given up
)
DRIFT_MAX = 1e-3  # how much faster one clock runs than another
HANDED_MAX = 20_000  # requests that went to another node and may be repeated or cancelled
ROWS_A_PAGE_MAX = 100  # rows of state in one message
LINES_BYTES_MAX = 100_000  # a SIP message that goes from node to node
ASKED_S_MAX = 2.0  # how long another node has to answer a control operation; who asks over the socket waits 3 s
ASKED_MAX = 1_000  # control operations that wait for other nodes
ANSWER_PART_CHARS_MAX = 60_000  # of an answer in one message: JSON of ASCII, which may double inside JSON
ANSWER_PARTS_MAX = 60
