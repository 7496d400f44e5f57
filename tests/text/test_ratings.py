"""What people said, on disk: crashes, several raters, what is asked next, and in which order."""

import json
import multiprocessing
from itertools import pairwise
from pathlib import Path

import pytest
from made_sheet import made_sheet

from seqgan.errors import UserError
from seqgan.text.people.ratings import (
    FIRST,
    SECOND,
    Answer,
    Desk,
    Drawn,
    Item,
    Question,
    RatingFile,
    Sheet,
    items_of,
    latest,
)

SHEET = made_sheet()
ITEM = Item(0, (1,))


@pytest.fixture
def file(tmp_path: Path) -> RatingFile:
    return RatingFile(tmp_path, SHEET)


def test_an_answer_comes_back(file: RatingFile) -> None:
    given = [
        Answer("Ann", ITEM, 4),
        Answer("名", Item(2, (0, 3)), SECOND),
        Answer("Ann", ITEM, None),
    ]
    for answer in given:
        file.append(answer)
    assert file.read() == (given, [])


def test_no_file_means_no_answers(file: RatingFile) -> None:
    assert file.read() == ([], [])


@pytest.mark.parametrize("kept", range(1, 40, 4))
def test_a_line_cut_off_by_a_kill_costs_only_itself(file: RatingFile, kept: int) -> None:
    """Wherever the write stopped, what was there before stays, and what follows is a new line."""
    file.append(Answer("Ann", ITEM, 4))
    whole = file.path.read_bytes()
    file.path.write_bytes(whole + whole[:kept])
    answers, remarks = file.read()
    assert answers == [Answer("Ann", ITEM, 4)]
    assert remarks == [f"{file.path}: line 2 was cut off and is left out"]
    file.append(Answer("Ben", ITEM, 2))
    answers, remarks = file.read()
    assert [answer.rater for answer in answers] == ["Ann", "Ben"]
    assert remarks == [f"{file.path}: line 2 is broken and is left out"]


def test_a_line_that_lacks_only_its_end_counts(file: RatingFile) -> None:
    file.append(Answer("Ann", ITEM, 4))
    file.path.write_bytes(file.path.read_bytes()[:-1])
    file.append(Answer("Ben", ITEM, 2))
    answers, remarks = file.read()
    assert (len(answers), remarks) == (2, [])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sheet": "another"}, "answers another sheet"),
        ({"value": 6}, "the answer is 6: it must be 1 to 5"),
        ({"value": 0}, "the answer is 0: it must be 1 to 5"),
        ({"value": 4.5}, "the answer is 4.5: it must be 1 to 5"),
        ({"value": True}, "the answer is True: it must be 1 to 5"),
        ({"replies": [0, 1], "value": 3}, "the answer is 3: it must be 1 (the first)"),
        ({"question": 9}, "no such question"),
        ({"question": 0.0}, "no such question"),
        ({"replies": [7]}, "no such reply"),
        ({"replies": [0.0]}, "no such reply"),
        ({"replies": [False]}, "no such reply"),
        ({"replies": [0, 1, 2]}, "no such question"),
    ],
)
def test_a_changed_line_is_refused_with_its_number(
    file: RatingFile, change: dict[str, object], reason: str
) -> None:
    file.append(Answer("Ann", ITEM, 4))
    line = json.loads(file.path.read_text("utf-8"))
    with file.path.open("a", encoding="utf-8") as out:
        out.write(json.dumps({**line, **change}) + "\n")
    with pytest.raises(UserError) as error:
        file.read()
    assert "line 2: " in str(error.value)
    assert reason in str(error.value)


def test_values_out_of_range_never_reach_the_disk(file: RatingFile) -> None:
    with pytest.raises(UserError, match="1 to 5"):
        file.append(Answer("Ann", ITEM, 0))
    assert not file.path.exists()


def write_many(folder: Path, rater: str) -> None:
    file = RatingFile(folder, SHEET)
    for number in range(200):
        file.append(Answer(rater, ITEM, 1 + number % 5))


def test_raters_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    raters = [context.Process(target=write_many, args=(tmp_path, name)) for name in ("a", "b")]
    for rater in raters:
        rater.start()
    for rater in raters:
        rater.join(60)
    answers, remarks = RatingFile(tmp_path, SHEET).read()
    assert remarks == []
    for name in ("a", "b"):
        values = [answer.value for answer in answers if answer.rater == name]
        assert values == [1 + number % 5 for number in range(200)]


def test_a_rater_is_asked_each_item_once_over_many_sittings(file: RatingFile) -> None:
    asked = []
    for _ in range(12):
        desk = Desk(file, "Ann")  # a new sitting: only the file remembers
        asked.append(desk.left()[0])
        desk.answer(asked[-1], 3)
    assert Desk(file, "Ann").left() == []
    assert sorted(asked, key=str) == sorted(items_of(SHEET, "Ann", pairs=False), key=str)
    assert len(set(asked)) == 12
    assert len(Desk(file, "Ben").left()) == 12


def test_a_pair_answered_either_way_round_is_not_asked_again(file: RatingFile) -> None:
    desk = Desk(file, "Ann", pairs=True)
    first = desk.left()[0]
    file.append(Answer("Ann", Item(first.question, first.replies[::-1]), FIRST))
    assert first not in desk.left()


def test_the_last_word_counts() -> None:
    pair, turned = Item(1, (0, 2)), Item(1, (2, 0))
    said = [Answer("a", ITEM, 1), Answer("a", pair, 1), Answer("a", ITEM, 5), Answer("b", ITEM, 2)]
    said.append(Answer("a", turned, 0))
    assert latest(said) == [said[2], said[3], said[4]]


def test_only_items_of_the_sheet_are_answered(file: RatingFile) -> None:
    with pytest.raises(UserError, match="not on Ann's sheet"):
        Desk(file, "Ann").answer(Item(0, (0, 1)), 1)


def test_prompts_come_in_one_order_and_replies_shuffled_for_each_rater() -> None:
    sheet = made_sheet(30)
    ann, ben = (items_of(sheet, name, pairs=False) for name in ("Ann", "Ben"))
    assert [item.question for item in ann] == [item.question for item in ben]
    assert ann != ben
    assert ann == items_of(sheet, "Ann", pairs=False)
    other = items_of(made_sheet(30, seed=2), "Ann", pairs=False)
    assert [item.question for item in ann] != [item.question for item in other]
    first_shown = [item.replies[0] % 2 for item in ann[::4]]
    assert 5 < sum(first_shown) < 25  # neither system comes first: P < .001 for a fair order


def test_a_chain_of_pairs_connects_all_replies_of_a_prompt() -> None:
    for question in range(3):
        pairs = [i.replies for i in items_of(SHEET, "Ann", pairs=True) if i.question == question]
        assert len(pairs) == 3
        assert all(a[1] == b[0] for a, b in pairwise(pairs))
        assert {reply for pair in pairs for reply in pair} == {0, 1, 2, 3}


def test_replies_that_say_the_same_are_asked_about_once() -> None:
    replies = [Drawn(system, text, [5], [-1.0]) for system, text in zip("abc", "xyx", strict=True)]
    sheet = Sheet("made", 1, [Question("p", [5], replies)])
    assert {i.replies for i in items_of(sheet, "Ann", pairs=False)} == {(0,), (1,)}
    assert len(items_of(sheet, "Ann", pairs=True)) == 1


def test_a_sheet_comes_back_and_the_first_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "ratings" / "sheet.jsonl"
    SHEET.save(path)
    made_sheet(seed=9).save(path)
    loaded = Sheet.load(path)
    assert loaded == SHEET
    assert loaded.name == SHEET.name != made_sheet(seed=9).name
    assert [entry.name for entry in path.parent.iterdir()] == ["sheet.jsonl"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("reply 0 1", "reply 0 9", "was changed"),
        ('"source"', '"sauce"', "no sheet of questions"),
        ('{"sheet"', "{", "no sheet of questions"),
    ],
)
def test_a_damaged_sheet_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "sheet.jsonl"
    SHEET.save(path)
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(UserError, match=reason):
        Sheet.load(path)


def test_a_missing_sheet_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="seqgan rate RUN"):
        Sheet.load(tmp_path / "sheet.jsonl")
