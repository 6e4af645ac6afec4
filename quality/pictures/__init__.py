"""Pictures of quality, made on the server: SVG and PNG from numbers, the same for browsers, reports and scripts.

    svg          elements, escaping, the style that follows light and dark
    png          a grid of colour numbers as a PNG
    timeline     a call: loss, late, jitter and MOS of every direction, and what happened
    sound        a waveform with its defects marked
    spectrogram  the spectrum over time with its defects marked
    heat_map     MOS by weekday or trunk and hour
    report       one self-contained HTML page
    pdf          plain text on paper
    acceptance   the result of an acceptance test

May import: `quality`.
"""
