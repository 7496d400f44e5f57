# Everything here expects the environment that `pip install -e ".[dev]"` filled to be active.
.PHONY: check format test slow gpu bench results

check:  ## Format, lint, types, layers, doctests: what every change must pass.
	ruff format --check .
	ruff check .
	mypy seqgan recipes/*.py corpora/*.py
	lint-imports
	pytest -n 0 --doctest-modules seqgan

format:  ## Put the code into its one format and mend what lint can mend.
	ruff format .
	ruff check --fix .

test:  ## The default tests: minutes, no network.
	pytest

slow:  ## The tests that train for minutes.
	pytest -n 0 -m slow

gpu:  ## The tests that need a GPU.
	pytest -n 0 -m gpu

bench:  ## Measure speed and memory; writes bench.json.
	pytest -n 0 -s -m benchmark tests/benchmarks --bench-json bench.json

TABLE ?= chatbot_pg
results:  ## Run the missing cells of a results table (hours), and write it into recipes/README.md.
	seqgan results recipes/results/$(TABLE).toml $(if $(CORPUS_PATH),--corpus-path $(CORPUS_PATH))
