"""Pictures: well-formed, escaped, and showing what they were given."""

from __future__ import annotations

import struct
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest

from quality.pictures.heat_map import colour, heat_map
from quality.pictures.pdf import Line, pdf
from quality.pictures.png import png
from quality.pictures.report import report
from quality.pictures.sound import sound_picture
from quality.pictures.spectrogram import BAR_ROWS, RED, ROWS, spectrogram
from quality.pictures.timeline import timeline
from tests.quality.voices import RATE, samples, tone

NASTY = "<script>&\"'"


def shapes(picture: str, kind: str) -> list[dict[str, str]]:
    root = ElementTree.fromstring(picture)
    return [one.attrib for one in root.iter(f"{{http://www.w3.org/2000/svg}}{kind}")]


def pixels_of(data: bytes) -> np.ndarray:
    columns, rows = struct.unpack(">II", data[16:24])
    at, packed = 8, b""
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        packed += data[at + 8 : at + 8 + size] if name == b"IDAT" else b""
        assert zlib.crc32(data[at + 4 : at + 8 + size]) == struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0]
        at += 12 + size
    return np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(rows, columns + 1)[:, 1:]


def test_a_png_holds_the_pixels_it_was_given() -> None:
    given = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert np.array_equal(given, pixels_of(png(given, np.zeros((12, 3), dtype=np.uint8))))
    with pytest.raises(ValueError, match="not a picture"):
        png(np.zeros((0, 4), dtype=np.uint8), np.zeros((1, 3), dtype=np.uint8))


def test_a_spectrogram_shows_a_tone_at_its_row_and_a_defect_above_its_lane() -> None:
    sound = samples(tone(4, 1000), np.zeros(4 * RATE))
    defects = [[], [{"fault": "hum", "start_s": 2.0, "end_s": 3.0}]]
    image = pixels_of(spectrogram(lambda a, b: sound[a:b], len(sound), 2, RATE, defects))
    lane = ROWS + BAR_ROWS
    assert 2 * lane == len(image)
    bright = image[BAR_ROWS:lane, 60].argmax()
    assert 1000 == pytest.approx((ROWS - bright) * RATE / 256, abs=40)
    marked = np.flatnonzero(image[lane, :] == RED) / image.shape[1] * 4
    assert (2.0, 3.0) == pytest.approx((marked.min(), marked.max()), abs=0.05)
    assert not (image[0, :] == RED).any()


def test_a_recording_without_sound_is_drawn_too() -> None:
    nothing = np.zeros((0, 1), dtype=np.int16)
    assert (ROWS + BAR_ROWS, 1) == pixels_of(spectrogram(lambda a, b: nothing, 0, 1, RATE, [])).shape


def test_a_waveform_marks_its_defects_with_words_of_the_language() -> None:
    heard = {
        "defects": [
            {"fault": "hum", "start_s": 1.0, "end_s": 2.0, "value": -40, "unit": "dBov", "text": {"ru": NASTY}}
        ],
        "opinions": [{"at_s": 0, "mos": 2.0, "error": 0.3}],
    }
    picture = sound_picture([[-0.5, 0.5] * 10, []], 10.0, [heard], ["a", NASTY], "ru")
    marks = [one for one in shapes(picture, "rect") if one.get("class") == "mark"]
    assert ["97.2"] == [one["width"] for one in marks]
    assert NASTY in "".join(ElementTree.fromstring(picture).itertext())
    assert "bad" in [one.get("class") for one in shapes(picture, "rect")]


def test_a_time_line_has_a_lane_for_each_direction_and_the_events() -> None:
    one = {"leg": "l1", "direction": "rx", "at": 105.0, "seconds": 5.0, "packets": 225, "lost": 25, "late": 5}
    windows = [
        {**one, "jitter_ms": 4.0, "mos": 2.5, "reason": None},
        {**one, "direction": "tx", "jitter_ms": 0, "mos": None},
    ]
    picture = timeline(windows, {("l1", "rx"): f"from {NASTY}"}, [(102.0, NASTY)], 100.0)
    classes = [rect.get("class") for rect in shapes(picture, "rect")]
    assert (2, 2, 2, 1, 1) == tuple(map(classes.count, ("lane", "lost", "late", "bad", "none")))
    assert 1 == len([line for line in shapes(picture, "line") if line["class"] == "event"])
    assert "not measured" in timeline([], {}, [], 0.0)


def test_a_heat_map_is_grey_where_nothing_was_measured_and_never_green_by_default() -> None:
    picture = heat_map("t", ["Mon", NASTY], {("Mon", 9): (2.0, 7), ("Mon", 10): (None, 2), (NASTY, 9): (4.4, 1)})
    cells = shapes(picture, "rect")
    assert 48 == len(cells)
    assert 46 == [one.get("class") for one in cells].count("none")
    assert None is colour(None)
    assert "hsl(0 62% 40%)" == colour(1.0)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_report_needs_nothing_from_elsewhere_and_escapes_names(language: str) -> None:
    row = {
        "key": NASTY,
        "calls": 3,
        "minutes": 1.5,
        "mos": None,
        "mos_p5": 2.0,
        "bad_percent": None,
        "lost_percent": 0.1,
    }
    document = {
        "calls": 3,
        "measured": 1,
        "groups": {"trunk": [{**row, "jitter_ms": 2.0, "faults": {"hum": 2}}], "site": []},
        "worst": [{"when": "today", "number": NASTY, "mos": 1.2, "verdicts": [{"text": {"en": "x", "ru": "x"}}]}],
    }
    page = report(document, NASTY, [("map", "<svg></svg>")], language)
    assert NASTY not in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    empty = report({"calls": 0, "measured": 0, "groups": {}, "worst": []}, "t", [], language)
    assert "<table" not in empty


def test_a_pdf_has_its_pages_and_its_table_points_at_its_objects() -> None:
    data = pdf([Line("Head (1)", True), *[Line("word " * 60)] * 40, Line("кириллица")])
    assert b"/Count 4" in data
    assert b"Head \\(1\\)" in data
    start = int(data.rpartition(b"startxref\n")[2].split()[0])
    table = data[start:].split(b"\n")
    for number, row in enumerate(table[3:-6]):
        assert data[int(row[:10]) :].startswith(b"%d 0 obj" % (number + 1))
    assert pdf([]).endswith(b"%%EOF\n")
