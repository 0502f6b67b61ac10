# Two commands for a newcomer: make demo, make test. Both set up everything they need in .venv.

PYTHON ?= python3
VENV := .venv
PEERS := bench/.peers
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench clean

help:  ## Show what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/'

demo: $(VENV)/.installed  ## Set up and run the demonstration; needs no system package
	@$(BIN)/tocsin demo

test: $(VENV)/.installed-dev $(VENV)/.installed-debian  ## Set up and run every test; installs Debian's postfix if it is missing
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal --cov --cov-report=term

check: $(VENV)/.installed-dev  ## Lint, types, layers, unused and undeclared dependencies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=src $(BIN)/lint-imports --no-cache
	@$(BIN)/deptry src
	@echo "make check: everything holds"

format: $(VENV)/.installed-dev  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.installed $(PEERS)/.installed  ## Measure beside floors and peers, into bench/README.md; ONLY=drain for a part
	@$(BIN)/python -m bench $(ONLY)

clean:  ## Remove what make made
	rm -rf $(VENV) $(PEERS) .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Tocsin needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python could not make a virtual environment; on Debian: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Setting up Tocsin in $(VENV) …"
	@$(PIP) --editable '.[all]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Setting up Tocsin and what its tests need in $(VENV) …"
	@$(PIP) --editable '.[all,dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-debian: tests/servers/install_debian.sh | $(VENV)/bin/python
	@sh tests/servers/install_debian.sh
	@touch $@

$(PEERS)/.installed: bench/peers.txt | $(VENV)/bin/python
	@echo "Setting up what Tocsin is measured against in $(PEERS) …"
	@$(BIN)/python -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/peers.txt
	@touch $@
