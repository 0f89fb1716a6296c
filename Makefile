# Every target makes its own environment in .venv first: git, make and Python 3.11 with pip are all it takes.
# CI calls these targets and nothing else.

SHELL := /bin/bash
.DEFAULT_GOAL := help

BIN := .venv/bin
JOBS ?= 2
ARGS ?=
UPGRADE ?=
export PYTHON

COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --python-version 3.11 $(UPGRADE)

.PHONY: help demo serve dashboard airflow prefect test test-all check bench docs lock clean core report dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: report ## two years of a simulated lender: who was in office when, what was found, what was decided
	$(BIN)/tenure demo $(ARGS)

serve: ## answer over HTTP with the model in office; ARGS="-p my-project --port 8000"
	@scripts/environment serve
	$(BIN)/tenure serve $(ARGS)

dashboard: ## the gold tables in a browser; ARGS="-p my-project --port 8501"
	@scripts/environment dashboard
	$(BIN)/tenure dashboard $(ARGS)

airflow: report ## Airflow on http://127.0.0.1:8080 with the DAG of a simulated lender; ARGS="-p my-project --from 2024-01-01" for yours
	@scripts/environment airflow
	@scripts/airflow $(ARGS)

prefect: ## the loop under Prefect 3, at the server of PREFECT_API_URL; ARGS="-p my-project --at 06:00"
	@scripts/environment prefect
	$(BIN)/tenure prefect serve $(ARGS)

test: dev ## the tests but the slow ones; ARGS="-k psi" narrows, JOBS=4 widens
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow" $(ARGS)

test-all: dev ## every test
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

check: dev ## lint, format, types, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

bench: dev ## the claims of speed, each against its peer, in one run
	$(BIN)/python benchmarks/run.py $(ARGS)

docs: dev ## the documentation as a site, in build/site; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet $(ARGS)

lock: dev ## resolve the pins again; UPGRADE=--upgrade takes newer versions
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) requirements/airflow.in -o requirements/airflow.txt
	$(COMPILE) requirements/core.in -o requirements/core.txt
	$(COMPILE) requirements/core.in requirements/report.in -c requirements/core.txt -o requirements/report.txt
	$(COMPILE) requirements/core.in requirements/serve.in -c requirements/report.txt -o requirements/serve.txt
	$(COMPILE) requirements/core.in requirements/prefect.in -c requirements/serve.txt -o requirements/prefect.txt
	$(COMPILE) requirements/core.in requirements/report.in requirements/dashboard.in -c requirements/report.txt -c requirements/prefect.txt -o requirements/dashboard.txt
	$(COMPILE) requirements/core.in requirements/report.in requirements/dashboard.in requirements/imbalance.in requirements/postgres.in requirements/redis.in requirements/alerts.in requirements/cloudwatch.in requirements/s3.in requirements/serve.in requirements/prefect.in requirements/dev.in -c requirements/report.txt -c requirements/serve.txt -c requirements/dashboard.txt -c requirements/prefect.txt -o requirements/dev.txt
	$(COMPILE) requirements/spark.in -c requirements/core.txt -o requirements/spark.txt
	$(COMPILE) requirements/server.in -c requirements/dev.txt -o requirements/server.txt
	$(COMPILE) requirements/train.in -c requirements/dev.txt -o requirements/train.txt
	$(COMPILE) requirements/mlflow.in -c requirements/dev.txt -o requirements/mlflow.txt
	$(COMPILE) requirements/sbom.in -o requirements/sbom.txt

clean: ## remove environments, caches and build leftovers; never data, models or reports
	rm -rf .venv .venv.lock .venv-airflow .venv-airflow.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist src/*.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

core report dev:
	@scripts/environment $@
