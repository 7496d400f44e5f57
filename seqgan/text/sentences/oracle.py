"""The synthetic oracle of SeqGAN: a random LSTM whose sentences can be scored exactly.

Sentences have one fixed length over 5,000 words without an end and start behind word 0
(arXiv:1609.05473, section 5.1). The generator's own likelihood under the oracle (NLL_oracle) tells
quality; the oracle's likelihood under the generator (NLL_test) tells what the first one hides.

Legend: B batch, T sentence length, V vocabulary, D width.
"""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch

from seqgan.errors import UserError
from seqgan.text.generators.base import Generator
from seqgan.text.generators.language_model import RecurrentLanguageModel

VOCAB_SIZE = 5000
DIM = 32
START = 0
PAD, END = VOCAB_SIZE, VOCAB_SIZE + 1  # beyond the vocabulary: neither ever stands in a sentence
GATES = ("i", "f", "c", "o")  # in the order of torch's LSTM, which calls c "g"


def untrained() -> Generator:
    """Return a network of the oracle's shape."""
    return RecurrentLanguageModel(VOCAB_SIZE, pad=PAD, bos=START, eos=END, dim=DIM, hidden=DIM)


def normal_(model: torch.nn.Module, *, std: float, rng: torch.Generator) -> None:
    """Draw every weight from N(0, std^2)."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.randn(weight.shape, generator=rng) * std)


def made_oracle(seed: int) -> Generator:
    """Return an oracle made by the paper's rule: every weight from N(0, 1)."""
    oracle = untrained()
    normal_(oracle, std=1.0, rng=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        oracle.get_parameter("decoder.bias_hh_l0").zero_()  # torch adds two biases, the paper one
    return oracle.eval().requires_grad_(False)


def published_oracle(path: Path) -> Generator:
    """Return the oracle of a file of arrays: `embedding`, `W_g`, `U_g`, `b_g`, `W_out`, `b_out`.

    g is a gate: i, f, o, or the candidate c. Raises `UserError` if the file holds anything else.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: torch.from_numpy(file[name]).float() for name in file.files}
        weights = {
            "embedding.weight": arrays["embedding"],
            "decoder.weight_ih_l0": torch.cat([arrays[f"W_{gate}"].T for gate in GATES]),
            "decoder.weight_hh_l0": torch.cat([arrays[f"U_{gate}"].T for gate in GATES]),
            "decoder.bias_ih_l0": torch.cat([arrays[f"b_{gate}"] for gate in GATES]),
            "decoder.bias_hh_l0": torch.zeros(4 * DIM),
            "output.weight": arrays["W_out"].T,
            "output.bias": arrays["b_out"],
        }
        oracle = untrained()
        oracle.load_state_dict(weights)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    except (ValueError, KeyError, TypeError, RuntimeError, EOFError, BadZipFile):
        raise UserError(
            f"{path} is no oracle: it must be an .npz of the arrays embedding, W_i, U_i, b_i and "
            "likewise f, o, c, W_out, b_out, for 5,000 words and width 32"
        ) from None
    return oracle.eval().requires_grad_(False)
