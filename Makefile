# What people and CI run. All works from a fresh clone with Python 3.11 or newer, pip and make.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# Most tests wait for processes of their own, so more of them run at once than there are processors.
JOBS ?= 6
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint types format bench soak docs messages lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## make .venv with everything in it; nothing to do if it is up to date

demo: setup ## play a day of sales on the sandbox CRMs; ONCE=1 ends by itself with a summary
	@$(BIN)/conveyor demo $(if $(filter-out 0,$(ONCE)),--once)

test: setup ## run the whole test suite; ARGS="-k name" chooses
	@$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist loadgroup $(ARGS)

check: lint types ## format, lint, types and who imports whom
	@$(BIN)/python -m pytest -q tests/test_architecture.py

lint: setup ## only format and linter
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

types: setup ## only the type checker
	@$(BIN)/mypy

format: setup ## put the code into its format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## measure this machine
	@$(BIN)/python -m benchmarks $(ARGS)

soak: setup ## thousands of random histories of people, CRMs and crashes
	@CONVEYOR_HISTORIES=$(or $(HISTORIES),2000) CONVEYOR_FIRST_SEED=$(or $(FIRST_SEED),0) CONVEYOR_SOAK_S=$(or $(SECONDS_EACH),120) $(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist loadgroup --timeout 0 tests/fault $(ARGS)

docs: setup ## write the tables of docs/reference from the code
	@PYTHONPATH=. $(BIN)/python scripts/reference.py

messages: setup ## collect the sentences for people into the catalogues of mapping and web
	@PYTHONPATH=. $(BIN)/python scripts/messages.py

lock: setup ## write requirements.lock from what is installed
	@$(BIN)/python scripts/lock.py

clean: ## remove what was built and installed; var/, the data, stays
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml requirements.lock tests/tap-copper.txt scripts/environment.py
	@echo "Setting up .venv; the first time takes about a minute."
	@$(PYTHON) scripts/environment.py
	@touch $@
