"""Sound as arrays (pure): wav.py (files), tones.py, prompt.py (files to code words), level.py, peaks.py, conference.py (rooms).

inband.py hears and makes DTMF tones; covers.py masks and cuts recordings, message.py makes voicemail ready.
resample.py brings whole sounds to 8 kHz, halfband.py streams from 8 to 16 kHz and back; conceal.py fills gaps.
"""
