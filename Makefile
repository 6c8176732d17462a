# make run     install and run the default configuration     make test           install and run the tests
# make lint    formatting, lint and types                     make test-browser   the pages in Chromium
# make report  Snakemake's own report of the run              make test-cluster   a run through SLURM (root, Debian)
# make watch, estimate, verify   progress, expected time, damaged files      make clean   remove the results
SHELL := /bin/bash
PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
BIN := .venv/bin
# The results folder of report, verify and clean.
RESULTS ?= results
INSTALLED := .venv/installed

.PHONY: run test test-browser test-cluster lint format docs report watch estimate verify lock install clean

run: $(INSTALLED)
	$(BIN)/snakemake --cores $(CORES) --rerun-incomplete

test: $(INSTALLED)
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

test-browser: $(INSTALLED)
	$(BIN)/pytest tests/browser -rs

test-cluster: $(INSTALLED)
	$(BIN)/pytest tests/cluster -rs

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/snakefmt Snakefile workflow

docs: $(INSTALLED)
	$(BIN)/python -m vicinal_workflow.manual workflow/schemas/config.schema.yaml docs/configuration.md

# Every table and figure with its caption, in one file.
report: run
	$(BIN)/snakemake --cores 1 --report $(RESULTS)/report.html

watch: $(INSTALLED)
	$(BIN)/python -m vicinal_workflow.watch $(ARGS)

estimate: $(INSTALLED)
	$(BIN)/python -m vicinal_workflow.estimate --cores $(CORES) $(ARGS)

verify: $(INSTALLED)
	$(BIN)/python -m vicinal_workflow.verify $(RESULTS)

install: $(INSTALLED)

# Only what the lock names, then the package itself, as a link to this checkout.
$(INSTALLED): envs/requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11 to 3.13 is needed, this is " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement envs/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	{ echo '# Exact versions of everything that `make` installs; `make lock` writes this file anew.'; \
	$(BIN)/python -m pip freeze --all --exclude-editable | grep --invert-match --extended-regexp '^(pip|vicinal)==' | sed 's/+cpu//'; } > envs/requirements.lock
	$(BIN)/python -m vicinal_workflow.conda_environments envs/requirements.lock pyproject.toml envs

clean:
	rm -rf $(RESULTS)
