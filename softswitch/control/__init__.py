"""The switch's own API on a local socket, for the management plane and the command line.

Reading order: `messages` (the wire form and the operations), `verbs` (what can be done with a live call), `reach` (which node
answers), `once` (keys of clients), `events` (what happened since), `server` (Twisted, in the switch), `client` (blocking, in
mgmt).
May import: nothing of ours.
"""
