"""The suppliers of text messages, one file each: how they prove themselves, what they bring, how they are asked.

vitelity    forms without a proof, answered "ok"; api.php with its password in the query
telnyx      JSON signed by Ed25519; API v2
bandwidth   arrays of events with Basic; messaging API v2
twilio      forms with X-Twilio-Signature; the 2010-04-01 API
generic     JSON signed by HMAC, both ways
json        members of JSON that a stranger sent
table       all of them
"""
