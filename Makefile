# Everything that this project does is a target here. A machine needs Python >= 3.11 and make, nothing else.

VENV   := .venv
BIN    := $(VENV)/bin
LOCKS  := infra/requirements
# The first interpreter that runs and is new enough: a version manager's shim may exist and fail.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Hundreds of the tests' processes load the same modules: what Python compiled is kept, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=
PIP     = $(BIN)/python -m pip install --disable-pip-version-check
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes
LOCK    = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header
COMPILE = $(LOCK) --python-version 3.11 pyproject.toml

NATIVE := shared/hackle_import/native
# Any arithmetic that C does not define ends the process at once; the symbols are those of glibc 2.28 and later. What is wrong
# with a pointer itself is looked for by `make sanitize` and `make fuzz` only: it takes a third of the time, and no bound rests on it.
POINTERS := pointer-overflow,null,alignment,object-size
CFLAGS := -std=c17 -O3 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -fstack-protector-strong \
	-fsanitize=undefined -fsanitize-trap=undefined -fno-sanitize=$(POINTERS)
# What a library answers, and Python expects; where CI is set, a file that was forgotten is an error.
INTERFACE = $(BIN)/python infra/interface.py $(if $(CI),--check)
TARGETS := linux-x86_64.so=x86_64-linux-gnu.2.28 linux-aarch64.so=aarch64-linux-gnu.2.28 \
	darwin-x86_64.dylib=x86_64-macos.11.0 darwin-arm64.dylib=aarch64-macos.11.0

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-spark demo-warehouse native wheel dist ci test test-engines test-foreign test-spark explore sanitize fuzz fuzz-cost fuzz-drops simulate simulate-days simulate-warehouse attack mutants kill kill-closer check bench \
	bench-redrop bench-verify bench-close golden schema docs pictures lock clean build-aws deploy-aws destroy-aws gcp-archive terraform-init deploy-gcp destroy-gcp

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

# What a laptop needs, and the package itself, editable. Its steps are told: a first `make demo` waits for them.
$(VENV)/.laptop: $(LOCKS)/laptop.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python >= 3.11 found; name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) with $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the command into $(VENV): about 65 MB to load, of which pyarrow is 50"
	@$(PIP) $(if $(wildcard $(BIN)/python),--quiet) --no-compile --require-hashes -r $(LOCKS)/laptop.txt
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(LOCKS)/dev.txt $(VENV)/.laptop
	@echo "Installing the clouds' clients and the tools of development"
	@sed -n '/^uv==/,/[^\\]$$/p' $(LOCKS)/dev.txt > $(VENV)/uv.txt && $(PIP) --quiet --require-hashes -r $(VENV)/uv.txt
	@$(INSTALL) -r $(LOCKS)/dev.txt
	@touch $@

$(VENV)/.native: $(wildcard $(NATIVE)/c/*.[ch]) infra/interface.py Makefile $(VENV)/.dev
	@interface=$$($(INTERFACE)) && printf '%s\n' $(TARGETS) | xargs -n 1 -P 4 sh -c '$(BIN)/python -m ziglang cc $(CFLAGS) \
		-DHACKLE_INTERFACE=$$0 -shared -target $${1#*=} -o $(NATIVE)/decoder-$${1%%=*} $(NATIVE)/c/unity.c' $$interface
	@touch $@

include infra/python3.13.mk

# What Lambda's image holds, for the tests that run the artifact as Lambda does.
$(VENV)/lambda/.installed: $(LOCKS)/lambda.txt | $(VENV)/.dev
	@$(MAKE) --no-print-directory python3.13
	@$(BIN)/uv venv --quiet --clear --python $(PYTHON3_13) $(@D)
	@$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes --requirements $<
	@touch $@

# Tools whose pins conflict with ours live apart: .venv/sam, .venv/checkov, .venv/terraform, .venv/bench, .venv/mutants, .venv/bqemulator.
$(VENV)/%/.installed: $(LOCKS)/%.txt | $(VENV)/.dev
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	@$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes --requirements $<
	@touch $@

native: $(VENV)/.native ## Build the decoder in C for Linux and macOS, x86_64 and arm64; no system compiler is needed

setup: $(VENV)/.native $(VENV)/checkov/.installed $(VENV)/terraform/.installed $(VENV)/bqemulator/.installed ## Install everything into .venv, locked and checked by hash

DIST := build/dist
wheel: $(VENV)/.native ## Build wheels with the decoder for Linux and macOS, and one without it for any other machine
	@rm -rf $(DIST)
	@for library in "" $(notdir $(wildcard $(NATIVE)/decoder-*)); do \
		HACKLE_WHEEL_DECODER=$$library $(BIN)/python -m hatchling build -t wheel -d $(DIST) || exit 1; done

dist: wheel $(VENV)/release/.installed ## Build wheels and source, and check what an index will say of them
	@$(BIN)/python -m hatchling build -t sdist -d $(DIST)
	@$(VENV)/release/bin/twine check --strict $(DIST)/*

demo: $(VENV)/.laptop ## Convert sample drops in a local folder, verify them, show what came out
	@$(BIN)/python tests/demo/demo.py

demo-warehouse: $(VENV)/.native ## Export a table of PostgreSQL, behind a double of Redshift, as a day; change it, and replace the day
	@PYTHONPATH=tests $(BIN)/python tests/demo/warehouse.py

ci: ## Everything that CI asks for on Linux, once: `.ci/run` brings the system's packages first
	@$(MAKE) -j 2 check
	@for target in demo test test-spark dist sanitize; do $(MAKE) $$target || exit 1; done
	@$(MAKE) fuzz SECONDS=20

test: setup ## Run the tests
	@$(BIN)/python -m pytest -q $(ARGS)

# ASan's and libFuzzer's runtimes are a package's, so that no system compiler is needed; UBSan traps in every build.
SANITIZED := build/sanitized
FUZZ      := build/fuzz
RUNTIMES   = $(abspath $(shell $(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'))
WATCHED   := $(CFLAGS) -fsanitize=$(POINTERS) -O1 -g -Xclang -fsanitize=address -Xclang -fsanitize-coverage-type=3 \
	-Xclang -fsanitize-coverage-inline-8bit-counters -Xclang -fsanitize-coverage-pc-table -target x86_64-linux-gnu.2.28
ASAN       = LD_PRELOAD=$(RUNTIMES)/asan_with_fuzzer.so PYTHONMALLOC=malloc PYTHONPATH=$(SANITIZED):tests \
	ASAN_OPTIONS=detect_leaks=0

$(SANITIZED)/.built: $(VENV)/.native $(shell find shared/hackle_import -name '*.py')
	@rm -rf $(SANITIZED) && mkdir -p $(SANITIZED) && cp -R shared/hackle_import $(SANITIZED)/
	@$(BIN)/python -m ziglang cc $(WATCHED) -DHACKLE_INTERFACE=$$($(INTERFACE)) -shared -Wl,-z,undefs \
		-o $(SANITIZED)/hackle_import/native/decoder-linux-x86_64.so $(NATIVE)/c/unity.c
	@touch $@

$(FUZZ)/.written: $(VENV)/.native $(wildcard tests/fuzz/*.py tests/fuzz/*.toml)
	@mkdir -p $(FUZZ)/found $(FUZZ)/found-plans $(FUZZ)/corpus
	@PYTHONPATH=tests $(BIN)/python tests/fuzz/plans.py $(FUZZ)
	@touch $@

$(FUZZ)/%: tests/fuzz/%.c tests/fuzz/harness.h $(FUZZ)/.written
	@$(BIN)/python -m ziglang cc $(WATCHED) -Xclang -fsanitize-coverage-trace-cmp -DFUZZ -I$(NATIVE)/c \
		-L$(RUNTIMES) -l:asan_with_fuzzer.so -Wl,--allow-shlib-undefined -Wl,-rpath,$(RUNTIMES) -o $@ $<

UNITS = $(patsubst %,$(NATIVE)/c/%.c,decimal digest fields hmac instant keys repeats sha1 sha256 utf8 uuid)
$(SANITIZED)/units: tests/c/test_units.c $(UNITS) $(SANITIZED)/.built
	@$(BIN)/python -m ziglang cc $(WATCHED) -I$(NATIVE)/c -L$(RUNTIMES) -l:asan_with_fuzzer.so \
		-Wl,--allow-shlib-undefined -Wl,-rpath,$(RUNTIMES) -o $@ $< $(UNITS)

sanitize: $(SANITIZED)/.built $(SANITIZED)/units ## Run the decoder's tests with ASan and UBSan (Linux on x86_64)
	@$(SANITIZED)/units
	@$(ASAN) $(BIN)/python -m pytest -q -o pythonpath="$(SANITIZED) tests" \
		tests/fuzz tests/core/test_native*.py tests/golden --deselect tests/core/test_native_builds.py -k "not -python]" $(ARGS)

SECONDS ?= 60
FUZZING  = -max_total_time=$(SECONDS) -max_len=4096 -timeout=60 -dict=tests/fuzz/tokens.dict -artifact_prefix=$(FUZZ)/ \
	-print_final_stats=1
fuzz: $(SANITIZED)/.built $(FUZZ)/drive $(FUZZ)/drive_plans ## Fuzz the decoder alone, with wrong plans, and against Python, each for SECONDS
	@$(FUZZ)/drive $(FUZZ)/plans/* -- $(FUZZING) $(FUZZ)/found $(FUZZ)/texts
	@$(FUZZ)/drive_plans $(FUZZ)/plans/* -- $(FUZZING) $(FUZZ)/found-plans $(FUZZ)/changes
	@$(ASAN) $(BIN)/python tests/fuzz/run.py $(FUZZING) $(FUZZ)/corpus $(FUZZ)/drops

test-spark: $(VENV)/.native ## Read the output with Spark, too (needs Java; installs 400 MB)
	@$(INSTALL) -r $(LOCKS)/spark.txt
	@$(BIN)/python -m pytest -q -n 0 -m spark

test-engines: $(VENV)/.native ## Handle 308 drops by every engine at once, on both clouds' emulators, too (needs Java; installs 400 MB)
	@$(INSTALL) -r $(LOCKS)/spark.txt
	@HACKLE_TEST_DROPS=308 $(BIN)/python -m pytest -q -n 0 -m spark tests/backfill/test_engines.py

demo-spark: $(VENV)/.native ## Handle sample drops with Spark on this machine (needs Java; installs 400 MB)
	@$(INSTALL) -r $(LOCKS)/spark.txt
	@$(BIN)/python tests/demo/demo_spark.py

test-foreign: $(VENV)/.native ## Run the store's tests, and faults of every kind, against SeaweedFS (Linux on x86_64)
	@$(BIN)/python -m pytest -q -m foreign $(ARGS)

explore: SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
explore: setup ## Look for counterexamples at random; SEED=... looks where a former run looked
	@echo "make explore SEED=$(SEED)"
	@$(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile=explore --hypothesis-seed=$(SEED) $(ARGS)

N    ?= 2000
SEED ?= 0
simulate: $(VENV)/.native ## Run N histories of crashes, races and overwrites, from SEED on
	@PYTHONPATH=shared:tests $(BIN)/python tests/simulation/run.py $(N) $(SEED)

simulate-days: $(VENV)/.native ## Run N histories of days that are closed and read, from SEED on
	@PYTHONPATH=shared:tests $(BIN)/python tests/simulation/run.py $(N) $(SEED) days

simulate-warehouse: $(VENV)/.native ## Run N histories of a warehouse whose days change, shrink, are late or lost, from SEED on
	@PYTHONPATH=shared:tests $(BIN)/python tests/simulation/warehouses.py $(N) $(SEED)

mutants: $(VENV)/.native $(VENV)/mutants/.installed ## Change the code at one place at a time and show what no test notices; hours; MODULES="reading/formats.py conform"
	@nice $(VENV)/mutants/bin/python tests/mutation/run.py $(MODULES)

fuzz-drops: $(VENV)/.native ## Handle N damaged drops from SEED on, in bounded memory
	@PYTHONPATH=shared:tests $(BIN)/python tests/support/watched.py fuzz $(N) $(SEED)

attack: $(VENV)/.native ## Attack it in every way that was ever found, and tell what each attack proves
	@$(BIN)/python -m pytest -q -m attack $(ARGS)

fuzz-cost: $(VENV)/.native ## Search for SECONDS for the drop that costs most time and memory a byte
	@PYTHONPATH=shared:tests $(BIN)/python tests/fuzz/cost.py $(SECONDS)

kill: $(VENV)/.native ## Kill the Lambda handler at random moments of a 200 MB drop, 50 times
	@PYTHONPATH=shared:tests:tests/bench $(BIN)/python tests/functions/kill.py 50 284000

kill-closer: $(VENV)/.native ## Kill the closer of a day at random moments, 50 times
	@PYTHONPATH=shared:tests $(BIN)/python tests/functions/kill_closer.py 50

C_FILES    = $(wildcard $(NATIVE)/c/*.[ch] tests/c/*.[ch] tests/fuzz/*.[ch])
C_HEADERS  = $(RUNTIMES)/ziglang/lib/libc/include
TIDY_FLAGS = -std=c17 -Wall -Wextra -Wmissing-prototypes --target=x86_64-linux-gnu -nostdlibinc -I$(NATIVE)/c \
	$(patsubst %,-isystem $(C_HEADERS)/%,x86-linux-gnu generic-glibc x86-linux-any any-linux-any)

# Each file alone, and again only when a header or the file itself has changed: the analyzer takes its time.
TIDIED = $(patsubst $(NATIVE)/c/%.c,build/tidied/%,$(filter-out %/unity.c,$(wildcard $(NATIVE)/c/*.c)))
build/tidied/%: $(NATIVE)/c/%.c $(wildcard $(NATIVE)/c/*.h) .clang-tidy $(VENV)/.dev
	@mkdir -p $(@D)
	@$(BIN)/clang-tidy --quiet $< -- $(TIDY_FLAGS)
	@touch $@

check: $(VENV)/.dev $(TIDIED) ## Run the static checks: format, lint, types, architecture
	@$(BIN)/clang-format --dry-run -Werror $(C_FILES)
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

bench: $(VENV)/.native $(VENV)/bench/.installed ## Measure speed, memory and cost beside DuckDB and others; ARGS=--quick
	@$(BIN)/python tests/bench/bench.py $(ARGS)

bench-redrop: $(VENV)/.native ## Measure for how long a re-drop's old and new rows are seen together, in a folder and on emulated S3
	@PYTHONPATH=shared:tests $(BIN)/python tests/bench/redrop.py

ROWS ?= 1000000 10000000 100000000
DROPS ?= 100
bench-verify: $(VENV)/.native ## Measure `verify` on as many ROWS
	@PYTHONPATH=shared $(BIN)/python tests/bench/verify_rows.py $(ROWS)

bench-close: $(VENV)/.native ## Measure the close of a day of ROWS in DROPS drops
	@PYTHONPATH=shared:tests:tests/bench $(BIN)/python tests/bench/close_day.py $(firstword $(ROWS)) $(DROPS)

golden: $(VENV)/.native ## Rewrite what the golden cases expect; review the difference
	@$(BIN)/python -m pytest -q -n 0 tests/golden --rewrite-golden

schema: $(VENV)/.laptop ## Write the JSON Schemas of mappings and of sources anew
	@$(BIN)/python -c "import json; from hackle_import.mapping.format import json_schema; print(json.dumps(json_schema(), indent=1))" > shared/hackle_import/mapping/mapping.schema.json
	@$(BIN)/python -c "import json; from hackle_import.warehouse.format import json_schema; print(json.dumps(json_schema(), indent=1))" > shared/hackle_import/warehouse/source.schema.json

docs: $(VENV)/.dev ## Write the help of commands in docs/cli.md anew
	@PYTHONPATH=shared:tests $(BIN)/python tests/support/help_page.py

pictures: $(VENV)/.native ## Draw docs/pictures anew, of a day's report as it is; needs Chromium
	@PYTHONPATH=shared:tests $(BIN)/python tests/docs/pictures.py docs/pictures

gcp-archive: $(VENV)/.native ## Lay out what Terraform uploads: build/gcp-function.zip
	@$(BIN)/python infra/archive.py build/gcp-function.zip

# make deploy-gcp ENV=dev PROJECT=my-project STATE_BUCKET=my-terraform-state
TERRAFORM ?= $(VENV)/terraform/bin/python infra/terraform.py
terraform-init: $(VENV)/terraform/.installed
	@test -n "$(PROJECT)" && test -n "$(STATE_BUCKET)" || { echo "name them: PROJECT=... STATE_BUCKET=..." >&2; exit 2; }
	@$(TERRAFORM) -chdir=infra init -reconfigure -backend-config=bucket=$(STATE_BUCKET) -backend-config=prefix=hackle-import/$(ENV)

deploy-gcp: gcp-archive terraform-init ## Deploy to Google Cloud; ARGS=-var=alarm_email=me@example.com gives further variables
	@$(TERRAFORM) -chdir=infra apply -var-file=envs/$(ENV).tfvars -var=project=$(PROJECT) $(ARGS)

destroy-gcp: gcp-archive terraform-init ## Remove it from Google Cloud; refused where deletion_protection is set
	@$(TERRAFORM) -chdir=infra destroy -var-file=envs/$(ENV).tfvars -var=project=$(PROJECT) $(ARGS)

# A function ships nothing that only the command needs; click is one of functions-framework's own.
lock: $(VENV)/.laptop ## Resolve the dependencies anew
	@$(PIP) --quiet uv
	@$(COMPILE) --group build --output-file $(LOCKS)/laptop.txt
	@$(COMPILE) --all-extras --group dev --constraint $(LOCKS)/laptop.txt --output-file $(LOCKS)/dev.txt
	@$(COMPILE) --all-extras --group dev --group spark --constraint $(LOCKS)/dev.txt --output-file $(LOCKS)/spark.txt
	@printf 'click\nrich\nwatchfiles\nxxhash\n' | $(COMPILE) --extra aws --group aws-function --excludes /dev/stdin \
		--constraint $(LOCKS)/dev.txt --output-file functions/aws/requirements.txt
	@printf 'rich\nwatchfiles\nxxhash\n' | $(COMPILE) --extra gcp --group gcp-function --excludes /dev/stdin \
		--constraint $(LOCKS)/dev.txt --output-file functions/gcp/requirements.txt
	@for tool in sam checkov terraform release mutants bqemulator; do $(LOCK) --python-version 3.11 --group $$tool --output-file $(LOCKS)/$$tool.txt || exit 1; done
	@$(LOCK) --python-version 3.11 --group bench --constraint $(LOCKS)/dev.txt --output-file $(LOCKS)/bench.txt
	@$(LOCK) --python-version 3.13 --group lambda --output-file $(LOCKS)/lambda.txt

# A deployment's processor is the one that samconfig.toml names for ENV: the artifact must be built for it.
ENV  ?= dev
ARCH ?= $(shell sed -n '/^\[$(ENV)\.deploy/,/^\[/s/.*Architecture=\([a-z0-9_]*\).*/\1/p' samconfig.toml)
SAM  := SAM_CLI_TELEMETRY=0 $(VENV)/sam/bin/sam
SHIPPED = template.yaml samconfig.toml $(wildcard functions/aws/*) infra/aws/strip.py \
	$(shell find shared/hackle_import -name '*.py' -o -name '*.toml' -o -name '*.js') $(VENV)/.native

build-aws: .aws-sam/$(ARCH)/template.yaml ## Build what Lambda runs, ARCH=arm64 or x86_64 (needs Python 3.13, too)

.aws-sam/$(ARCH)/template.yaml: $(SHIPPED) $(VENV)/sam/.installed
	@test -n "$(ARCH)" || { echo "samconfig.toml has no environment $(ENV)" >&2; exit 2; }
	@mkdir -p .aws-sam
	@ARCH=$(ARCH) $(SAM) build --parameter-overrides Architecture=$(ARCH) --build-dir $(@D) > $(@D).log 2>&1 \
		|| { cat $(@D).log >&2; exit 1; }
	@touch $@

deploy-aws: build-aws ## Deploy to AWS: make deploy-aws ENV=dev, staging or prod
	$(SAM) deploy --config-env $(ENV) --config-file $(CURDIR)/samconfig.toml --template-file .aws-sam/$(ARCH)/template.yaml
	@$(BIN)/python infra/aws/stack.py protect hackle-import-$(ENV)

destroy-aws: $(VENV)/.dev ## Delete a deployment with its buckets, unless it is protected: make destroy-aws ENV=dev
	@$(BIN)/python infra/aws/stack.py destroy hackle-import-$(ENV)

clean: ## Remove what was made
	@rm -rf $(VENV) build .aws-sam infra/.terraform .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
