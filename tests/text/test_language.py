"""Texts in the language of a vocabulary, and in others."""

import pytest

from seqgan.text.language import LEAST_KNOWN, language_of, other_language

ENGLISH = (
    *("the", "and", "for", "to", "of", "is", "in", "with", "package", "library", "that", "by"),
    *("be", "an", "as", "provides", "can", "on", "or", "files", "from", "module", "data", "it"),
    *("old", "maps", "which", "reads", "this", "are", "when", "also", "other", "such", "has"),
)


def vocabulary(words: tuple[str, ...]) -> list[str]:
    """Return pieces that begin with these words; what follows is rare and in no language."""
    letters = "abcdefghijklmnopqr"
    filler = [f"{a}{b}{c}{d}" for a in "kqxz" for b in letters for c in letters for d in "aeiou"]
    return [*(f" {word}" for word in words * 50), *(f" {word}" for word in filler), " X1", "ing"]


def test_a_vocabulary_is_in_the_language_of_its_commonest_words() -> None:
    assert language_of(vocabulary(ENGLISH)) == "en"
    german = ("und", "der", "die", "das", "mit", "nicht", "eine", "ist", "auf", "für", "werden")
    assert language_of(vocabulary(german)) == "de"
    assert language_of(vocabulary(ENGLISH)[: LEAST_KNOWN - 1]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "chop onions finely, fry them in butter with the garlic, then add cream and serve hot",
        "the striker scored twice before halftime as the visitors cruised to victory in the rain",
        "storm kills dozens, injures hundreds, closes harbours, schools, hospitals along the coast",
        "milk eggs bread butter cheese onions garlic tomatoes potatoes carrots apples rice",
    ],
)
def test_english_about_other_things_is_english(text: str) -> None:
    assert other_language(text, "en", chinese=False) == ""
    assert "(en) than" in other_language(text, "de", chinese=False)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "ein kleines Werkzeug, mit dem man alte Karten lesen und sofort speichern kann"),
        (
            "it",
            "un program audio video per il server che legge ogni file, anche quelli molto vecchi",
        ),
        (
            "fr",
            "ce logiciel permet de lire des fichiers audio et video en ligne sans aucun navigateur",
        ),
        ("es", "la comida estaba muy buena pero el camarero no nos hizo caso en toda la noche"),
    ],
)
def test_another_language_is_told_by_its_words(language: str, text: str) -> None:
    message = f"another language ({language}) than what this run learned from (en)"
    assert message in other_language(text, "en", chinese=False)
    assert message in other_language(text.upper(), "en", chinese=False)
    assert other_language(" ".join(text.split()[:6]), "en", chinese=False) == ""  # too short
    assert other_language(text, language, chinese=False) == ""
    assert other_language(text, "", chinese=False) == ""


def test_chinese_is_told_by_its_characters() -> None:
    assert "it is not Chinese" in other_language("The keeper of songs", "", chinese=True)
    assert other_language("GitHub 上的地图", "", chinese=True) == ""
    assert "it is Chinese" in other_language("播放歌曲", "en", chinese=False)
    assert other_language("2024", "", chinese=True) == ""
