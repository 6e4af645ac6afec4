"""Voice messages and recorded calls written down, by an engine that is a program of its own.

    engine            the seam: a WAV file and a language in, words with their seconds and certainty out
    parts             a recording in stretches for the engine, and its words as lines of who spoke
    summary           a long message in short, by its own phrases
    recognize_sphinx  PocketSphinx (English, its model is in its package), run by the Python that has it

May import: configdb.
"""
