"""Sound as arrays (pure): wav.py (files), tones.py, resample.py, prompt.py (files to code words), level.py, peaks.py,
conference.py (rooms)."""
