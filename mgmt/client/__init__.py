"""The typed Python client of the API, made from its OpenAPI description whenever somebody asks for it: it is never out of date.

types       JSON Schema as Python types
source      the operations as methods
package     the files of a package that pip installs
base        the part that is the same for every description: requests, problems, pages; goes into the package as it is
"""
