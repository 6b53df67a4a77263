# What `make help` lists. Needs Python 3.11 (the version that Blender 4.5 and 5.0 use) with pip, and make; README names the
# libraries that bpy needs.

PROMPT ?= a red mug
# As it is and through the environment, so that quotes and dollar signs in a prompt mean nothing to make or a shell.
override PROMPT := $(value PROMPT)
export PROMPT

ifeq ($(OS),Windows_NT)
PYTHON ?= py -3.11
BIN := Scripts
else
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := bin
endif
ENGINE := .venv/$(BIN)/python
BPY45 := .venv-bpy45/$(BIN)/python
BPY50 := .venv-bpy50/$(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help demo gallery test test-long test-windows faults zip repository offline lock

help:
	@echo 'make demo PROMPT="a red mug"   from the prompt to a relit mesh, pictures and a .blend in demo/'
	@echo 'make test                      the engine, Blender 4.5 and 5.0, a real window where there can be one'
	@echo 'make test-long                 the few tests of the engine that take longest (10 minutes)'
	@echo 'make test-windows              the window in Blender 4.3 and 5.2, with the engine set up for real (Linux, root)'
	@echo 'make gallery                   the demo for four prompts, and docs/gallery.png'
	@echo 'make faults                    hundreds of runs, each hurt in one way, and a table of what they lost (20 minutes)'
	@echo 'make zip                       the extension for Blender, in dist/'
	@echo 'make repository                the zip in a folder that Blender can watch for new versions: dist/repository'
	@echo 'make offline PLATFORM=windows  a folder to set the engine up from without a network (this system if not named)'
	@echo 'make lock                      solve requirements/*.in anew'

demo: .venv/ready .venv-bpy45/ready zip
	@$(BPY45) tools/demo.py

gallery: .venv/ready .venv-bpy45/ready zip
	@$(BPY45) tools/gallery.py

# The window's test is skipped where there can be no window: the last line should count tests that ran.
test:
	@$(MAKE) --no-print-directory --jobs 3 .venv/ready .venv-bpy45/ready .venv-bpy50/ready
	@echo '== the engine, the bridge, the documents'
	@$(ENGINE) -m pytest -m 'not long' tests/engine tests/bridge tests/project tests/faults
	@echo '== a real window'
	@$(ENGINE) -m tests.gui.prepare
	@$(ENGINE) -m pytest -rs -m 'not in_full' tests/gui
	@echo '== Blender 4.5 and 5.0'
	@$(MAKE) --no-print-directory --keep-going --jobs 2 test-blender45 test-blender50

# Side by side, since each mostly waits for an engine.
test-blender%:
	@.venv-bpy$*/$(BIN)/python -m pytest tests/blender

test-long: .venv/ready
	@$(ENGINE) -m pytest -m long tests/engine

test-windows: .venv/ready offline
	@for suite in trixie sid; do \
	  echo "== a real window, Debian $$suite"; \
	  $(ENGINE) -m tests.gui.prepare $$suite && $(ENGINE) -m pytest -rs tests/gui --suite $$suite || exit 1; \
	done

faults: .venv/ready .venv-bpy45/ready
	@$(ENGINE) -m tests.faults

zip: .venv-bpy45/ready
	@$(BPY45) tools/build_extension.py

repository: .venv-bpy45/ready
	@$(BPY45) tools/repository.py

offline: .venv-bpy45/ready
	@$(BPY45) -m tools.offline $(if $(PLATFORM),--platform $(PLATFORM))

.venv/ready: requirements/engine.txt requirements/test.txt requirements/ray.txt
	@$(PYTHON) tools/environment.py .venv $^

.venv-bpy%/ready: requirements/bpy%.txt
	@$(PYTHON) tools/environment.py .venv-bpy$* $^

# torch's CUDA packages stay out of the lock: pip adds them where the wheel asks for them, and a CPU wheel does not.
# So do markers for emscripten, which pip need not know.
lock:
	@$(PYTHON) tools/environment.py .venv-lock
	@.venv-lock/$(BIN)/python -m pip install --quiet uv
	@set -e; for name in engine test ray; do \
	  .venv-lock/$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
	    requirements/$$name.in > .venv-lock/$$name.txt; \
	  sed -E "/^(cuda|nvidia|triton)|== 'emscripten'/d; s/ ; sys_platform != 'emscripten'//" .venv-lock/$$name.txt \
	    > .venv-lock/locked.txt; \
	  mv .venv-lock/locked.txt requirements/$$name.txt; \
	done
