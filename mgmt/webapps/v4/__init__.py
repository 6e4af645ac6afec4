"""The face of MightyCall's API v4 under `/v4`: programs made for it work when they are given this host (PRODUCT.md 2.3).

Views only translate, as those of `mgmt.webapps.api`. What v4 leaves open is said as `/api/v1` says it: problems (RFC 9457).
"""
