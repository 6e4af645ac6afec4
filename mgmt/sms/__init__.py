"""Text messages: taken from suppliers before they are told so, sent once, in one thread a customer and number.

    segments   how many parts a text is: GSM 7-bit or UCS-2 (3GPP TS 23.038, 23.040): pure
    message    a message, a thread, who does not want any: documents and their machines: pure
    keywords   STOP, START, HELP: pure
    wire       what came in and what goes out, whoever carries it
    suppliers/ one file a supplier: its wire format, its proof, its answers; a table of them
    receipts   receipts that come before their message has a name
    threads    messages and threads on their shelves
    news       what became of a message, told to pages and webhooks
    inbox      a message came in: kept, answered when it is a keyword, one activity
    sending    a message goes out: written with its item in the outbox, sent by the channel `sms`
    kinds      what a picture is, and where it is kept: pure
    pictures   pictures of messages that go out
    media      pictures of messages are fetched by the channel `mms`, within limits and nowhere inside
    textback   who called and reached nobody gets a text

May import: configdb, history, ivr.hours, media.storage, mgmt.outbox, mgmt.limits, mgmt.access.scope.
"""
