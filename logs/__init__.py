"""Log lines of every process of a node: one JSON object a line, about a call and a company where there is one, without secrets.

    secret     what looks like a secret, and its stand-in
    line       an event as a line: names, lengths, order
    about      which call and company the lines of this moment are about
    damper     many lines of one kind are a few and a count
    process    the log of a process begins: Twisted's, Python's, and (in `mgmt.logs`) structlog's

May import: nothing of ours.
"""
