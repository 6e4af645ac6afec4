"""Background services of the node: one file each, `run(parts) -> Report`, one tuple of them, one runner.

    registry        the tuple: name, period, run
    runner          schedule, lease, failures and reports
    parts           what services may use, opened once
    history_writer  drains the call-record spool into history and media store, tells the bus
    listening       hears finished recordings: levels, faults, an opinion
    __main__        the process: python -m mgmt.services --data DIR

May import: configdb, history, media, quality, mgmt.logs, mgmt.limits, mgmt.analyses.
"""
