"""One tiny finished run, shared by the tests of what one does with a run."""

from pathlib import Path

import pytest
import torch

from made_chat import TINY, write_corpus
from seqgan.cli import main


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the chatbot recipe on a made corpus, trained as a user would type it."""
    folder = tmp_path_factory.mktemp("finished")
    corpus = write_corpus(folder)
    run = folder / "run"
    threads = torch.get_num_threads()
    args = ["train", "chatbot_pg", "--corpus-path", str(corpus), "--output-dir", str(run), *TINY]
    assert main(args) == 0
    torch.set_num_threads(threads)
    return run
