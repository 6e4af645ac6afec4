"""The Mobile API under `/mobile/v1` (PRODUCT.md 2.3): what apps on telephones ask for. Views only translate.

token     how an app comes in, goes on and is signed out (RFC 6749, 7009, 8628)
device    the page on which a person lets an app in that shows a code
start     what an app needs at the beginning, and how it is woken
inbox     changes behind a cursor; actions, each once; the sound of a voicemail
calls     a call that rings a telephone first
"""
