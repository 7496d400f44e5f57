"""Metrics of what people judged, and of studies of gradient paths and reward estimators."""

from seqgan.report.metric import Metric

STUDY_METRICS = {
    "reward": Metric(
        "reward", "higher", 3, "mean reward by the model that was learned from; it can be fooled"
    ),
    "second_reward": Metric(
        "second reward", "higher", 3, "by a model of judgements that nothing else learned from"
    ),
    "kl_to_start": Metric("KL to start", "lower", 3, "nats a reply"),
    "held_out_accuracy": Metric(
        "held-out accuracy", "higher", 3, "of people's preferences; .5 is chance"
    ),
    "held_out_pairs": Metric("held-out pairs", "", 0),
    "judged_prompts": Metric("judged prompts", "", 0),
    "word_entropy": Metric(
        "word entropy", "", 2, "nats of the words that the critic reads; 0: one-hot"
    ),
    "pair_distance": Metric(
        "pair distance", "lower", 3, "total variation of pairs of words to the language"
    ),
    "different_sentences": Metric("different sentences", "", 0, "among those drawn"),
    "bias": Metric(
        "bias", "lower", 3, "length of (mean gradient - exact one) over the exact one's"
    ),
    "noise": Metric("noise", "", 3, "the bias that finite draws alone would show"),
    "variance": Metric(
        "variance", "lower", 1, "of one text's gradient over the exact one's square"
    ),
    "token_steps": Metric("generator steps", "lower", 1, "for one text, beyond writing it"),
    "texts_scored": Metric("texts scored", "lower", 1, "for one text"),
}
