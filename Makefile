# The two commands: `make run` (the main study, quick preset) and `make test` (the whole suite).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp-dev
RUN_STAMP := $(VENV)/.stamp-run
DOCS_STAMP := $(VENV)/.stamp-docs
OUT ?= runs/flux-regression-quick

# PyPI's torch for Linux carries gigabytes of CUDA; the CPU build of the same version comes from here, where it can be reached.
CPU_INDEX := https://download.pytorch.org/whl/cpu
FIND_CPU_TORCH = $$($(PYTHON) -c 'import urllib.request as u; u.urlopen("$(CPU_INDEX)/torch/", timeout=5); \
	print("--extra-index-url $(CPU_INDEX)")' 2>/dev/null)
PIP := $(BIN)/pip install -q --disable-pip-version-check -c constraints.txt

.PHONY: run test test-exhaustive lint install wheel docs serve-docs clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	"intertwine needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing intertwine and what it needs into $(VENV) (once)"
	$(PIP) $(FIND_CPU_TORCH) torch
	$(PIP) -e .
	touch $@

$(STAMP): $(RUN_STAMP)
	@echo "Installing the tools of development into $(VENV) (once)"
	$(PIP) -e '.[dev,jets,atoms]'
	touch $@

$(DOCS_STAMP): $(RUN_STAMP)
	$(PIP) -e '.[docs]'
	touch $@

install: $(STAMP)

run: $(RUN_STAMP)
	$(BIN)/intertwine run flux-regression --preset quick --out $(OUT)

test: $(STAMP)
	$(BIN)/python -m pytest -n 2

test-exhaustive: $(STAMP)
	$(BIN)/python -m pytest -n 2 -m exhaustive

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(STAMP)
	$(BIN)/python -m build --wheel --outdir dist

docs: $(DOCS_STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

serve-docs: $(DOCS_STAMP)
	$(BIN)/mkdocs serve

clean:
	rm -rf $(VENV) dist site
