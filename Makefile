# Everything that this project does is a target here. A machine needs Python >= 3.11 and make, nothing else.

VENV   := .venv
BIN    := $(VENV)/bin
LOCKS  := infra/requirements
# The first interpreter that runs and is new enough: a version manager's shim may exist and fail.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE_GROUP = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
COMPILE = $(COMPILE_GROUP) pyproject.toml

NATIVE := shared/hackle_import/native
# Any arithmetic that C does not define ends the process at once; the symbols are those of glibc 2.28 and later. Pointers are
# not checked for wrapping around the address space: that took a third of the time, and no bound rests on it.
CFLAGS := -std=c17 -O3 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -fstack-protector-strong \
	-fsanitize=undefined -fsanitize-trap=undefined -fno-sanitize=pointer-overflow
TARGETS := linux-x86_64=x86_64-linux-gnu.2.28 linux-aarch64=aarch64-linux-gnu.2.28

.DEFAULT_GOAL := help
.PHONY: help setup demo native test test-spark simulate fuzz kill check bench bench-verify golden schema lock clean \
	gcp-archive terraform-init deploy-gcp destroy-gcp

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.runtime: $(LOCKS)/runtime.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python >= 3.11 found; name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) -r $(LOCKS)/runtime.txt
	@$(BIN)/python -c "import pathlib, site; pathlib.Path(site.getsitepackages()[0], 'hackle_import.pth').write_text(str(pathlib.Path('shared').resolve()))"
	@printf '#!/bin/sh\nexec "%s" -m hackle_import.cli "$$@"\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/hackle-import && chmod +x $(BIN)/hackle-import
	@touch $@

$(VENV)/.dev: $(LOCKS)/dev.txt $(VENV)/.runtime
	$(INSTALL) -r $(LOCKS)/dev.txt
	@touch $@

$(VENV)/.native: $(wildcard $(NATIVE)/*.[ch]) $(VENV)/.dev
	@for pair in $(TARGETS); do $(BIN)/python -m ziglang cc $(CFLAGS) -shared -target $${pair#*=} \
		-o $(NATIVE)/decoder-$${pair%%=*}.so $(NATIVE)/decoder.c || exit 1; done
	@touch $@

# Tools that ask for other versions of packages than the project, each in an environment of its own.
$(VENV)/.checkov $(VENV)/.terraform $(VENV)/.bench: $(VENV)/.%: $(LOCKS)/%.txt | $(VENV)/.dev
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/$*
	@$(BIN)/uv pip install --quiet --python $(VENV)/$* --require-hashes -r $<
	@touch $@

native: $(VENV)/.native ## Build the decoder in C for Linux on x86_64 and arm64; no system compiler is needed

setup: $(VENV)/.native $(VENV)/.checkov $(VENV)/.terraform ## Install everything into .venv, locked and checked by hash

demo: $(VENV)/.runtime ## Convert sample drops in a local folder, verify them, show what came out
	@$(BIN)/python tests/demo/demo.py

test: setup ## Run the tests
	@$(BIN)/python -m pytest -q $(ARGS)

test-spark: $(VENV)/.native ## Read the output with Spark, too (needs Java; installs 400 MB)
	$(INSTALL) -r $(LOCKS)/spark.txt
	@$(BIN)/python -m pytest -q -n 0 -m spark

N    ?= 2000
SEED ?= 0
simulate: $(VENV)/.native ## Run N histories of crashes, races and overwrites, from SEED on
	@PYTHONPATH=shared:tests $(BIN)/python tests/simulation/run.py $(N) $(SEED)

fuzz: $(VENV)/.native ## Handle N damaged drops from SEED on, in bounded memory
	@PYTHONPATH=shared:tests $(BIN)/python tests/watched.py fuzz $(N) $(SEED)

kill: $(VENV)/.native ## Kill the Lambda handler at random moments of a 200 MB drop, 50 times
	@PYTHONPATH=shared:tests:tests/bench $(BIN)/python tests/functions/kill.py 50 284000

check: $(VENV)/.dev ## Run the static checks: format, lint, types, architecture
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

bench: $(VENV)/.native $(VENV)/.bench ## Measure speed, memory and cost beside DuckDB and others; ARGS=--quick
	@$(BIN)/python tests/bench/bench.py $(ARGS)

ROWS ?= 1000000 10000000 100000000
bench-verify: $(VENV)/.native ## Measure `verify` on as many ROWS
	@PYTHONPATH=shared $(BIN)/python tests/bench/verify_rows.py $(ROWS)

golden: $(VENV)/.native ## Rewrite what the golden cases expect; review the difference
	@$(BIN)/python -m pytest -q -n 0 tests/golden --rewrite-golden

schema: $(VENV)/.runtime ## Write the JSON Schema of mappings anew
	@$(BIN)/python -c "import json; from hackle_import.mapping.format import json_schema; print(json.dumps(json_schema(), indent=1))" > shared/hackle_import/mapping.schema.json

gcp-archive: $(VENV)/.native ## Lay out what Terraform uploads: build/gcp-function.zip
	@$(BIN)/python infra/archive.py build/gcp-function.zip

# make deploy-gcp ENV=dev PROJECT=my-project STATE_BUCKET=my-terraform-state
ENV       ?= dev
TERRAFORM ?= $(VENV)/terraform/bin/python infra/terraform.py
terraform-init: $(VENV)/.terraform
	@test -n "$(PROJECT)" && test -n "$(STATE_BUCKET)" || { echo "name them: PROJECT=... STATE_BUCKET=..." >&2; exit 2; }
	@$(TERRAFORM) -chdir=infra init -reconfigure -backend-config=bucket=$(STATE_BUCKET) -backend-config=prefix=hackle-import/$(ENV)

deploy-gcp: gcp-archive terraform-init ## Deploy to Google Cloud; ARGS=-var=alarm_email=me@example.com gives further variables
	@$(TERRAFORM) -chdir=infra apply -var-file=envs/$(ENV).tfvars -var=project=$(PROJECT) $(ARGS)

destroy-gcp: gcp-archive terraform-init ## Remove it from Google Cloud; refused where deletion_protection is set
	@$(TERRAFORM) -chdir=infra destroy -var-file=envs/$(ENV).tfvars -var=project=$(PROJECT) $(ARGS)

lock: $(VENV)/.runtime ## Resolve the dependencies anew
	@$(BIN)/python -m pip install --quiet uv
	@$(COMPILE) --extra cli --extra aws --extra gcp --output-file $(LOCKS)/runtime.txt
	@$(COMPILE) --all-extras --group dev --constraint $(LOCKS)/runtime.txt --output-file $(LOCKS)/dev.txt
	@$(COMPILE) --all-extras --group dev --group spark --constraint $(LOCKS)/dev.txt --output-file $(LOCKS)/spark.txt
	@for group in checkov terraform; do $(COMPILE_GROUP) --group pyproject.toml:$$group --output-file $(LOCKS)/$$group.txt || exit 1; done
	@$(COMPILE_GROUP) --group pyproject.toml:bench --constraint $(LOCKS)/dev.txt --output-file $(LOCKS)/bench.txt
	@$(COMPILE) --extra aws --constraint $(LOCKS)/runtime.txt --output-file functions/aws/requirements.txt
	@$(COMPILE) --extra gcp --constraint $(LOCKS)/runtime.txt --output-file functions/gcp/requirements.txt

clean: ## Remove what was made
	@rm -rf $(VENV) build infra/.terraform .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
