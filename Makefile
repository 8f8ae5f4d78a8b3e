# Names for what people type. Everything here runs without make too.
PYTHON ?= .venv/bin/python

.PHONY: help setup check test docs bench plans netlab rule console lowest audit fuzz
help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: ## make .venv with everything the checks need
	python3 -m venv .venv && .venv/bin/pip install --quiet -e '.[dev]'

check: ## everything CI runs
	$(PYTHON) -m tools.check

test: ## the tests alone
	$(PYTHON) -m pytest -q

docs: ## write README's generated parts and the rules' pages
	$(PYTHON) -m tools.docs

bench: ## measure every target against what it is compared with (bench/README.md)
	$(PYTHON) -m bench.run

plans: ## remake the plans of fixtures whose Terraform has changed (terraform, and a registry or TF_PLUGIN_MIRROR)
	$(PYTHON) -m tools.plans

catalogue: ## what the fixtures show of every rule, as a table
	$(PYTHON) -m tools.catalogue

suggestions: ## carry out every suggestion of the broken fixtures, plan with real Terraform, judge again
	$(PYTHON) -m tools.suggestions

netlab: ## networks of namespaces, real queries (root; openvpn nftables dnsmasq-base bind9-dnsutils iproute2)
	TF_CVPN_LINT_REQUIRE_NETLAB=1 $(PYTHON) -m pytest -q tests/netlab

rule: ## start a rule: make rule ID=CVPN135 NAME=the-fault-in-words TITLE='A sentence' [SEVERITY=warning]
	$(PYTHON) -m tools.rule "$(ID)" "$(NAME)" "$(TITLE)" --severity "$(or $(SEVERITY),error)"

console: ## ask terraform console again what the recorded expressions are worth (terraform 1.11)
	$(PYTHON) tests/read/hcl/console/record.py
	$(PYTHON) tests/read/hcl/expressions/record

lowest: ## the lowest versions of dependencies that are allowed, and the tests that ask them
	$(PYTHON) -m tools.lowest

audit: ## what is known of holes in the dependencies (asks PyPI)
	$(PYTHON) -m pip install --quiet pip-audit && $(PYTHON) -m pip_audit --skip-editable

fuzz: ## ten minutes of damaged input
	$(PYTHON) -m tests.hostile.fuzz --seconds 600
