"""The use cases in the words of MightyCall's API v4, for programs that speak it: names and shapes alone, nothing of its own.

tokens      a key and an extension for a token
journal     calls, voicemails, messages and tasks as "requests", with its filters and pages
directory   numbers, people, contacts and lists of callers
"""
