# Thin names over tools/dev.py, which works without make: python3 tools/dev.py run
PYTHON ?= python3
DEV = $(PYTHON) tools/dev.py

.DEFAULT_GOAL = help
.PHONY: help setup run test check bench soak shots lock assets clean

help:
	@$(DEV) --help

setup run check assets clean:
	@$(DEV) $@

# make test ARGS="-k catalogue"
test bench soak shots lock:
	@$(DEV) $@ $(ARGS)
