"""Background services of the node: one file each, `run(parts) -> Report`, one tuple of them, one runner.

    registry        the tuple: name, period, run
    runner          schedule, lease, failures and reports
    ledger          what is known of each: lease, runs, who wants it to run
    parts           what services may use, opened once
    outbox          sends what goes out by HTTP, SMS or mail
    history_writer  drains the call-record spool into history and media store, tells the bus
    relay           brings what happened to the event log
    webhooks        tells webhooks, forgets old deliveries
    reminder        mails who has something that is due
    notices         tells owners what becomes of their numbers, papers, invoices and account
    unheard         tells of voice messages that nobody hears, more and more loudly
    once            one run because somebody asks for it
    alarms          tells who begins to sound bad, and who is well again
    between         telephones call each other over every pair of nodes, every hour
    voicemail       what follows a message: it is written down, then told by mail
    expectations    every night: what calls will not do in the coming week that somebody expects of them
    reports         makes reports and mails them
    listening       hears finished recordings: levels, faults, an opinion
    __main__        the process: python -m mgmt.services --data DIR

May import: configdb, history, vault, media, quality, mgmt.logs, mgmt.limits, mgmt.analyses, mgmt.conversations, mgmt.outbox,
mgmt.stream.teller, mgmt.webhooks, mgmt.mail, mgmt.quiet, mgmt.reports, mgmt.sms, mgmt.market, mgmt.signup, mgmt.billing,
mgmt.countrycom, mgmt.context (protocols), softswitch.control, softswitch.probe,
installer.between.
"""
