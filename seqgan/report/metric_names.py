"""How metrics are called in tables, which direction is better, and what they mean."""

from seqgan.report.metric import Metric
from seqgan.report.study_metrics import STUDY_METRICS
from seqgan.report.summary_metrics import SUMMARY_METRICS
from seqgan.report.transfer_metrics import TRANSFER_METRICS


def _orders(name: str, label: str, better: str, meaning: str) -> dict[str, Metric]:
    """Return a metric for n-grams of each length from 2 to 5."""
    return {
        f"{name}_{n}": Metric(f"{label}-{n}", better, 3, f"0 to 1, {meaning}") for n in range(2, 6)
    }


METRICS = {
    "adversarial_success": Metric(
        "adversarial success",
        "higher",
        3,
        "1 - balanced accuracy of a fresh discriminator between human replies and these; "
        ".5 is best: it cannot tell them apart, and differences are in the nearness to .5",
        0.5,
    ),
    "relevance": Metric(
        "relevance",
        "higher",
        3,
        "how often a separately trained matcher prefers the true prompt to a random other one; "
        ".5 is chance, the human row sets the scale",
    ),
    **TRANSFER_METRICS,
    **SUMMARY_METRICS,
    "perplexity": Metric(
        "perplexity",
        "lower",
        1,
        "held out, per whitespace word (Chinese: character), ends of sentences counted",
    ),
    "nll_oracle": Metric(
        "NLL oracle",
        "lower",
        3,
        "nats a token that the oracle gives the samples (quality); collapsing lowers it too: read "
        "it beside NLL test",
    ),
    "nll_test": Metric(
        "NLL test",
        "lower",
        3,
        "nats a token that the model gives the oracle's held-out samples (diversity, and quality); "
        "a model without a likelihood has none",
    ),
    "lm_score": Metric(
        "LM score",
        "lower",
        3,
        "nats a word of the samples under a language model of the reference (quality); sentence "
        "ends counted, an unknown word shares its probability with all rare words",
    ),
    "reverse_lm_score": Metric(
        "reverse LM score",
        "lower",
        3,
        "nats a word of the reference under the same kind of model trained as long on the samples, "
        "the mean of one or several models (diversity, and quality)",
    ),
    "frechet_embedding": Metric(
        "Fréchet, encoder",
        "lower",
        4,
        "Fréchet distance to the reference in the sentence encoder named in the results; 1 is the "
        "spread of real text",
    ),
    "frechet_hidden": Metric(
        "Fréchet, LM states",
        "lower",
        4,
        "Fréchet distance to the reference in the states of a language model of the reference; 1 "
        "is the spread of real text",
    ),
    "frechet_ngrams": Metric(
        "Fréchet, n-grams",
        "lower",
        4,
        "Fréchet distance to the reference in hashed, weighted words and pairs; 1 is the spread of "
        "real text",
    ),
    "mauve": Metric(
        "MAUVE",
        "higher",
        3,
        "area under the divergence curve of samples and reference: 1 if both fall alike into the "
        "groups of k-means, 0 if they share none",
    ),
    **_orders(
        "bleu_corpus",
        "corpus BLEU",
        "higher",
        "sums over all samples, each against all of the reference",
    ),
    **_orders(
        "bleu_sentence_mean",
        "sentence BLEU",
        "higher",
        "mean over sentences (nltk's "
        "smoothing method 1), each against all of the reference: what published tables have",
    ),
    **_orders(
        "self_bleu",
        "Self-BLEU",
        "lower",
        "mean over samples, each against all other "
        "samples (diversity); the row of real text sets the scale",
    ),
    "copied": Metric(
        "copied", "lower", 3, "share of samples that stand word for word in the training text"
    ),
    "repetition": Metric(
        "repetition",
        "lower",
        3,
        "mean share of a sample's pairs of neighbouring words that stood in it before",
    ),
    "unknown_words": Metric(
        "unknown words",
        "",
        4,
        "share of words that stand nowhere in training text and reference",
    ),
    "empty": Metric("empty", "lower", 3, "share of samples without a word"),
    "distinct_1": Metric("distinct-1", "higher", 3, "different words over all words"),
    "distinct_2": Metric(
        "distinct-2", "higher", 3, "different pairs of neighbouring words over all pairs"
    ),
    "top10_share": Metric(
        "top-10 share", "lower", 3, "share that the ten most frequent replies take together"
    ),
    "length": Metric("length", "", 1, "mean number of words and marks (Chinese: characters)"),
    "frechet": Metric(
        "Fréchet", "lower", 3, "Fréchet distance to human replies in the matcher's embedding"
    ),
    "bleu": Metric("BLEU", "higher", 2, "corpus BLEU against the one human reply (sacrebleu)"),
    "chrf": Metric("chrF", "higher", 2, "corpus chrF2 against the one human reply (sacrebleu)"),
    "fid": Metric(
        "Fréchet (FID)",
        "lower",
        3,
        "Fréchet distance to as many training pictures in the features of the extractor named on "
        "the page; compares only within one extractor and one number of samples",
    ),
    "kid": Metric(
        "kernel (KID)",
        "lower",
        4,
        "kernel distance to the same pictures in the same features (unbiased: it may be below 0)",
    ),
    "inception_score": Metric(
        "Inception-style score",
        "higher",
        2,
        "by the extractor's own classes: sure about each sample, and all classes among them; "
        "no more than the number of classes",
    ),
    "precision": Metric(
        "precision", "higher", 3, "share of samples that lie among the real pictures (quality)"
    ),
    "recall": Metric(
        "recall", "higher", 3, "share of real pictures that lie among the samples (diversity)"
    ),
    "density": Metric(
        "density",
        "higher",
        3,
        "how many real neighborhoods a sample lies in, over the number expected; outliers among "
        "the real pictures weigh less than in precision",
    ),
    "coverage": Metric(
        "coverage",
        "higher",
        3,
        "share of real pictures that have a sample in their neighborhood",
    ),
    "modes": Metric(
        "modes",
        "higher",
        1,
        "number of modes, or kinds of pictures (classes, or groups of alike ones), with enough "
        "samples",
    ),
    "modes_kl": Metric(
        "modes KL",
        "lower",
        3,
        "KL divergence of the samples' shares of the modes to the real shares, in nats",
    ),
    "high_quality": Metric(
        "high quality",
        "higher",
        3,
        "share of samples within three standard deviations of a mode's center",
    ),
    "nearest_train": Metric(
        "nearest training",
        "",
        3,
        "mean distance of a sample to the nearest training picture, over that of a held-out real "
        "picture; far below 1: copies",
    ),
    "duplicates": Metric(
        "duplicates", "lower", 3, "share of samples with a near twin among the other samples"
    ),
    "sharpness": Metric(
        "sharpness", "", 3, "strength of the edges; the row of real pictures sets the scale"
    ),
    "reconstruction": Metric(
        "reconstruction",
        "lower",
        4,
        "mean squared error of held-out pictures sent through encoder and decoder",
    ),
    "seconds_a_sample": Metric("seconds a sample", "lower", 5, "time to draw one sample"),
    "training_seconds": Metric("training seconds", "", 0, "time that the training took"),
    "midpoint": Metric(
        "midpoint",
        "lower",
        3,
        "how unlike real pictures is what the decoder makes of codes halfway between two",
    ),
    "posterior_variance": Metric(
        "posterior variance", "", 3, "of codes; 1: they say nothing, 0: a plain autoencoder"
    ),
    "used": Metric("used", "", 0, "dimensions of the code that say something"),
    "aggregate_mean": Metric(
        "aggregate mean",
        "lower",
        3,
        "root mean square of the mean of all codes; the prior's is 0",
    ),
    "aggregate_variance": Metric(
        "aggregate variance", "", 3, "mean variance of all codes together; the prior's is 1"
    ),
    "mean": Metric("mean", "", 3, "of the fitted Gaussian"),
    "best_mean": Metric("nearest mean", "", 3, "of the nearest Gaussian, by quadrature"),
    "spread": Metric("spread", "", 3, "standard deviation of the fitted Gaussian"),
    "best_spread": Metric("nearest spread", "", 3, "of the nearest Gaussian, by quadrature"),
    "divergence": Metric("divergence", "lower", 3, "of the data from the fit, by quadrature"),
    "best_divergence": Metric("least divergence", "", 3, "that any Gaussian reaches"),
    "theta": Metric("distance", "", 2, "of two lines that never meet"),
    "estimate": Metric("critic's estimate", "", 3, "of the distance or the divergence"),
    "pull": Metric("pull", "", 3, "slope of the generator's loss in the distance"),
    "largest_slope": Metric("largest slope", "", 3, "of the critic, at samples and between"),
    "earth_mover": Metric("earth mover", "lower", 3, "exact distance of samples from data"),
    **STUDY_METRICS,
    "fid_best": Metric("best FID", "lower", 3, "of the family's trials"),
    "fid_median": Metric("median FID", "lower", 3, "of the family's trials"),
    "fid_spread": Metric("spread of FID", "lower", 3, "range of the middle half of the trials"),
    "trials": Metric("trials", "", 0, "runs that were tried"),
    "failed_trials": Metric("failed trials", "lower", 0, "they count as the worst FID of all"),
    "seconds_a_trial": Metric("seconds a trial", "", 1, "training and judging"),
}


def metric(name: str) -> Metric:
    """Return how the metric `name` is shown; one that is not listed keeps its name.

    >>> metric("some_score").label
    'some score'
    """
    return METRICS.get(name) or Metric(name.replace("_", " "))


def ordered(names: set[str]) -> list[str]:
    """Return metric names in the order of the table: listed ones first, then by name."""
    order = {name: place for place, name in enumerate(METRICS)}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))
