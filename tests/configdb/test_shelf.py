"""A mapping that never changes: what it says is what a dictionary would say, whatever was changed in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from configdb.shelf import BUCKETS, Shelf, shelved

keys = st.integers(0, 3 * BUCKETS) | st.text(max_size=3)
changes = st.lists(st.dictionaries(keys, st.none() | st.integers(), max_size=8), max_size=8)


@given(st.dictionaries(keys, st.integers()), changes)
def test_it_says_what_a_dictionary_says_and_older_ones_stay_as_they_were(
    begin: dict[int | str, int], changes: list[dict[int | str, int | None]]
) -> None:
    expected, shelf = dict(begin), Shelf(begin)
    older = [(dict(expected), shelf)]
    for change in changes:
        shelf = shelf.with_changes(change)
        for key, value in change.items():
            if value is None:
                expected.pop(key, None)
            else:
                expected[key] = value
        older.append((dict(expected), shelf))
    for said, made in older:
        assert said == dict(made)
        assert len(said) == len(made)
        assert [said.get(key) for key in said] == [made[key] for key in said]
        assert ("absent" in said, None, 7) == ("absent" in made, made.get(("no",)), made.get(("no",), 7))
        assert made == said


def test_an_update_shares_what_it_does_not_touch() -> None:
    before = Shelf({number: number for number in range(10_000)})
    after = before.with_changes({5: 6, 7: None})
    assert 2 == sum(one is not two for one, two in zip(before._buckets, after._buckets, strict=True))
    assert shelved(after) is after
