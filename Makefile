# Two commands: `make run` starts a node with a demo tenant, `make test` runs everything. Both do all their set-up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --require-hashes --python
NPM := $(BIN)/python mgmt/ui/npm.py
DATA ?= data
SECONDS ?= 60
TARGET ?= all
PARALLEL ?= 2
# Real servers, phones and browsers share the machine: what failed beside others is shown, and tried a second time alone, with a node of
# its own. Each that needs it is a bug of the product or of its test.
BESIDE := -n $(PARALLEL) --dist loadfile
SOURCES := $(wildcard media/kernels/*.c media/kernels/*.h) setup.py pyproject.toml installer/prompts.py $(wildcard installer/*_texts.py)
UI := $(shell find mgmt/ui -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help run test lint types unit interop bench nightly fuzz wheel voice lock clean ui
.DEFAULT_GOAL := help

help:  ## Show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.node  ## Set up, start a node with a demo tenant, place a demo call, print its URL
	@$(BIN)/softswitch up --demo --data $(DATA)

test: $(VENV)/.tools lint types unit interop  ## Set up and run everything: lint, types, layers, unit, contract, interop, browser

lint: $(VENV)/.tools  ## Style of Python and of the WebUI
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tools  ## mypy --strict
	$(BIN)/mypy softswitch ivr media quality mgmt configdb history vault installer logs setup.py

unit: $(VENV)/.tools  ## Layers, unit, property and contract tests, and those of the WebUI
	$(BIN)/pytest -q $(BESIDE) -m "not interop" || $(BIN)/pytest -q --last-failed -m "not interop"
	$(NPM) run --silent lint
	$(NPM) --silent test

interop: $(VENV)/.tools  ## Real phones (SIPp, pjsua2, pyVoIP), a real node and a real browser
	$(BIN)/pytest -q $(BESIDE) -m interop || $(BIN)/pytest -q --last-failed -m interop

bench: $(VENV)/.tools  ## The main figures of docs/benchmarks.md
	$(BIN)/python -m tests.bench.all

nightly: $(VENV)/.tools  ## Long campaigns: kill -9 rounds, fuzzing
	NIGHTLY=1 $(BIN)/pytest -q tests --timeout 6000

fuzz: $(VENV)/.fuzz  ## Search for bytes that break a promise: SECONDS=60 for each target, TARGET=all; finds are kept in build/fuzz
	@mkdir -p build/fuzz
	$(BIN)/python -m tests.fuzz.run $(TARGET) $(SECONDS) build/fuzz
	$(BIN)/python -m tests.fuzz.kernels $(SECONDS)

wheel: $(VENV)/.node  ## Wheels for x86-64 and aarch64 in dist/: any CPython from 3.11, glibc from 2.28, no compiler needed
	@$(UV) $(BIN)/python -r requirements/compiler.lock
	@for arch in x86_64 aarch64; do rm -rf build/lib* build/temp* build/bdist*; \
	  WHEEL_ARCH=$$arch $(BIN)/python setup.py -q bdist_wheel --plat-name manylinux_2_28_$$arch || exit 1; done; ls -l dist

voice: $(VENV)/.voice  ## Install the neural voice that speaks the prompts

# --- set-up: each stamp stands for one thing that is installed -------------------------------------------------------

$(BIN)/python:
	@./.ci/system-packages python
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.uv: requirements/uv.lock | $(BIN)/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@touch $@

$(VENV)/.packages: requirements/run.lock $(VENV)/.uv
	@echo "· packages (pinned, hashed)"
	@$(UV) $(BIN)/python -r requirements/run.lock
	@command -v cc >/dev/null || $(UV) $(BIN)/python -r requirements/compiler.lock
	@$(NPM) --which 2>/dev/null || $(UV) $(BIN)/python -r requirements/node.lock
	@touch $@

$(VENV)/.voice: requirements/voice.lock $(VENV)/.uv
	@echo "· voice for the prompts"
	@$(PYTHON) -m venv --without-pip $(VENV)/voice
	@$(UV) $(VENV)/voice/bin/python -r requirements/voice.lock || echo "  the voice does not install here: espeak-ng will speak"
	@touch $@

$(VENV)/.ui: $(UI) $(VENV)/.packages
	@echo "· WebUI"
	@$(NPM) ci --silent --no-audit --no-fund
	@$(NPM) run --silent build >/dev/null
	@touch $@

$(VENV)/.node: $(SOURCES) $(VENV)/.packages $(VENV)/.voice $(VENV)/.ui
	@echo "· media kernels and the project"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "· prompts"
	@$(BIN)/python -m installer.prompts
	@touch $@

$(VENV)/.mongo: requirements/mongo.lock $(VENV)/.uv
	@for python in python3.15 python3.14 python3.13 "$$HOME"/.pyenv/versions/3.1[3-9]*/bin/python; do \
	  "$$python" -c '' 2>/dev/null || continue; \
	  "$$python" -m venv --without-pip $(VENV)/mongo && $(UV) $(VENV)/mongo/bin/python -r requirements/mongo.lock && break; \
	  rm -rf $(VENV)/mongo; done; \
	  [ -d $(VENV)/mongo ] || echo "  no Python 3.13: the history is not tried against a foreign server of MongoDB's protocol"
	@touch $@

$(VENV)/.azurite: requirements/azurite/package-lock.json $(VENV)/.packages
	@echo "· a server of Azure's blobs for the tests"
	@mkdir -p $(VENV)/azurite && cp requirements/azurite/*.json $(VENV)/azurite
	@$(NPM) ci --silent --no-audit --no-fund --prefix $(abspath $(VENV))/azurite
	@touch $@

$(VENV)/.oidc: requirements/oidc/package-lock.json requirements/oidc/provider.mjs $(VENV)/.packages
	@echo "· an OpenID provider for the tests"
	@mkdir -p $(VENV)/oidc && cp requirements/oidc/* $(VENV)/oidc
	@$(NPM) ci --silent --no-audit --no-fund --prefix $(abspath $(VENV))/oidc
	@touch $@

$(VENV)/.tools: requirements/test.lock $(VENV)/.node $(VENV)/.mongo $(VENV)/.azurite $(VENV)/.oidc
	@./.ci/system-packages tests
	@$(UV) $(BIN)/python -r requirements/test.lock
	@touch $@

$(VENV)/.fuzz: requirements/fuzz.lock $(VENV)/.tools
	@$(UV) $(BIN)/python -r requirements/fuzz.lock
	@touch $@

lock:  ## Pin the newest versions of requirements/*.in with hashes
	$(BIN)/uv pip compile -q --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --upgrade requirements/mongo.in -o requirements/mongo.lock
	for name in run test uv compiler node voice fuzz; do $(BIN)/uv pip compile -q --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade \
	  requirements/$$name.in -o requirements/$$name.lock; done

clean:  ## Remove what was built and installed (not your data)
	rm -rf $(VENV) build dist *.egg-info mgmt/ui/dist mgmt/ui/node_modules media/prompts media/kernels/*.so
