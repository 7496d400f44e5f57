"""What the tests of the report share."""

from pathlib import Path

import pytest
from made_run import make_run


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A finished run."""
    return make_run(tmp_path / "chatbot_pg" / "001")
