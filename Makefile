# Every target does its own set-up; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help setup run dev test test-cluster check check-chart chart-readme monitoring pictures format bench bench-accuracy bench-autoscaler bench-ledger bench-peer bench-profile chaos chaos-broken check-units image e2e e2e-scale clean

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Install what is missing
	@bin/setup

run: setup ## Everything on http://localhost:8080 (PORT=, CRICKSY_DATA_DIR=)
	@exec node services/standalone/main.ts

dev: setup ## Two gateways, two workers, RabbitMQ and S3, as in a cluster (same settings)
	@bin/setup-rabbitmq
	@bin/setup-versitygw
	@CRICKSY_GATEWAYS=2 CRICKSY_WORKERS=2 CRICKSY_LOCAL_RABBITMQ=yes CRICKSY_LOCAL_S3=yes \
	  CRICKSY_DATA_DIR=$${CRICKSY_DATA_DIR:-.data/dev} exec node services/standalone/main.ts

# FILES= runs some of them.
FILES ?= {services,monitoring}/**/*.test.ts
test: setup check ## All checks and tests, against real services (FILES= for some)
	@bin/setup-tests
	@bin/setup-versitygw
	@bin/setup-rabbitmq
	@bin/setup-prometheus >/dev/null
	@node --test --test-timeout=300000 --test-global-setup=services/testing/setup.ts '$(FILES)'

# On the cluster of KUBECONFIG, else the one of CRICKSY_TEST_CLUSTER. CLUSTER_FILES= runs some of them.
CLUSTER_FILES ?= {services,monitoring}/**/*.cluster.ts
test-cluster: setup ## Tests of the controller on a real Kubernetes
	@bin/test-cluster '$(CLUSTER_FILES)'

check: setup ## Types, lint, who may import whom
	@tsc -p .
	@biome check --error-on-warnings services monitoring migrations bench e2e bin charts
	@node --test services/architecture.test.ts >/dev/null || node --test services/architecture.test.ts

check-chart: setup ## Lint, render and check the Helm chart (needs helm)
	@bin/check-chart

chart-readme: setup ## Write the table of values in the chart's README
	@node charts/cricksy-ocr/tests/readme.ts

monitoring: setup ## Write dashboards and rules from their sources
	@node monitoring/main.ts

pictures: setup ## Draw the dashboards from real runs (needs Chromium and a cluster; ONLY=)
	@bin/pictures

format: setup ## Format and fix what can be fixed
	@biome check --write services monitoring migrations bench e2e bin charts

# Never part of the tests. CRICKSY_BENCH_DATA=folder:folder instead of the few fixtures.
bench: setup ## Measure engine and pipeline (results in bench/results)
	@bin/bench-setup
	@node bench/engine/main.ts
	@node bench/pipeline/main.ts

bench-accuracy: setup ## Measure what each step of preparation brings
	@node bench/accuracy/main.ts

bench-autoscaler: setup ## Our scaling policy beside KEDA and the HPA, in virtual time (POLICY=)
	@POLICY='$(POLICY)' node bench/autoscaler/main.ts

bench-ledger: setup ## Measure API, dispatch and live events on a million uploads
	@node bench/ledger/main.ts

bench-peer: setup ## Measure beside another stack (CRICKSY_PEER_DIR=, CRICKSY_BENCH_PARTS=rabbitmq)
	@node bench/peer/main.ts

bench-profile: setup ## Where the CPU of one upload goes
	@node bench/profile/main.ts

# SEED= repeats a run, MINUTES= and UPLOADS= make it longer.
chaos: setup ## Faults on real parts: is anything lost, does anything take effect twice
	@bin/setup-tests
	@bin/setup-versitygw
	@bin/setup-rabbitmq
	@node services/testing/chaos/main.ts

chaos-broken: setup ## The same on builds broken on purpose: does the checker see it
	@bin/setup-tests
	@bin/setup-versitygw
	@bin/setup-rabbitmq
	@BROKEN="$(BROKEN)" node services/testing/chaos/main.ts

image: setup ## Build the container images with docker or podman (TAG=, IMAGE_PREFIX=, LANGUAGES='eng deu')
	@TAG='$(TAG)' IMAGE_PREFIX='$(IMAGE_PREFIX)' LANGUAGES='$(LANGUAGES)' bin/image

check-units: setup ## Are the systemd units what systemd takes
	@bin/check-units

# On the cluster of KUBECONFIG, else a kind one, else the one of CRICKSY_TEST_CLUSTER. E2E_KEEP=yes leaves it all.
e2e: setup ## Prove images and chart on a real Kubernetes
	@node e2e/main.ts

# KEDA and KWOK come from CRICKSY_TEST_CLUSTER where they are not there.
e2e-scale: setup ## More of what the controller promises, beside KEDA (about two hours)
	@node e2e/main.ts scale

clean: ## Remove installed packages; data stays
	rm -rf node_modules
