"""CountryCom DB Sync: the reference of countries, prefixes, prices, emergency numbers and time zones comes from outside.

    manifest   what a publisher says of a generation, and the proof that it is his
    tables     rows and whether they can be right: pure
    difference what would change: pure
    sync       fetch, prove, judge, load beside what is there, let it count
    publish    the other side: a folder of tables becomes a signed generation

May import: configdb, mgmt.outbox, mgmt.limits, mgmt.services.
"""
