# Everything the project does, a target each. `make help` lists them.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
UV     := $(or $(shell command -v uv),$(BIN)/uv)

# Else each of a thousand processes compiles the same code again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help book site pdf test test-bank test-notebooks test-site bench drift drivers lowest wheel faults notebooks lint format lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

book: $(READY)  ## execute the notebooks (SQLite, or DATABASE_URL) and build the site
	@$(BIN)/python -m press book

site: $(READY)  ## make the book on each database installed, as it is published
	@$(BIN)/python -m press site

pdf: $(READY)  ## print the built site: the cheat sheet and the whole book
	@$(BIN)/python -m press pdf

test: $(READY)  ## check everything: lint, types, imports, tests, notebooks, site
	@ONLY="$(ONLY)" $(BIN)/python -m press test

test-bank: $(READY)  ## check the bank alone, on all databases (3 minutes)
	@ONLY=bank $(BIN)/python -m press test

test-notebooks: $(READY)  ## check the notebooks alone, on all databases (5 minutes)
	@ONLY=notebooks $(BIN)/python -m press test

test-site: $(READY)  ## check the built site alone, in a browser (3 minutes)
	@ONLY=site $(BIN)/python -m press test

drift: $(READY)  ## break the bank on purpose, where it changed since BASE or all over
	@$(BIN)/python -m drift $(if $(BASE),--since $(BASE))

bench: $(READY)  ## measure what the bank costs (10 minutes; QUICK=1: one; PUBLISH=1: for the book)
	@$(UV) pip install --quiet --python $(BIN)/python --target $(VENV)/bench --require-hashes \
	    --requirement requirements-bench.lock
	@PYTHONPATH=$(VENV)/bench $(BIN)/python -W ignore -m bench $(if $(QUICK),--quick) $(if $(PUBLISH),--publish)

drivers: $(READY)  ## run the bank's tests on other drivers: psycopg and asyncmy
	@PYTHONPATH=$(VENV)/drivers TEST_DRIVERS=postgresql+psycopg,mysql+asyncmy $(BIN)/python -m pytest -n auto \
	    --override-ini=faulthandler_timeout=120 --override-ini=faulthandler_exit_on_timeout=true tests/bank

lowest: $(READY)  ## run the bank's tests with the oldest versions that pyproject.toml allows
	@$(UV) pip compile --quiet --resolution lowest-direct --no-emit-index-url --output-file $(VENV)/lowest.txt pyproject.toml
	@$(UV) pip install --quiet --python $(BIN)/python --target $(VENV)/lowest --requirement $(VENV)/lowest.txt
	@PYTHONPATH=$(VENV)/lowest $(BIN)/python -m pytest -n auto tests/bank

wheel: $(READY)  ## build the package, and run the bank's tests on it
	@rm -rf _build/wheel
	@$(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir _build/wheel
	@$(UV) pip install --quiet --python $(BIN)/python --target _build/wheel/installed --no-deps _build/wheel/*.whl
	@PYTHONPATH=_build/wheel/installed $(BIN)/python -m pytest -n auto tests/bank

faults: $(READY)  ## break servers, workers and clients of the bank, for long
	@$(BIN)/python -m pytest --long -n auto --override-ini=faulthandler_timeout=600 \
	    tests/faults tests/bank/test_api.py tests/bank/test_serve.py tests/bank/test_tables.py tests/servers

notebooks: $(READY)  ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab START.ipynb

lint: $(READY)  ## check style, types, import contracts and workflows
	@$(BIN)/python -m press lint

format: $(READY)  ## format the code and the notebooks
	@$(BIN)/python -m press format

lock: $(READY)  ## resolve the newest versions into requirements.lock
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --group dev pyproject.toml --output-file requirements.lock
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --constraint requirements.lock --group drivers --output-file requirements-drivers.lock
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --constraint requirements.lock --group bench --output-file requirements-bench.lock
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-deps --group sqlalchemy20 --output-file requirements-sqlalchemy20.lock
	@$(BIN)/python -m press.gates.lock

clean:  ## remove what was built, and the environment
	@rm -rf _build .stage .venv .coverage* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# The environment: from the lock, with hashes, and with bytecode, which halves every kernel's start.
$(READY): requirements.lock requirements-sqlalchemy20.lock requirements-drivers.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed: install it, then say 'make PYTHON=python3.12 ...'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "Python's venv module is missing: install it with 'apt-get install python3-venv'." >&2; exit 1; }
	@echo "Setting up $(VENV) from requirements.lock"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(UV) || { sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt && \
	    $(BIN)/python -m pip install --quiet --require-hashes --requirement $(VENV)/uv.txt; }
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(UV) pip install --quiet --python $(BIN)/python --target $(VENV)/sqlalchemy20 --no-deps --require-hashes \
	    --requirement requirements-sqlalchemy20.lock
	@$(UV) pip install --quiet --python $(BIN)/python --target $(VENV)/drivers --require-hashes \
	    --requirement requirements-drivers.lock
	@touch $@
