# One command each. Every target installs what it needs into .venv, from hash-pinned requirement files.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
REQUIREMENTS := requirements/main.txt
REQUIREMENTS_DEV := requirements/dev.txt

.DEFAULT_GOAL := help
.PHONY: help demo install run test retest check bench browser format requirements clean

help: ## Lister les commandes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "Il faut Python 3.11, 3.12 ou 3.13. Essayez : make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The files pin everything that is needed (`pip check` says so), so pip looks for nothing else: left to resolve an
# extra such as coverage[toml] by itself, it takes the newest release, which no hash here covers.
$(INSTALLED): $(REQUIREMENTS) requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installation des bibliothèques dans $(VENV)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(REQUIREMENTS) -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check --quiet
	@touch $@

$(INSTALLED_DEV): $(REQUIREMENTS_DEV) $(INSTALLED)
	@echo "Installation des outils de test dans $(VENV)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(REQUIREMENTS) -r $(REQUIREMENTS_DEV)
	@$(BIN)/python -m pip check --quiet
	@touch $@

install: $(INSTALLED) ## Créer .venv et y installer le service

demo: $(INSTALLED) ## Tout essayer ici, sans aucun compte
	@$(BIN)/qonto-bot demo

run: $(INSTALLED) ## Lancer le vrai service avec les réglages de .env
	@$(BIN)/qonto-bot serve

browser: $(INSTALLED_DEV)
	@$(BIN)/python -m tests.support.browser

test: $(INSTALLED_DEV) browser ## Passer tous les tests, sur SQLite et PostgreSQL
	@$(BIN)/python -m pytest --numprocesses=3 --dist=loadgroup --cov --cov-report=term:skip-covered $(TESTS)

retest: $(INSTALLED_DEV)
	@$(BIN)/python -m pytest --last-failed --last-failed-no-failures=none -v

check: $(INSTALLED_DEV) ## Vérifier le style, les types et l’architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py

bench: $(INSTALLED_DEV) ## Mesurer, chaque chiffre contre une référence du même passage
	@$(BIN)/python -m benchmarks

format: $(INSTALLED_DEV)
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

requirements:
	@for name in main build dev; do uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate --quiet requirements/$$name.in -o requirements/$$name.txt; done

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build tests/artifacts
