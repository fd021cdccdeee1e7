# Dailies. `make help` lists what there is.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo test bench simulate train-demo eval-demo format lock clean

PORT ?= 8000
VENV := .venv
# The first of these that is Python 3.11; PYTHON=/path/to/python3.11 chooses another.
PYTHON ?= $(shell for p in python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$p && break; done)
INSTALL = @test -n "$(PYTHON)" || { echo "Dailies needs Python 3.11, and there is none on this PATH." >&2; exit 1; }; \
	"$(PYTHON)" deploy/install.py $(VENV)
# Modules are compiled at their first import, and kept: otherwise every process would compile all of torch anew.
unexport PYTHONDONTWRITEBYTECODE
RUN := PYTHONPATH=.:platform $(VENV)/bin/python

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## Run the whole house here (PORT=8000); ONCE=1 plays the story and stops
	$(INSTALL) worker signals
	@exec env $(RUN) -m config.demo $(if $(filter-out 0,$(ONCE)),--once,--port "$(PORT)")

test: ## Lint, type-check and test everything that this machine can
	$(INSTALL) worker signals quantization dev
	@exec env $(RUN) -m tests.suite

bench: ## Measure; prints a table and writes bench.json demo_eval.json demo_eval_extras.json
	$(INSTALL) worker signals dev bench
	@exec env $(RUN) -m tests.benchmarks

simulate: ## A day of 10,000 artists on 500 GPUs by the queue's rule (ARTISTS= GPUS= SEED= OUT=report.md)
	$(INSTALL) worker dev
	@exec env $(RUN) manage.py simulate_queue --artists $(or $(ARTISTS),10000) --gpus $(or $(GPUS),500) \
		--seed $(or $(SEED),1) $(if $(OUT),--out "$(OUT)")

# Threads that spin while they wait for each other make the training ten times slower on a busy machine.
QUIETLY := OMP_WAIT_POLICY=passive nice -n 5

train-demo: ## Train the demo model anew, or go on with it (FRESH=1 forgets what was trained so far)
	$(INSTALL) worker
	@$(if $(filter-out 0,$(FRESH)),rm -rf .data/demo-training)
	@exec env $(QUIETLY) env $(RUN) -m generation.demo_model.training

eval-demo: ## Measure in delivered films how well the demo model follows 200 prompts; writes demo_eval.json
	$(INSTALL) worker
	@exec env $(RUN) -m generation.demo_model.evaluation

format: ## Put the code into its shape
	$(INSTALL) dev
	@$(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format .

lock: ## Resolve the ranges of pyproject.toml anew and write requirements.lock
	$(INSTALL) worker signals quantization dev bench
	@$(VENV)/bin/pip install --quiet --upgrade --upgrade-strategy eager -e '.[worker,signals,quantization,dev,bench]'
	@$(VENV)/bin/pip freeze --exclude-editable --exclude dailies > requirements.lock

clean: ## Remove what can be made again; the data folder stays
	@rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis bench.json demo_eval.json demo_eval_extras.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
