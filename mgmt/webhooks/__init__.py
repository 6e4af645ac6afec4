"""Webhooks: events of the log, told to addresses that tenants name, signed, in order within a call, until they are taken.

answers     what a server's answer means
waiting     who is told what next: order, pauses, dead letters; pure
forms       our envelope, and that of version 4
sender      one HTTP request that leads nowhere inside
postman     event log -> deliveries -> requests -> what became of them
"""
