# `make demo` and `make test` do all the set-up themselves; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# The first Python that is 3.11 or later; name another with `make PYTHON=…`.
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$candidate" && break; done)
BIN := .venv/bin
WORKERS ?= 2
# The tests on a cluster mostly wait for it.
JUDGES ?= 4

.PHONY: help venv tools judges-apart demo test check lint types layers docs picture docs-check coverage generate-check \
	bench judges mutants cluster cluster-stop dist lock lock-control-plane kubernetes-schema operator-schema clean

help: ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

venv: ## Make .venv from the hash-pinned lock, unless it is so already.
	@$(if $(PYTHON),,echo 'chartgen: Python 3.11 or later is needed and PATH has none; please install one.' >&2; exit 3)
	@$(PYTHON) scripts/environment.py

tools: venv ## Fetch the helms of the tests into the tools cache, checked by SHA-256.
	@$(BIN)/python -m scripts.get_helm

judges-apart: venv ## Put checkov and network-config-analyzer into environments of their own in the tools cache.
	@$(BIN)/python -m scripts.get_checkov >/dev/null
	@$(BIN)/python -m scripts.get_analyzer >/dev/null

demo: tools ## Compile this repository's registry.yaml, lint it, render it, show the start order.
	@echo '$$ chartgen generate'; $(BIN)/chartgen generate
	@echo; echo '$$ chartgen lint'; $(BIN)/chartgen lint
	@echo; echo '$$ chartgen template --env dev | grep -c ^kind:'; $(BIN)/chartgen template --env dev | grep -c '^kind:'
	@echo; echo '$$ chartgen graph'; $(BIN)/chartgen graph

test: tools judges-apart ## Run every test, with the real helms; nothing is skipped.
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests

check: lint types layers docs-check coverage ## Style, types, layers, fresh pages, coverage.

lint: venv
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/zizmor --offline --quiet .github

types: venv
	@$(BIN)/mypy

layers: venv
	@$(BIN)/lint-imports

docs: venv ## Write the pages of docs/ that are made from the program.
	@$(BIN)/python -m scripts.docs

picture: venv ## Draw docs/images/graph.svg and the examples' pictures anew (needs Graphviz's dot).
	@command -v dot >/dev/null || { echo "make picture needs Graphviz: apt-get install graphviz" >&2; exit 3; }
	@$(BIN)/chartgen graph -o dot | dot -Tsvg >docs/images/graph.svg
	@for example in examples/*/; do $(BIN)/chartgen -C $$example graph -o dot | dot -Tsvg >$${example}graph.svg; done

golden: venv ## Write the expected trees of tests/cases/generate anew; read the difference before committing it.
	@$(BIN)/python -m scripts.golden

docs-check: venv
	@$(BIN)/python -m scripts.docs --check

coverage: tools
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --cov --cov-report=term tests/unit tests/cases tests/property

generate-check: venv ## Fail when charts/ is not what registry.yaml compiles to.
	@$(BIN)/chartgen generate --check

bench: tools ## Measure what docs/bench.md promises, and write that page (needs Go).
	@$(BIN)/python -m bench.run --write

judges: tools ## Let kube-score, actionlint, an editor's server, a real Envoy, real databases and a real control plane judge what is here (Go, Node.js, Maven); ONLY=… picks tests.
	@$(BIN)/python -m scripts.judges --workers $(JUDGES) $(if $(CLUSTER),--cluster $(CLUSTER)) $(if $(KEEP),--keep) $(if $(ONLY),'$(ONLY)')

mutants: tools ## Break the policies of cases and published systems in every way; verify must find each (make test: a sample).
	@$(BIN)/python -m pytest -q -rP -n $(WORKERS) --dist worksteal --all-mutants tests/helm/test_mutants.py

cluster: venv ## Start a real control plane on loopback, and print its kubeconfig.
	@$(BIN)/python -m scripts.cluster start

cluster-stop: venv ## End it; nothing of it is left.
	@$(BIN)/python -m scripts.cluster stop

dist: tools ## Build wheel and sdist, install each elsewhere, and compare what it generates.
	@$(BIN)/python -m scripts.dist

lock: ## Write the lock files anew from their .in files (needs uv on PATH).
	@for name in dev checkov analyzer; do uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url "requirements-$$name.in" -o "requirements-$$name.lock"; done

lock-control-plane: venv ## Write the go.mod and go.sum of the control plane anew (needs Go).
	@$(BIN)/python -m scripts.lock_control_plane

kubernetes-schema: venv ## Write what lint knows of Kubernetes' fields anew, from an API server (needs Go).
	@$(BIN)/python -m scripts.kubernetes_schema

operator-schema: venv ## Write what lint knows of operators' fields anew, from tests/data/crds, or first those from CRDS=<folder>.
	@CRDS=$(CRDS) $(BIN)/python -m scripts.operator_schema

clean: ## Remove what was built here; the tools cache stays.
	@rm -rf .venv dist build .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
