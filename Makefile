# What people run. `make` alone lists the targets. Needs Python 3.11 or later and nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AS_OF ?= 2023-06-30
# pytest-xdist workers: two cores are what we promise to work on.
WORKERS ?= 2
DISTRICT_HOME ?= $(CURDIR)/warehouse/home
export DISTRICT_HOME

# An environment is as good as the lock file that it was made from: the stamp carries its hash, so that a second make
# starts at once and a changed lock is installed.
hash = $(shell cat $(1) pyproject.toml 2>/dev/null | sha256sum | cut -c1-16)
RUNTIME := $(VENV)/.installed-$(call hash,requirements.lock)
DEVELOPMENT := $(VENV)/.installed-dev-$(call hash,requirements-dev.lock)
BENCHMARKS := $(VENV)/.installed-bench-$(call hash,requirements-bench.lock)

.PHONY: help setup setup-dev demo run test unit check fmt faults bench clean generated

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20
	@echo '  AS_OF=$(AS_OF) DISTRICT_HOME=$(DISTRICT_HOME)'

setup: $(RUNTIME) ## 安装环境 / the environment, from the lock file

setup-dev: $(DEVELOPMENT) ## 开发与测试环境 / the environment with the tools of tests

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "需要 Python 3.11 或更新版本；请安装后用 make PYTHON=python3.11 … 重试 / Python 3.11 or later is needed: install it, then make PYTHON=python3.11 ..."; exit 2; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "安装 python3-venv … / installing python3-venv ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv python3-pip; \
	  else \
	    echo "缺少 venv 模块；请先运行：sudo apt-get install -y python3-venv python3-pip / the venv module is missing; run: sudo apt-get install -y python3-venv python3-pip"; exit 2; \
	  fi; \
	fi
	@rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): | $(BIN)/python
	@echo "安装依赖（约一分钟）… / installing dependencies (about a minute) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m orchestration.setting_up
	@rm -f $(VENV)/.installed-*
	@touch $@

$(DEVELOPMENT): $(RUNTIME)
	@echo "安装测试工具 … / installing the tools of tests ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@rm -f $(VENV)/.installed-dev-*
	@touch $@

# The alternatives that ours is measured beside. Without them the others are still measured, and these say why not.
$(BENCHMARKS): $(RUNTIME)
	@echo "安装对比用的工具 … / installing what ours is measured beside ..."
	@rm -f $(VENV)/.installed-bench-*
	@if $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock; then touch $@; \
	else echo "未能安装，跳过这些对比 / could not install them: these are left out"; fi

# Simulated aside and renamed, so that a folder that is there is whole.
$(DISTRICT_HOME)/departments: | $(RUNTIME)
	@mkdir -p $(@D) && rm -rf $@.part
	$(BIN)/district simulate --out $@.part
	@mv $@.part $@

demo: setup $(DISTRICT_HOME)/departments ## 示范区：模拟、接收、计算、发布 / the demo district up to its publication
	$(BIN)/district run --as-of $(AS_OF)

# A held batch (exit code 1) is shown by the pages, so they are served all the same; any other failure stops here.
run: setup $(DISTRICT_HOME)/departments ## make demo，然后打开页面 8501 与 Dagster 3000 / make demo, then serve the pages
	@$(BIN)/district run --as-of $(AS_OF) || [ $$? -eq 1 ]
	@exec $(BIN)/district serve

test: check ## 检查与全部测试 / checks, then all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

unit: setup-dev ## 快速测试（一分钟内）/ the fast loop: what takes no publication, page, whole run or server
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not (slow or integration or service or browser)"

check: setup-dev generated ## 静态检查 / static checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

generated: setup-dev
	$(BIN)/python -m orchestration.indicator_models
	$(BIN)/python -m sources.contract.dbt_sources --check
	$(BIN)/python -m sources.contract.reference --check
	$(BIN)/python docs/generate_licences.py --check

fmt: setup-dev ## 排版 / format, and write generated files again
	$(BIN)/python -m sources.contract.dbt_sources
	$(BIN)/python -m sources.contract.reference
	$(BIN)/python -m orchestration.indicator_models
	$(BIN)/python docs/generate_licences.py
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --disable-progress-bar dbt_project/models dbt_project/tests

faults: setup ## 故障演练：35 类故障逐类对照，数值与干净交付一致 / 35 kinds of faults, injected against found
	$(BIN)/district faults

bench: setup-dev $(BENCHMARKS) ## 性能对比，QUICK=1 为快速版 / measured beside hand-written scripts; QUICK=1 for the short run
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

clean: ## 删除环境与缓存，保留数据 / remove the environment and caches, keep all data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
