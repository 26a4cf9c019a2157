# Two commands for everybody: `make run` starts the dashboard, `make test` is the gate.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
# one more than processors: browser tests spend half of their time waiting
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
STAMP := $(VENV)/.eingerichtet

.PHONY: run setup chromium nginx data test test-scale audit bench screenshots clean

run: setup data
	$(BIN)/streamlit run dashboard.py --server.port $(PORT)

setup: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt requirements-geo.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 oder neuer ist nötig.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $(STAMP)

data: setup
	@test -s $${GRADMESSER_DATA:-data}/CURRENT || $(BIN)/python -m etl

chromium: setup
	@$(BIN)/python -m tests.chromium

nginx: setup
	@$(BIN)/python -m deploy.nginx --install

test: setup chromium nginx
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term

# DuckLake on PostgreSQL and object storage; skipped, and says so, where Debian's PostgreSQL is missing
test-scale: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-scale.txt
	$(BIN)/python -m pytest tests/scale -n auto --dist loadscope

audit: setup
	$(BIN)/python -m deploy.audit $(AUDIT)

bench: setup chromium nginx
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	$(BIN)/python -m benchmarks all

screenshots: setup chromium data
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache .hypothesis htmlcov .coverage static/geo
