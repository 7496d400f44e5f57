"""Trivial chatbots that every result must beat: retrieval, the commonest reply, an echo."""

from collections import Counter
from collections.abc import Callable, Sequence

from sklearn.feature_extraction.text import TfidfVectorizer

from seqgan.metrics.words import all_chinese, split_words

Baseline = Callable[[Sequence[str]], list[str]]


def echo(prompts: Sequence[str]) -> list[str]:
    """Return the prompts themselves.

    >>> echo(["How are you?"])
    ['How are you?']
    """
    return list(prompts)


def most_frequent_reply(replies: Sequence[str]) -> Baseline:
    """Return a chatbot that always gives the commonest of `replies` (the first one if tied).

    Raises ValueError without replies.

    >>> most_frequent_reply(["No.", "Yes.", "Yes."])(["Why?", "Really?"])
    ['Yes.', 'Yes.']
    """
    if not replies:
        raise ValueError("no replies: the commonest needs one or more")
    [(commonest, _)] = Counter(replies).most_common(1)
    return lambda prompts: [commonest] * len(prompts)


def nearest_prompt_reply(prompts: Sequence[str], replies: Sequence[str]) -> Baseline:
    """Return a chatbot that gives the reply of the nearest of `prompts` (TF-IDF cosine).

    Words in English, single characters and pairs in Chinese. The earliest prompt wins a tie, and
    the first of all answers a prompt without a known word. Raises ValueError unless there are as
    many replies as prompts, one or more.
    """
    if len(prompts) != len(replies) or not prompts:
        raise ValueError(
            f"one reply for each prompt is needed, got {len(prompts)} and {len(replies)}"
        )
    chinese = all_chinese(prompts)
    vectorizer = TfidfVectorizer(
        tokenizer=lambda text: split_words(text, chinese=chinese),
        token_pattern=None,
        ngram_range=(1, 2),
        sublinear_tf=True,
    )
    known_NF = vectorizer.fit_transform(prompts).T.tocsr()
    chosen = list(replies)

    def reply(asked: Sequence[str]) -> list[str]:
        found: list[str] = []
        for start in range(0, len(asked), 256):  # keeps the block of cosines small
            cosines_BN = vectorizer.transform(asked[start : start + 256]) @ known_NF
            found += [chosen[int(row)] for row in cosines_BN.toarray().argmax(1)]
        return found

    return reply
