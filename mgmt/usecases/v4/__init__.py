"""The use cases in the words of MightyCall's API v4, for programs that speak it: names and shapes alone, nothing of its own.

tokens      a key and an extension for a token
journal     calls, voicemails, messages and tasks as "requests", with its filters and pages
active      calls in progress
people      contacts, people of the company and recordings that belong to requests
contacts    the address book
directory   numbers, people and lists of callers
"""
