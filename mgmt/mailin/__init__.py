"""Incoming e-mail, the Email Sink: by SMTP for addresses of ours only, on disk before its sender is told, one activity each.

    addresses  what an address of ours means: the to-do list, a company's inbox, a letter of ours: pure
    tokens     how letters are known again when somebody answers them, or when they come back
    mime       an e-mail of any quality, read without ever failing: pure
    words      the words of an HTML part: pure
    report     what a report of non-delivery says (RFC 3464): pure
    lookup     the questions to DNS that follow
    spf        may this address send for that domain (RFC 7208)
    dkim       which domains signed (RFC 6376)
    dmarc      does what is proved fit the From that people see (RFC 7489)
    proof      all three, as they are recorded
    secure     the certificate of STARTTLS
    server     ESMTP over Twisted (RFC 5321, 3207, 1870), bounded in every direction

What becomes of a mail is decided in `mgmt.usecases.mail_in`; `mgmt.mail_door` opens it all.

May import: configdb, mgmt.limits, mgmt.mail.
"""
