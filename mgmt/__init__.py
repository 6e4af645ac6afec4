"""The management plane: web apps, HTTP API, live event stream and background services of a node, in two processes.

`python -m mgmt --data DIR` serves the web; `python -m mgmt.services --data DIR` runs the background services;
`python -m mgmt.one_time_token --data DIR` prints a sign-in link. Files in reading order:

    limits, errors, wire, body       every limit; problems (RFC 9457); stamps; what a request carries
    database, sessions, attempts,    mgmt.sqlite3; sessions and one-time tokens; the brute-force limit;
    passwords, strength, answers     argon2id; what is easy to guess; remembered answers of Idempotency-Key
    once, proofs, totp, oidc         what holds once; signed links to come in with; codes of an app; an OpenID provider
    rights, ways_in, api_keys        the table of roles and parts; what people and programs come in with
    auth, scope, pace                who asks (policies, scopes, same-site check); the tenant a request may touch; how fast
    visitors                         strangers on web sites: one-time tokens, how often they may do something
    context, settings                everything a request may use, frozen; the addresses of this process
    envelope, teller                 the form in which events leave; events on their way to the event log
    quiet                            the night of a company
    conversations                    past calls as they are judged: two sides, packets, what was heard
    feed, event_client, live         who is told of what happens; one open stream; the board of live calls
    tokens, apps                     what programs of the API v4 get for their key; sign-ins of apps on telephones
    client/                          the typed Python client, made from the description of the API
    webhooks/                        events told to addresses of tenants
    usecases/                        what can be done, without Flask: one file per noun
    webapps/                         the Flask side: one file per web app and `registry` with their policies
    door, app                        what happens to every request; the application factory
    events, site, logs, __main__     Twisted: the event stream, the site, the log lines, the process
    reader                           a long answer waits for who reads it
    archive                          files of any size as one ZIP, made while it is read
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
