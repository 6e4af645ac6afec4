"""Windows, bands and codecs: what is not known has no score, what is worse scores lower."""

from __future__ import annotations

import pytest

from quality.bands import Band, echo_of, mos_in, rating_in
from quality.codecs import CODECS, G711_CONCEALED, impairment_of
from quality.emodel import Parameters, effective_equipment, mos, rating
from quality.window import score_window


@pytest.mark.parametrize(
    "r, expected", [(0, 1.0), (3, 1.0), (50, 2.575), (60, 3.1), (70, 3.597), (80, 4.024), (90, 4.339), (100, 4.5)]
)
def test_the_mos_of_a_rating_is_that_of_annex_b(r: float, expected: float) -> None:
    assert expected == pytest.approx(mos(r), abs=5e-4)


def test_the_default_connection_rates_93_2() -> None:
    assert 93.2 == pytest.approx(rating(Parameters()), abs=0.05)


def test_losses_of_g711_cost_what_equation_7_29_says() -> None:
    p = Parameters(ie=G711_CONCEALED.ie, bpl=G711_CONCEALED.bpl, ppl_percent=5)
    assert 95 * 5 / (5 + 25.1) == pytest.approx(effective_equipment(p))


@pytest.mark.parametrize("band", list(Band))
def test_nothing_wrong_is_the_top_of_each_scale(band: Band) -> None:
    assert band.value == pytest.approx(rating_in(band, Parameters()), abs=0.5)
    assert mos_in(band, band.value) > 4.4


@pytest.mark.parametrize("band", list(Band))
def test_an_echo_that_was_measured_counts_in_every_band(band: Band) -> None:
    far = Parameters(t_ms=150, ta_ms=150, tr_ms=300)
    ratings = [rating_in(band, echo_of(far, loss)) for loss in (15.0, 30.0, 55.0)]
    assert sorted(ratings) == ratings
    assert ratings[0] < ratings[-1] - 20


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_every_codec_of_the_table_scores_and_loss_lowers_it(codec: str) -> None:
    clean, lossy = (score_window(codec, 250 - lost, lost, 0, 2.0).mos for lost in (0, 25))
    assert clean is not None
    assert lossy is not None
    assert 1.0 <= lossy < clean <= 4.5


def test_a_wide_codec_sounds_better_than_a_narrow_one_and_both_are_found_in_any_case() -> None:
    wide, narrow = score_window("g722", 250, 0, 0, 1.0), score_window("pcmu", 250, 0, 0, 1.0)
    assert (Band.WIDE, Band.NARROW) == (wide.band, narrow.band)
    assert impairment_of("opus") is impairment_of("OPUS") is not None


def test_what_was_not_measured_has_a_reason_instead_of_a_score() -> None:
    unmeasured = [
        score_window("L16", 250, 0, 0, 1.0),
        score_window("PCMU", 0, 250, 0, 0.0),
        score_window("PCMU", 20, 0, 0, 0),
    ]
    assert [(None, None, None)] * 3 == [(one.mos, one.r, one.band) for one in unmeasured]
    assert ["no impairment table for L16", "no packets", "only 20 packets"] == [one.reason for one in unmeasured]


def test_jitter_counts_once_as_late_packets_where_they_were_counted_else_by_its_distribution() -> None:
    counted, guessed = score_window("PCMU", 250, 0, 0, 40.0), score_window("PCMU", 250, 0, None, 40.0)
    assert counted.mos == score_window("PCMU", 250, 0, 0, 0.0).mos
    assert (guessed.mos or 5) < (counted.mos or 0)
    assert score_window("PCMU", 250, 0, None, 0.0).mos == counted.mos
