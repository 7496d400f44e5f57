"""The figures of a row in the table of dialogue results."""

from collections.abc import Sequence

from seqgan.metrics.diversity import commonest_share, distinct_n, mean_length
from seqgan.metrics.frechet import frechet_distance
from seqgan.metrics.overlap import corpus_bleu, corpus_chrf
from seqgan.metrics.words import all_chinese
from seqgan.text.evaluation.judge_words import normalized_words
from seqgan.text.evaluation.matcher import Matcher


def score_replies(
    prompts: Sequence[str],
    references: Sequence[str],
    replies: Sequence[str],
    *,
    matcher: Matcher,
    num_distinct: int = 1000,
) -> dict[str, float]:
    """Return the metrics of `replies` by name: overlap with `references`, diversity, relevance.

    The diversity figures and the Fréchet distance depend on the number of replies: they take the
    first `num_distinct` ones, or all if there are fewer, so rows over the same prompts compare.
    Words and whole replies are counted after the judges' normalization. The language is that of
    the references. Raises ValueError unless the three lists have one length of 2 or more.
    """
    if not len(prompts) == len(references) == len(replies) or len(prompts) < 2:
        raise ValueError(
            "prompts, references and replies are as many, two or more, "
            f"got {len(prompts)}, {len(references)} and {len(replies)}"
        )
    chinese = all_chinese(references)
    counted = [normalized_words(reply, chinese=chinese) for reply in replies[:num_distinct]]
    return {
        "bleu": corpus_bleu(replies, references).score,
        "chrf": corpus_chrf(replies, references).score,
        "distinct_1": distinct_n(counted, n=1),
        "distinct_2": distinct_n(counted, n=2),
        "length": mean_length(counted),
        "top10_share": commonest_share([tuple(words) for words in counted], count=10),
        "frechet": frechet_distance(
            matcher.embed(references[:num_distinct]), matcher.embed(replies[:num_distinct])
        ),
        "relevance": matcher.relevance(prompts, replies),
    }


def overlap_signatures(references: Sequence[str]) -> dict[str, str]:
    """Return the sacrebleu signatures that `score_replies` scores with, by metric name."""
    return {
        "bleu": corpus_bleu(references, references).signature,
        "chrf": corpus_chrf(references, references).signature,
    }
