"""What happens, told while it happens: to browsers and programs that keep a stream open, and to the event log.

envelope, teller        the form in which events leave; events on their way to the event log
feed, event_client      who is told of what happens in this process; one open stream
live                    the board of live calls
events                  the stream itself, natively in Twisted
"""
