"""Several nodes as one: who is alive, whose tenant is whose, to which node a message belongs. Pure.

Every node answers phones and carriers (it is their edge); each tenant has one home, the node that serves it, so that its queues,
rooms, lamps and limits are in one place. What comes in at another node is handed to the home as it is, and the home sends
through that edge. When a node dies, others are home, with the rows it had told them of.

Reading order: `members` (who is alive, homes), `places` (whose a message is), `rows` (what is told of state),
`lateness` (what a link held back).
May import: `softswitch.sip`.
"""
