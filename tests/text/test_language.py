"""Texts in the language of others, and in another one."""

import pytest

from seqgan.text.language import LEAST_TOLD, TOLD, language_of, other_language

ENGLISH = "this package has a small tool that reads old maps and draws rivers number"
GERMAN = "dieses Paket hat ein kleines Werkzeug, das alte Karten lesen und zeigen kann"


def numbered(text: str, count: int) -> list[str]:
    return [f"{text} {number}" for number in range(count)]


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (GERMAN, "de")])
def test_texts_are_in_the_language_of_most(text: str, language: str) -> None:
    assert language_of(numbered(text, LEAST_TOLD)) == language
    assert language_of(["too short", *numbered(text, LEAST_TOLD - 1)]) == ""
    assert language_of(numbered("播放歌曲的工具", LEAST_TOLD)) == ""


def test_texts_of_two_languages_are_in_neither() -> None:
    """So that none of a run's own texts is foreign to it."""
    both = [numbered(ENGLISH, 300), numbered(GERMAN, 300)]
    mixed = [text for pair in zip(*both, strict=True) for text in pair]
    assert language_of(mixed) == ""
    assert language_of([*both[0][:200], *both[1][:3]]) == "en"
    assert language_of([*numbered(ENGLISH, TOLD), *both[1]]) == "en"  # the first ones tell


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
