# Everything works from a bare checkout with Python >= 3.11 and make.
# `make help` lists the targets.

PYTHON ?= python3
ARGS ?=
JOBS ?= auto
N ?= 5000
SEED ?= 0

VENV := .venv
PY := $(VENV)/bin/python
BENCH := .bench

# Peers, at the versions that our figures are stated for.
PEERS := micrograd==0.1.0 mygrad==2.5.0 tinygrad==0.14.0 torch==2.13.0 jax==0.10.2 scikit-learn
HIPS := autograd==1.9.1
DRAWERS := micrograd==0.1.0 torch==2.13.0 torchviz==0.0.3 torchview==0.2.7 torchlens==2.36.1 numpy
ORACLE := torch==2.13.0 jax==0.10.2

# Two workers with two BLAS threads each would wait for one another.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# $(call make-venv,FOLDER): a fresh environment, or one line that says what is missing.
define make-venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
  echo "Blamegraph needs Python 3.11 or newer, and \`$(PYTHON)\` is $$($(PYTHON) --version 2>/dev/null || echo 'not there'): run make PYTHON=/path/to/python3.11" >&2; exit 1; }
@echo "==> creating $(1)"
@$(PYTHON) -m venv --clear $(1) || { rm -rf $(1); \
  echo "\`$(PYTHON) -m venv\` failed: some systems ship it apart (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
endef

# $(call install,FOLDER,WHAT): pip install, showing nothing but errors.
define install
@echo "==> installing $(2) in $(1)"
@$(1)/bin/python -m pip install -qq --disable-pip-version-check $(2) || { \
  echo "pip could not install $(2): its reason is above. If that is the network, connect, set a proxy, or point pip at a mirror, and run make again" >&2; exit 1; }
endef

.PHONY: help
help: ## list the targets
	@echo "make TARGET   (variables: PYTHON=$(PYTHON), ARGS for demo, test, notebooks, docs, oracle, bench, gallery and profile, JOBS=$(JOBS) test workers, N=$(N) and SEED=$(SEED) for fuzz)"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  %-12s %s\n", $$1, $$2 }'

# --- the product -----------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.demo ## train a network and draw its graph (ARGS=--help for the choices)
	@$(ONE_THREAD) $(PY) -m nn.demo $(ARGS)

.PHONY: test
test: $(VENV)/.dev ## run the tests and the examples in the docstrings
	@$(ONE_THREAD) MPLBACKEND=Agg $(PY) -m pytest -n $(JOBS) $(ARGS)

.PHONY: mutants
mutants: $(VENV)/.dev ## plant bugs in the engine, and print which are found, named and shrunk
	@$(ONE_THREAD) $(PY) -m tests.mutants $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## check style, format and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

.PHONY: format
format: $(VENV)/.dev ## put the code in the house format
	@$(PY) -m ruff check --fix-only .
	@$(PY) -m ruff format .

# --- the course ------------------------------------------------------------------------------

.PHONY: notebooks
notebooks: $(VENV)/.dev ## run the course and keep its outputs (ARGS="--check 01-neuron")
	@$(ONE_THREAD) $(PY) tools/notebooks $(ARGS)

.PHONY: docs
docs: $(VENV)/.dev ## build the documentation in build/docs/html (warnings are errors)
	@$(ONE_THREAD) MPLBACKEND=Agg $(PY) tools/docs $(ARGS)

# --- comparisons -----------------------------------------------------------------------------

.PHONY: oracle
oracle: $(BENCH)/oracle/.installed ## compare answers with PyTorch's (the tests marked oracle)
	@$(ONE_THREAD) MPLBACKEND=Agg $(BENCH)/oracle/bin/python -m pytest -n $(JOBS) -m oracle $(ARGS)

.PHONY: fuzz
fuzz: $(BENCH)/oracle/.installed ## run N random programs against PyTorch and JAX, or go on with them
	@$(ONE_THREAD) $(BENCH)/oracle/bin/python -m tests.oracle.fuzz $(N) --seed $(SEED) $(ARGS)

.PHONY: bench
bench: $(VENV)/.dev bench-peers ## run all benchmarks, against the peers too (ARGS="--quick", names, --threads 2, --into FILE)
	@$(PY) -m benchmarks $(ARGS)

.PHONY: checkers
checkers: $(VENV)/.dev $(BENCH)/peers/.installed $(BENCH)/hips/.installed ## plant bugs before our gradient checker and the peers'
	@$(ONE_THREAD) $(PY) -m benchmarks.checkers $(ARGS)

.PHONY: gallery
gallery: $(VENV)/.dev $(BENCH)/gallery/.installed ## make docs/gallery.md: every picture, and other tools' beside ours
	@$(ONE_THREAD) MPLBACKEND=Agg $(PY) tools/gallery --peers $(BENCH)/gallery/bin/python $(ARGS)

# A peer that cannot be installed is absent from the report; the next run tries again.
.PHONY: bench-peers
bench-peers: ## install the peers to compare with, those that can be
	@$(MAKE) --no-print-directory $(BENCH)/peers/.installed || \
	  $(MAKE) --no-print-directory $(BENCH)/peers/.each
	@$(MAKE) --no-print-directory $(BENCH)/hips/.installed || \
	  echo "==> without $(HIPS)"

.PHONY: profile
profile: $(VENV)/.dev ## show where the time of our own benchmarks goes, eager and captured (ARGS=lstm)
	@$(ONE_THREAD) $(PY) -m benchmarks.profiling $(ARGS)

.PHONY: digits
digits: $(BENCH)/digits/.installed ## rebuild the digits data from its source and compare
	@$(BENCH)/digits/bin/python tools/make_digits.py --check

# --- housekeeping ----------------------------------------------------------------------------

.PHONY: clean
clean: ## remove all that make created
	rm -rf $(VENV) $(BENCH) blamegraph-demo build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find autograd nn tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# --- environments ----------------------------------------------------------------------------
# A stamp in each says that it is up to date with pyproject.toml.

# An environment of the user's own is kept, and added to.
$(VENV)/.created:
	$(if $(shell test -x $(PY) && echo there),,$(call make-venv,$(VENV)))
	@touch $@

$(VENV)/.demo: $(VENV)/.created pyproject.toml
	$(call install,$(VENV),-e '.[viz$(comma)progress]')
	@touch $@

# Holds all that the demo needs too.
$(VENV)/.dev: $(VENV)/.created pyproject.toml
	$(call install,$(VENV),-e '.[all$(comma)dev]')
	@touch $(VENV)/.demo $@

$(BENCH)/oracle/.installed: pyproject.toml Makefile
	$(call make-venv,$(BENCH)/oracle)
	$(call install,$(BENCH)/oracle,$(ORACLE) -e '.[progress$(comma)special$(comma)test]')
	@touch $@

$(BENCH)/peers/.installed: Makefile
	$(call make-venv,$(BENCH)/peers)
	$(call install,$(BENCH)/peers,$(PEERS))
	@touch $@

# One by one, where they cannot be installed together.
.PHONY: $(BENCH)/peers/.each
$(BENCH)/peers/.each:
	@for peer in $(PEERS); do \
	  $(BENCH)/peers/bin/python -m pip install -qq --disable-pip-version-check $$peer || \
	    echo "==> without $$peer"; done

# HIPS autograd has our import name, so it lives alone.
$(BENCH)/hips/.installed: Makefile
	$(call make-venv,$(BENCH)/hips)
	$(call install,$(BENCH)/hips,$(HIPS))
	@touch $@

$(BENCH)/gallery/.installed: Makefile
	$(call make-venv,$(BENCH)/gallery)
	$(call install,$(BENCH)/gallery,$(DRAWERS))
	@touch $@

$(BENCH)/digits/.installed:
	$(call make-venv,$(BENCH)/digits)
	$(call install,$(BENCH)/digits,scikit-learn)
	@touch $@

comma := ,
