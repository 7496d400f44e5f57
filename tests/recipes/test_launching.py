"""The recipe as its file is launched: by accelerate on one process, by torchrun on two."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from made_chat import TINY, write_corpus

RECIPE = Path(__file__).parents[2] / "recipes" / "chatbot_pg.py"
SHORT = [option if option != "4" else "2" for option in TINY]
ONE = ["-m", "accelerate.commands.launch", "--num_processes", "1", "--num_machines", "1", "--cpu"]
TWO = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]


@pytest.mark.parametrize(("launcher", "processes"), [(ONE, 1), (TWO, 2)], ids=["one", "two"])
def test_launched_as_a_user_types_it(tmp_path: Path, launcher: list[str], processes: int) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("WORLD_SIZE", "RANK")}
    options = ["--corpus-path", str(write_corpus(tmp_path)), "--output-dir", str(tmp_path / "run")]
    done = subprocess.run(
        [sys.executable, *launcher, str(RECIPE), *options, *SHORT],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("talk to it: seqgan chat") == 1
    results = json.loads((tmp_path / "run" / "results.json").read_text("utf-8"))
    assert results["processes"] == processes
    assert len(results["rows"]) == 9
