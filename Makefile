# The one entry to everything; the work is done by `python -m tools`.
# SPDX-License-Identifier: GPL-3.0-or-later

# The first that really runs and can make environments: a version manager's stand-in may be on the PATH and run nothing.
# The system's own comes first: distributions compile theirs with profile-guided optimisation, version managers mostly
# do not, and playbooks then take a quarter more CPU time.
ifndef PYTHON
USABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHONS := python3.11 python3.12 python3.13
PYTHON := $(shell \
    for each in $(addprefix /usr/bin/,$(PYTHONS)) $(PYTHONS) python3; do \
    if $$each -c '$(USABLE)' >/dev/null 2>&1; then echo $$each; exit; fi; done; echo python3)
endif

SANDBOX ?= .sandbox
MODE ?= irsa
HELM ?= 3
TOOLS := $(PYTHON) -m tools

.DEFAULT_GOAL := help
.PHONY: help demo test test-unit test-scenario sandbox sandbox-down lint sanity lock

help: ## this list
	@$(TOOLS) help

demo: ## the main job from nothing, in a sandbox of its own: wire, prove, act as Epinio; MODE=irsa|instance_profile
	@$(TOOLS) run sandbox.demo "$(MODE)"

test: ## every check and every test
	@$(TOOLS) test

test-unit: ## the tests that need no sandbox, and their coverage
	@$(TOOLS) unit

test-scenario: ## playbooks against a sandbox: S=<part of a scenario's name>
	@$(TOOLS) scenario "$(S)"

sandbox: ## AWS and an EKS cluster with Epinio on this machine: SANDBOX=<folder> HELM=3|4
	@$(TOOLS) run sandbox up --folder "$(SANDBOX)" --helm "$(HELM)"

sandbox-down: ## end that sandbox: SANDBOX=<folder>
	@$(TOOLS) run sandbox down --folder "$(SANDBOX)"

lint: ## formats, types, documentation, package: every check but ansible-test
	@$(TOOLS) lint

sanity: ## ansible-test sanity
	@$(TOOLS) sanity

lock: ## compile the requirement files anew
	@$(TOOLS) lock
