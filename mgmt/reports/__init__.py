"""Reports of a company: one table each, of the numbers that the Metrics API gives, as CSV, XLSX, PDF or a page for a mail.

    figures   the key figures: for the Metrics API and for reports, from one place
    table     a table on its way to a file, its cells, what a spreadsheet must not run: pure
    source    the past that reports are made of
    kinds     which reports there are: one row each
    people    of people, groups, numbers and queues
    missed    missed calls and what became of them
    words     names of reports and columns in each language
    forms     how a table is written: one row a form
    xlsx, pdf the two that are no text
    job       a report that somebody wants: its document and its states
    plans     when a report is due, in the time zone of its company: pure

The background service `reports` makes them; `usecases.reports` takes wishes.

May import: configdb, history, quality, mgmt.conversations, mgmt.analyses, mgmt.limits.
"""
