PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test slow lint clean

run: $(READY)
	$(BIN)/genbench run --all --protocol quick

test: $(READY) lint
	$(BIN)/pytest -n 2 --dist loadfile

slow: $(READY)
	$(BIN)/pytest -m "slow and not gpu" -n 2 --dist worksteal

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "genbench needs Python 3.11 to 3.13; name one, e.g. make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "installing genbench into $(VENV), which takes some minutes the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
