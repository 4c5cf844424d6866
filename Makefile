# The commands of this checkout. Each first makes the environment ready (tools/set-up), which does nothing when it is.
# Works from any folder with make -C, needs no home folder, and keeps to the checkout.

.DEFAULT_GOAL := help
.PHONY: help set-up demo up test check bench documents lock

PY := .venv/bin/python
export PYTHONUNBUFFERED := 1
COMPILE := $(PY) -m uv pip compile pyproject.toml --quiet --extra dev --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate
export UV_CACHE_DIR ?= $(CURDIR)/.set-up/uv-cache
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt),true,false)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

set-up: ## the environment: .venv from requirements.lock, and what WeasyPrint needs
	@sh tools/set-up

demo: set-up ## two years of synthetic extracts to seven scorecards in a mail catcher, on a real Airflow
	@$(PY) demo/run.py

up: set-up ## Airflow with the plugin and the demo's data, to look around; Ctrl-C stops it
	@$(PY) demo/run.py --stay

test: ## the whole test suite
	@sh tools/set-up browser
	@$(PY) -m pytest

check: set-up ## lint, types, import rules, generated documents, the lock, and what may not stand in a file
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(PY) -m mypy
	$(PY) tools/documents.py --check
	$(PY) tools/check_files.py
	$(PY) tools/check_lock.py $(COMPILE)

bench: set-up ## time and memory of the month's work
	@$(PY) bench/bench.py $(ARGS)

documents: set-up ## docs/generated from the definitions
	@$(PY) tools/documents.py

lock: set-up ## requirements.lock from pyproject.toml, with hashes and without any index's address
	$(COMPILE) -o requirements.lock
