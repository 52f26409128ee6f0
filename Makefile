# make setup   环境装在 .venv，不启动 / environment in .venv, nothing started
# make run     启动平台 / starts the portal (PORT, DATA_DIR, PORTAL_DEMO_PASSWORD)
# make test    全部测试 / the whole test suite
# make check   代码检查 / linters, types, guard tests
# make guide   重截用户手册的图 / the guide's pictures anew
# make bench, make assurance, make lock, make vendor, make migrations, make clean

.DEFAULT_GOAL := help
.PHONY: help setup run test check guide bench assurance lock vendor migrations clean
PYTHON_IN_VENV := .venv/bin/python

help:
	@sed -n 's/^# //p' Makefile | head -n 6

# Nothing is done the second time: the script compares the lock file's digest.
setup:
	@.ci/setup
	@.ci/system-packages setup

run:
	@.ci/setup
	@.ci/system-packages run
	@$(PYTHON_IN_VENV) manage.py portal

test:
	@.ci/setup
	@.ci/system-packages test
	@$(PYTHON_IN_VENV) -m pytest -n 2 --dist loadfile

check:
	@.ci/setup
	@.ci/check

guide:
	@.ci/setup
	@.ci/system-packages test
	@PORTAL_SHOTS=1 $(PYTHON_IN_VENV) -m pytest -q tests/browser/test_guide.py

bench:
	@.ci/setup
	@.ci/system-packages run
	@$(PYTHON_IN_VENV) -m tests.bench

assurance:
	@.ci/setup
	@.ci/system-packages test
	@$(PYTHON_IN_VENV) -m tests.assurance

lock:
	@.ci/setup
	@.ci/lock

# Until the first release alone; see .ci/migrations.
migrations:
	@.ci/setup
	@$(PYTHON_IN_VENV) .ci/migrations

vendor:
	@.ci/vendor

clean:
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
