"""The trivial chatbots do what their names say."""

import pytest

from seqgan.text.dialogue.baselines import echo, most_frequent_reply, nearest_prompt_reply

PROMPTS = ["where is the red boat", "do you like cold tea", "who broke the old lamp"]
REPLIES = ["In the harbour.", "Only in summer.", "It was me."]


def test_a_known_prompt_gets_its_own_reply() -> None:
    assert nearest_prompt_reply(PROMPTS, REPLIES)(PROMPTS) == REPLIES


def test_the_rarer_word_decides() -> None:
    chatbot = nearest_prompt_reply(PROMPTS, REPLIES)
    assert chatbot(["is the lamp red ?", "The LAMP !", "tea"]) == [
        "In the harbour.",
        "It was me.",
        "Only in summer.",
    ]


def test_chinese_is_matched_by_characters() -> None:
    chatbot = nearest_prompt_reply(["你喜欢喝茶吗", "谁打破了灯"], ["夏天才喝", "是我"])
    assert chatbot(["我打破了那盏灯", "喝茶"]) == ["是我", "夏天才喝"]


def test_unknown_words_and_many_prompts_are_answered() -> None:
    chatbot = nearest_prompt_reply(PROMPTS, REPLIES)
    assert chatbot(["zzz"]) == ["In the harbour."]
    assert chatbot(PROMPTS * 200) == REPLIES * 200
    assert chatbot([]) == []


def test_the_commonest_reply_is_counted() -> None:
    assert most_frequent_reply(["a", "b", "b"])(PROMPTS) == ["b", "b", "b"]
    with pytest.raises(ValueError, match="no replies"):
        most_frequent_reply([])


def test_an_echo_is_a_copy() -> None:
    assert echo(PROMPTS) == PROMPTS


def test_pairs_must_be_pairs() -> None:
    with pytest.raises(ValueError, match="got 3 and 1"):
        nearest_prompt_reply(PROMPTS, ["a"])
    with pytest.raises(ValueError, match="got 0 and 0"):
        nearest_prompt_reply([], [])
