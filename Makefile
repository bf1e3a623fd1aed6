# The everyday commands. `make check` is what .ci/run checks beside the tests.
PYTHON ?= .venv/bin/python

.PHONY: install test check generated cassettes bench clean
install:            ## a virtual environment with everything the tests need
	python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]'
test:               ## the whole suite
	$(PYTHON) -m pytest
check:              ## lint, format, types, layers, generated files
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy && .venv/bin/lint-imports
	$(PYTHON) -m tests.generated --check
generated:          ## write schemas, rule pages and the README's help again
	$(PYTHON) -m tests.generated
cassettes:          ## record the stories again, from the emulator
	$(PYTHON) -m tests.stories
bench:              ## the benchmarks, each a ratio against what a user would write
	for f in tests/benchmarks/bench_*.py; do $(PYTHON) $$f; done
clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dist build
