"""What every web app needs of HTTP, said once: the door before and after each view, problems, bodies, long answers.

errors, wire, body      problems (RFC 9457); stamps; what a request carries
described, openapi      what a view takes and gives, said beside it; the whole as an OpenAPI 3.1 document
answers                 remembered answers of Idempotency-Key
reader, archive, links  a long answer waits for who reads it; many files as one ZIP; short signed links to a medium
door                    what happens to every request before and after its view
"""
