"""What people can do, as functions of (context, scope, arguments) that return JSON values; no Flask here.

    first_steps   what a new company does first
    views         screens with their filters, saved under a name
    account       sign in, welcome, set a password, who am I
    factors, passkeys, sso, sessions   codes of an app, WebAuthn, the company's provider; where somebody is signed in
    people, companies                  who there is, invitations, links; the companies that a reseller looks after
    consent, visits, audit             helpers who act as somebody, when they are let in; who did what
    calls         live calls, past calls, the explanation of one call
    originate     start and end a call through the switch
    activities    the feed of a tenant
    contacts      the address book; `contact_files` reads and writes it as CSV and vCard (`vcard`)
    widgets       what visitors of a company's web site may do: call, be called
    requests      what they write
    media         recordings and voicemail: find, open a range, peaks
    flows         read and publish call flows
    rules         who may change which field of the configuration
    redact        which fields never leave, and how secrets come in
    config        read, change, log, diff, export and import of configuration
    simulate      what would happen to a call
    defence       who is banned, lifting a ban
    status        the state of the node for operators; `preflight` has its machine checked
    trunks, trunk_figures, trunk_checks    carriers as they are, what calls over them came to, whether they are accepted
    mobile/       what apps on telephones do

May import: mgmt.{context, scope, auth, errors, limits, wire, ...} but not mgmt.webapps, and what mgmt may import.
"""
