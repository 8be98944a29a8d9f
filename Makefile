# Two commands do everything: `make demo` and `make test`. Both depend on `make setup`.
VENV := .venv
BIN := $(VENV)/bin
DEMO_MINUTES ?= 6
# PyPI's Linux wheel of torch carries CUDA; the CPU build lives on PyTorch's own index.
TORCH_CPU_INDEX ?= https://download.pytorch.org/whl/cpu
ifeq ($(CUDA),1)
TORCH_INDEX :=
else
TORCH_INDEX := --extra-index-url $(TORCH_CPU_INDEX) --retries 0
endif

.PHONY: setup demo test lint clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt Makefile
	@python=; for p in python3 python3.12 python3.11 python3.13; do \
	  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { python=$$p; break; }; \
	done; \
	test -n "$$python" || { echo "make: Gaitway needs Python 3.11, 3.12 or 3.13 on PATH; install one and run again."; exit 1; }; \
	test -x $(BIN)/python || $$python -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt $(TORCH_INDEX) torch
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[sim,dev]'
	ln -sfn .. $(VENV)/gaitway
	cp gaitway.pth "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	touch $@

demo: setup
	$(BIN)/gaitway demo --minutes $(DEMO_MINUTES) --out out/demo

test: setup lint
	$(BIN)/pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --level error

clean:
	rm -rf $(VENV) out build *.egg-info
