"""A run goes on with as many processes as it began with."""

from pathlib import Path

import pytest
from one_weight import make_run, simple

from seqgan.errors import UserError


def test_another_number_of_processes_is_refused(tmp_path: Path) -> None:
    """Each process has sums of its own since the last line of the log."""
    trainer, _, _ = simple(make_run(tmp_path))
    trainer.fit()
    state, _ = trainer.run.checkpoints.newest()
    trainer.run.checkpoints.save(trainer.update, {**state, "sums": state["sums"] * 2})
    again, _, _ = simple(trainer.run)
    with pytest.raises(UserError, match="2 processes, not 1"):
        again.resume()
