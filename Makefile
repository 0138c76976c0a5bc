# Every target builds what it needs in .venv; nothing has to be set up by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KEEPWELL_HOME ?= $(CURDIR)/.keepwell
YEAR_HOME ?= $(CURDIR)/.keepwell-year
PORT ?= 8600
CUSTOMERS ?= 5000
ROUNDS ?= 50
EVENTS ?= 100000
MESSAGES ?= 100000
MILLION ?= 1000000
STATE ?= postgres
# Python keeps what it compiled: else every process of the checks compiles Django and all the rest anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup dev messages demo year serve test test-postgres test-browser lint types imports translations bench bench-quick crash tracking-env tracking mail mail-million test-api client lock clean

help: ## Show what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 18

$(BIN)/uv: requirements/bootstrap.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.lock
	touch $@

$(VENV)/.runtime: $(BIN)/uv requirements/runtime.lock pyproject.toml build_hook.py frontend/package-lock.json
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/runtime.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --reinstall-package keepwell -e .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	touch $@

setup: $(VENV)/.runtime messages ## Build the environment in .venv

dev: $(VENV)/.dev messages ## The environment with everything the checks need

messages: $(VENV)/.runtime
	@$(BIN)/python build_hook.py messages

demo: setup ## Simulate a shop, run a cycle, print whom to save first, open the web app
	$(BIN)/keepwell demo --home $(KEEPWELL_HOME) --customers $(CUSTOMERS) --port $(PORT)

year: setup ## A simulated year with the loop on: measured lift beside the true lift
	$(BIN)/keepwell year --home $(YEAR_HOME) --customers $(CUSTOMERS)

serve: setup ## Serve the web app and its worker
	$(BIN)/keepwell serve --home $(KEEPWELL_HOME) --port $(PORT)

test: dev ## The whole suite but browser and Spark
	$(BIN)/pytest -q -n 2 --dist worksteal --durations=15 -m "not browser"

test-postgres: dev ## The suite of the stores again, on PostgreSQL alone
	KEEPWELL_TEST_STATE=postgres $(BIN)/pytest -q -n 2 --dist worksteal --durations=15 -m "not browser and not science and not one_store"

test-browser: dev ## The pages in Chromium
	$(BIN)/pytest -q -n 2 --dist worksteal --durations=15 -m browser

lint: dev ## Style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: dev ## Types
	$(BIN)/mypy

imports: dev ## Which room may import which
	$(BIN)/lint-imports
	$(BIN)/tach check

translations: dev ## Every string in all three languages
	$(BIN)/python tools/check_translations.py

crash: dev ## Kill it at random moments and look for lost or doubled facts
	$(BIN)/python tools/crash.py --rounds $(ROUNDS)

.venv-tracking/.done: $(BIN)/uv requirements/tracking.lock
	test -x .venv-tracking/bin/python || $(PYTHON) -m venv .venv-tracking
	$(BIN)/uv pip install --quiet --python .venv-tracking/bin/python --require-hashes -r requirements/tracking.lock
	touch $@

tracking-env: .venv-tracking/.done ## The official tracking library in an environment of its own

tracking: dev tracking-env ## Send events with that library to a server that is killed twice; count them
	$(BIN)/python tools/tracking_crash.py --events $(EVENTS)

mail: dev ## Send a campaign while senders and PostgreSQL are killed; everybody must get it once
	$(BIN)/python -m bench.mail_crash --messages $(MESSAGES)

mail-million: dev ## Plan, render and queue a million e-mails by two processes; STATE=sqlite for SQLite
	$(BIN)/python -m bench.mail_million --messages $(MILLION) --state $(STATE)

test-api: dev ## Five thousand generated calls over every operation of the API
	KEEPWELL_API_CASES=5000 $(BIN)/pytest -q tests/api/test_schema.py

client: dev ## Generate the typed Python client into clients/python
	mkdir -p clients/python
	$(BIN)/python tools/openapi.py > clients/python/openapi.json
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/openapi-python-client generate --path clients/python/openapi.json --meta none --overwrite --output-path clients/python/keepwell_client

bench: dev ## Measure beside peers and physical limits; writes docs/benchmarks.md
	$(BIN)/python -m bench

bench-quick: dev ## The same at a tenth of the size; writes nothing
	$(BIN)/python -m bench --quick

lock: $(BIN)/uv ## Renew the lock files
	$(BIN)/uv pip compile --upgrade -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 requirements/bootstrap.in -o requirements/bootstrap.lock
	$(BIN)/uv pip compile --upgrade -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 pyproject.toml requirements/build.in -o requirements/runtime.lock
	$(BIN)/uv pip compile --upgrade -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -c requirements/runtime.lock pyproject.toml requirements/build.in requirements/dev.in -o requirements/dev.lock
	$(BIN)/uv pip compile --upgrade -q --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 requirements/peers.in -o requirements/peers.lock

clean: ## Remove the environment and everything built
	rm -rf $(VENV) frontend/node_modules src/keepwell/web/static/keepwell/vendor build dist
