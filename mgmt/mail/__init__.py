"""Outgoing e-mail: composed here, put into the outbox, sent by the channel `mail` to the node's mail server.

    letter     an e-mail and its form on the wire (RFC 5322, 3834): pure
    page       a letter as mail programs show it, in two languages: pure
    post       one attempt to hand a letter to the mail server (RFC 5321), and what its answer means
    sending    a letter goes out: its item in the outbox, the channel
    owners     what becomes of a company's numbers, papers, invoices and account, as letters to who owns it: pure
    voicemail  a new voice message as letters to whom its mailbox names

May import: configdb, history, media.storage, mgmt.outbox, mgmt.limits.
"""
