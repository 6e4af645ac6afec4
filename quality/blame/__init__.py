"""Whose fault it was: the sides of a call compared, calls counted up by who carried them, alarms that do not flap.

Reading order: `sides` (what is known of a call), `verdict` (who and why, in words), `score_card` (by trunk, range, site, device,
codec, hour), `alarm` (hysteresis), `watch` (who sounds bad now), `preference` (what trunk choice may ask). May import: `quality`.
"""
