"""Lost spaces are put back where the texts themselves say so, and nowhere else."""

import pytest

from seqgan.data.spacing import space_punctuation, split_glued


@pytest.mark.parametrize(
    ("glued", "spaced"),
    [
        ("He left.Then it rained", "He left. Then it rained"),
        ("well,no!Never?Yes", "well, no! Never? Yes"),
        ("a Ph.D. in the U.S.A. at 5 p.m.", "a Ph.D. in the U.S.A. at 5 p.m."),
        ("so...maybe...Yes", "so...maybe...Yes"),
        ("3.5 miles, 1,000 feet at 10:30", "3.5 miles, 1,000 feet at 10:30"),
    ],
)
def test_space_punctuation(glued: str, spaced: str) -> None:
    assert space_punctuation(glued) == spaced
    assert space_punctuation(spaced) == spaced


PLENTY = ["be nice to the dog and I sing"] * 30 + ["we go in", "side by side, I say"] * 12


def test_glued_neighbours_are_split() -> None:
    texts, repaired = split_glued([*PLENTY, "Benice, Todd", "feed thedog andI sing"])
    assert texts[-2:] == ["Be nice, Todd", "feed the dog and I sing"]
    assert repaired == 3


def test_words_of_their_own_are_kept() -> None:
    """Frequent words, and rare ones whose halves never stand together, stay whole."""
    kept = ["inside"] * 3 + ["McNice", "doggy"]
    texts, repaired = split_glued([*PLENTY, *kept])
    assert texts == [*PLENTY, *kept]
    assert repaired == 0


def test_rare_halves_prove_nothing() -> None:
    texts = [*PLENTY, "a catnip ball", "one cat nip"]
    assert split_glued(texts) == (texts, 0)


def test_names_keep_their_capital() -> None:
    texts = [*PLENTY, *["la la"] * 20, "LaNice"]
    assert split_glued(texts) == (texts, 0)


def test_frequent_compound_outweighs_its_halves() -> None:
    """30 times apart against 7 times glued is less than five to one."""
    assert split_glued([*PLENTY, *["thedog"] * 7])[1] == 0
    assert split_glued([*PLENTY, *["thedog"] * 5])[1] == 5


def test_capital_after_small_letter_needs_frequent_halves() -> None:
    texts, repaired = split_glued([*PLENTY, "dogNice dogZebra"])
    assert (texts[-1], repaired) == ("dog Nice dogZebra", 1)


def test_two_ways_to_split_are_left_alone() -> None:
    texts = ["no where"] * 12 + ["now here"] * 12
    assert split_glued([*texts, "nowhere"]) == ([*texts, "nowhere"], 0)
