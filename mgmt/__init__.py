"""The management plane: web apps, HTTP API, live event stream and background services of a node, in two processes.

`python -m mgmt --data DIR` serves the web; `python -m mgmt.services --data DIR` runs the background services;
`python -m mgmt.one_time_token --data DIR` prints a sign-in link. Files in reading order:

    limits, settings, context        every limit; the addresses of this process; everything a request may use, frozen
    http/                            what every web app needs of HTTP: problems, bodies, the door, OpenAPI
    access/                          who may come in and what they may do: sessions, passwords, keys, rights, scopes
    stream/                          what happens, told while it happens
    database, gauges, metrics        mgmt.sqlite3; the numbers of the services; the counters for Prometheus
    analyses, conversations          what was heard in recordings; past calls as they are judged
    quiet                            the night of a company
    client/                          the typed Python client, made from the description of the API
    webhooks/                        events told to addresses of tenants
    usecases/                        what can be done, without Flask: one file per noun
    webapps/                         the Flask side: one file per web app and `registry` with their policies
    app, site, logs, __main__        the application factory; Twisted: the site, the log lines, the process
    one_time_token                   the command that prints a sign-in link
    services/                        background services and their runner
    mailin/, mail_door               e-mail that comes: the Email Sink, and how its server is opened
    mail/, sms/, market/, signup/    e-mail that goes, text messages, telephone numbers, how companies sign up
    reports/                         tables of what was, as files
    tracking/                        calls told to those who brought the visitors of a web site
    push/                            sleeping phones are woken through push services
    outbox/                          what goes out to others: durable, tried again, given up in the open
    pages, templates/, assets/, ui/  words of the server-rendered pages, these, their style, the browser application

May import: configdb, history, vault, media, ivr, quality, softswitch.control, softswitch.routing.
"""
