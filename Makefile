# commonweight: every command does its own set-up. PYTHON= chooses the interpreter, ARGS= is passed on.

BIN := .venv/bin
ifneq ($(origin PYTHON),undefined)
CHOSEN := --chosen
endif
PYTHON ?= python3
ARGS ?=
PORT ?= 8765

.PHONY: help setup setup-run setup-app setup-paper run app paper test bench check docs lock
.DEFAULT_GOAL := help

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## everything a developer needs, in .venv (nothing to do while the lock is unchanged)
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON): no such interpreter; install Python 3.11 or newer, or name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" requirements/install.py full $(CHOSEN)

setup-run:
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON): no such interpreter; install Python 3.11 or newer, or name one: make run PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" requirements/install.py run $(CHOSEN)

run: setup-run ## answer the question on the baseline (a few minutes on two cores)
	@$(BIN)/commonweight answer $(ARGS)

setup-app:
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON): no such interpreter; install Python 3.11 or newer, or name one: make app PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" requirements/install.py app $(CHOSEN)

app: setup-app ## the same in the browser, at http://localhost:8765 (PORT=)
	@exec $(BIN)/commonweight app --port $(PORT) $(ARGS)

setup-paper:
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON): no such interpreter; install Python 3.11 or newer, or name one: make paper PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" requirements/install.py paper $(CHOSEN)

paper: setup-paper ## the working paper, from every run to the PDF (hours; ARGS=--small takes minutes)
	@$(BIN)/commonweight paper $(ARGS)

test: setup ## the test suite, the layers and the style
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/python requirements/chromium.py
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

bench: setup ## speed and memory, beside an idiomatic Mesa version of the company step
	@$(BIN)/python -m benchmarks $(ARGS)

check: setup ## style, layers and types
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

docs: setup ## the documents as a site in build/site, built offline; a dead link fails
	@$(BIN)/python docs/generate.py
	@$(BIN)/python -m sphinx -b html -W --keep-going -q -c docs . build/site $(ARGS)
	@echo "build/site/index.html"

lock: setup ## write requirements/*.txt anew (needs uv)
	@$(BIN)/python requirements/lock.py
