"""Sentences as a person types them beside those that a model learned from."""

import pytest

from seqgan.text.habits import NONE, Habits

CUT = Habits(True, True, True, True, ".")


def test_habits_are_those_of_nearly_all_sentences() -> None:
    cut = [["it 's cold .", "do n't go , sir !"] * 60, ["was it cold ."] * 60]
    assert Habits.of(cut) == CUT
    assert Habits.of([[*cut[0], "It's cold , so what"], cut[1]]) == CUT
    assert Habits.of([[*cut[0], *["So what??"] * 9], cut[1]]) == Habits(True, True, ending=".")
    assert Habits.of([["It's cold!!"], ["So what?"]]) == NONE
    assert Habits.of([]).ending == ""


def test_styles_that_end_otherwise_have_no_ending() -> None:
    assert Habits.of([["it was cold ."] * 3, ["was it cold ?"] * 3]).ending == ""


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("it was n't cold , sir .", "it was n't cold , sir ."),  # as the corpus writes it
        ("it wasn't cold, sir!!", "it was n't cold , sir !"),
        ("so cold", "so cold ."),
        (
            "dr. li at 5 p.m. cost 3.50, see a.b.com, ok",
            "dr. li at 5 p.m. cost 3.50 , see a.b.com , ok .",
        ),
        ("cold... (really)", "cold... (really) ."),
        ("never again...", "never again ."),
        ("never again…", "never again ."),
        ("so cold, :-( :(", "so cold ."),
        ("so cold,", "so cold ."),
        ("really?...", "really ?"),
        ("it was bad,very bad;5,000 of 1;2", "it was bad , very bad ; 5,000 of 1;2 ."),
        ('it was a "3" for 10%', 'it was a "3" for 10% .'),
        ("...", "..."),
        (":(", ":("),
        ("", ""),
    ],
)
def test_a_sentence_is_put_as_the_corpus_has_it(typed: str, read: str) -> None:
    assert CUT.put_on(typed) == read
    assert NONE.put_on(typed) == typed


@pytest.mark.parametrize(
    ("written", "asked", "answer"),
    [
        ("it was n't warm , sir .", "it wasn't cold, sir.", "it wasn't warm, sir."),
        ("it was n't warm , sir .", "it was n't cold , sir .", "it was n't warm , sir ."),
        ("it was n't warm , sir .", "It wasn't cold , sir .", "It wasn't warm , sir ."),
        ("it was warm . i 'm glad .", "It was cold. I'm sad.", "It was warm. I'm glad."),
        ("it was warm .", "it was cold", "it was warm"),
        (".", "it was cold", "."),
        ("it was warm .", "it was cold...", "it was warm..."),
        ("it was warm .", "it was cold :(", "it was warm"),
        ("it was warm !", "it was cold!!!", "it was warm!!!"),
        ("it was warm .", "it was cold!!!", "it was warm."),
        ("was it ?", "was it?!", "was it?!"),
        ("i ca , or wo n't , go to ca .", "i can't go", "i can, or won't, go to can"),
        ("i love ca .", "i hate ca", "i love ca"),
        (
            "we love li , in the paris of ny .",
            "We hate Li, in The Paris.",
            "We love Li, in The Paris of ny.",
        ),
        ("THE ONE", "THE NONE", "THE ONE"),
        ("the one , i .", "THE NONE.", "THE ONE, I."),
        ("i love my iphone .", "iPhone? I hate iPhone", "I love my iPhone"),
        ("i ragazzi ( i.e. they ) .", "Me and I", "I ragazzi ( i.e. they )"),
    ],
)
def test_an_answer_is_written_as_it_was_asked(written: str, asked: str, answer: str) -> None:
    assert CUT.take_off(written, asked) == answer


@pytest.mark.parametrize(
    ("typed", "read", "written", "answer"),
    [
        ("45 minutes", "_num_ minutes", "only _num_ minutes", "only 45 minutes"),
        ("a 5% tip of $3.50", "a _num_ % tip of $ _num_", "$ _num_ , a _num_ %", "$3.50 , a 5%"),
        ("in 2018 3 ate for $40", "in _num_ _num_ ate for $ _num_", "for $ _num_", "for $40"),
        ("a 5 % tip", "a _num_ % tip", "_num_ % and _num_ %", "5 % and 5 %"),
        ("1st at 5pm", "1st at 5pm", "_num_ at 5pm", "_num_ at 5pm"),
        ("a _num_ tip", "a _num_ tip", "no _num_ tip", "no _num_ tip"),
    ],
)
def test_numbers_stand_where_a_placeholder_does(
    typed: str, read: str, written: str, answer: str
) -> None:
    habits = Habits(number="_num_")
    assert habits.put_on(typed) == read
    assert habits.take_off(written, typed) == answer
    assert NONE.put_on(typed) == typed


def test_a_placeholder_is_what_more_sentences_have_than_digits() -> None:
    assert Habits.of([["a _num_ tip", "_num_ % of it", "at 8:00"]]).number == "_num_"
    assert Habits.of([["a _num_ tip", "at 8:00"]]).number == ""
    assert Habits.of([["a my_num_ tip", "so_num_"]]).number == ""


def test_without_habits_texts_stay_as_they_are() -> None:
    assert NONE.take_off("they r cool .", "They are nice") == "they r cool ."
    assert NONE.take_off("i dont like it", "I do not like it.") == "i dont like it"


def test_sentences_are_taken_one_by_one_where_they_end() -> None:
    assert CUT.sentences("It was cold. I met Mrs. Li! at 5 p.m. ok") == [
        "It was cold.",
        "I met Mrs. Li!",
        "at 5 p.m. ok",
    ]
    assert NONE.sentences("It was cold. So what?") == ["It was cold. So what?"]
    assert CUT.sentences("") == [""]


def test_chinese_marks_are_read_too() -> None:
    shopping = Habits(single_marks=True, ending="。")
    assert shopping.put_on("很冷！！") == "很冷！"
    assert shopping.put_on("很冷") == "很冷。"
    assert shopping.take_off("很好。", "很冷") == "很好"
