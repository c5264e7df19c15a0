# Two commands are enough: `make run` and `make test`. Everything they need is set up in .venv.
SHELL := /bin/bash
PY ?= python3
BIN := .venv/bin

.PHONY: run test check bench train evaluate fax pictures clean setup packages node

run: setup  ## start the demo: one machine, virtual phones, a customer
	$(BIN)/masstransit demo

test: setup packages node  ## all tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 3 --dist worksteal

check: setup  ## style, types, import contracts, generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m masstransit.policy_page --check docs/policy.md

bench: setup  ## side by side with Kannel, rspamd and Kamailio, a do-not-call list and a day of calls, in one run
	@scripts/packages bench
	$(BIN)/python -m bench

train: setup  ## the weights of what reads content, from ../shared/data/train and our own templates
	$(BIN)/python -m bench.content.train

evaluate: setup  ## what reads content and opt-outs, on real messages in ../shared/data; writes docs/evaluation.md
	$(BIN)/python -m bench.evaluate

fax: setup packages  ## ten pages by fax through the whole house, by sound and by packets, in real time: three minutes
	FAX_PAGES=10 $(BIN)/python -m pytest -n 0 --timeout 900 tests/stories/test_faxes.py

pictures: setup packages  ## the pictures of the pages in docs/, in both themes
	$(BIN)/python -m tests.pictures

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	$(PY) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PY) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Debian's packages that stories use as counterparts. Elsewhere than Debian a story whose package is missing is skipped by name.
packages:
	@scripts/packages

node:
	@scripts/node

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/stories/node/node_modules data build dist *.egg-info
