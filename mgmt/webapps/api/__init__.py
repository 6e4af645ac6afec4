"""The HTTP API `/api/v1`, one blueprint per noun: me, phone, calls, activities, peaks, quality, queues, flows, config, status.

Views only translate: request to arguments of a use case, its value to JSON. May import what `mgmt.webapps` may.
"""
