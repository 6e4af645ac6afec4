"""Sound as arrays (pure): wav.py (files), tones.py, prompt.py (files to code words), level.py, peaks.py, conference.py (rooms).

inband.py hears and makes DTMF tones, fax.py hears fax machines; covers.py masks and cuts recordings, message.py makes voicemail
ready. resample.py brings whole sounds to 8 kHz, halfband.py streams from 8 to 16 kHz and back. playout.py is a listener's ear:
packets in their order and pace (rtp/jitter.py), gaps concealed (conceal.py), pauses filled with their noise (comfort.py).
"""
