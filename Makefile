# The verbs of this project. Each one first makes ready what it needs, and that is quick when nothing changed.

.DEFAULT_GOAL := help
.PHONY: help demo test soak check bench serve docs screenshots setup-run setup-dev

BIN := .venv/bin

help: ## list these verbs
	@sed -n 's/^\([a-z]*\):[^#]*## /\1	/p' Makefile | while IFS='	' read -r verb what; do printf '  make %-11s %s\n' "$$verb" "$$what"; done

demo: setup-run ## set up and run the main job end to end; the pages are in out/
	@$(BIN)/groundtruce demo

test: check ## set up, check and run every test
	@$(BIN)/pytest -n 2 --dist worksteal

soak: setup-dev ## every property with twenty times the examples, and the tests that take minutes each
	@$(BIN)/pytest -n 2 --dist worksteal --hypothesis-profile=soak

check: setup-dev ## layout, lint, types and the direction of imports, without the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: setup-dev ## measure how fast and how well, and print the numbers
	@$(BIN)/python -m benchmarks

serve: setup-run ## show the worked example on http://127.0.0.1:8000, made first where it is not there
	@test -f out/record/secretariat/node.yaml || $(BIN)/groundtruce demo
	@$(BIN)/groundtruce serve out/record/secretariat --listen 127.0.0.1:8000

docs: setup-dev ## build the documentation into site/
	@$(BIN)/zensical build --strict --clean

screenshots: setup-dev ## take the pictures that the README and the documentation show
	@test -f out/record/secretariat/node.yaml || $(BIN)/groundtruce demo
	@$(BIN)/python -m tools.pictures

setup-run:
	@bash tools/setup.sh run

setup-dev:
	@bash tools/setup.sh dev
