# make app    starts the application and prints its address
# make test   runs all stages of the tests
# make help   says what else there is
#
# Nothing here is needed: README.md has the plain lines that do the same, also on Windows.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help app test test-rest test-all bench docs gallery lock clean
.DEFAULT_GOAL := help

help:
	@echo 'make app        install what is needed and start the application'
	@echo '                make app ARGS="--port 8080 --address 0.0.0.0 --open" passes arguments on'
	@echo 'make test       format check, lint, types, and the tests that are quick: unit, pages, a browser test a page and widget'
	@echo 'make test-rest  the slow tests alone'
	@echo 'make test-all   both and what takes many minutes, with coverage'
	@echo 'make bench      ratios against what one would do instead'
	@echo 'make docs       the API reference and the guides, as pages in build/docs'
	@echo 'make gallery    make the pictures of docs/gallery.md again; takes a Chromium, Chrome or Edge'
	@echo 'make lock       write requirements-lock.txt again; ARGS=--upgrade takes newer releases'
	@echo 'make clean      remove the environment and everything generated'
	@echo 'PYTHON=...      the Python to make the environment with (3.11 or newer; now: $(PYTHON))'

app: $(VENV)/.installed
	@$(BIN)/python -m rnnviz app $(ARGS)

test: $(VENV)/.installed-dev
	@$(BIN)/python -m tests $(ARGS)

test-rest: $(VENV)/.installed-dev
	@$(BIN)/python -m tests --rest $(ARGS)

test-all: $(VENV)/.installed-dev
	@$(BIN)/python -m tests --all $(ARGS)

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/.installed-dev
	@$(BIN)/python -m docs $(ARGS)

gallery: $(VENV)/.installed
	rm -rf docs/gallery
	@$(BIN)/python -m rnnviz export docs/gallery.yaml --to docs --width 1280 $(ARGS)
	@$(BIN)/python -m docs.recording

# Keeps the releases that are locked already as long as the requirements allow them.
lock: $(VENV)/.installed-dev
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command 'make lock' --output-file requirements-lock.txt requirements-dev.txt $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp is younger than the file it stands for, so nothing is installed twice.
$(VENV)/.installed: pyproject.toml requirements.txt $(VENV)/.made
	@echo 'installing what rnnviz needs; the first time this takes minutes ...'
	@$(PIP) install -r requirements.txt -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo 'installing what the tests need ...'
	@$(PIP) install -r requirements-dev.txt
	@touch $@

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
		echo 'There is no $(PYTHON) here. rnnviz needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "rnnviz needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1): make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo 'No environment could be made; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@touch $@
