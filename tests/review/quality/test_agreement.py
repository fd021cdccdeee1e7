"""The coefficients against their authors' own examples, and what must hold of any ratings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.agreement import cohen_kappa, in_words, krippendorff_alpha, pairwise_kappas

VALUES = st.sampled_from(["approve", "request_changes", "reject"])

# Krippendorff 2011, section E: four observers, twelve units, values missing. Nominal alpha 0.743.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def test_alpha_of_its_author_s_example():
    units = [[value for value in unit if value is not None] for unit in zip(*OBSERVERS, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_kappa_of_the_textbook_s_example():
    """20 both yes, 5 yes/no, 10 no/yes, 15 both no: observed 0.7, by chance 0.5."""
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)


@pytest.mark.parametrize("nothing", [[], [("a", "a"), ("a", "a")]])
def test_where_nothing_can_be_compared_there_is_no_figure(nothing):
    assert cohen_kappa(nothing) is None
    assert krippendorff_alpha(nothing) is None


def test_a_unit_with_one_rating_changes_nothing():
    units = [["a", "a"], ["a", "b"], ["b", "b"]]
    assert krippendorff_alpha([*units, ["b"], []]) == krippendorff_alpha(units)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1))
def test_both_are_at_most_one_and_only_where_all_agree(pairs):
    for figure in (cohen_kappa(pairs), krippendorff_alpha(pairs)):
        if figure is not None:
            assert figure <= 1 + 1e-9
            assert (figure == pytest.approx(1)) == all(first == second for first, second in pairs)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1))
def test_neither_cares_who_is_first(pairs):
    turned = [(second, first) for first, second in pairs]
    assert cohen_kappa(turned) == pytest.approx(cohen_kappa(pairs))
    assert krippendorff_alpha(turned) == pytest.approx(krippendorff_alpha(pairs))


def test_each_two_raters_by_what_they_share():
    ratings = [(1, "rosa", "a"), (1, "cem", "a"), (2, "rosa", "a"), (2, "cem", "b"), (3, "rosa", "b"), (3, "ida", "b")]
    found = pairwise_kappas(ratings)
    assert found["cem", "rosa"] == (pytest.approx(0), 2)
    assert found["ida", "rosa"] == (None, 1)
    assert ("cem", "ida") not in found


@pytest.mark.parametrize(
    ("value", "word"), [(None, "unknown"), (-0.1, "none"), (0.1, "slight"), (0.5, "moderate"), (0.9, "almost_perfect")]
)
def test_words_for_a_figure(value, word):
    assert in_words(value) == word
