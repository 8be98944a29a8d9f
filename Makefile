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

.PHONY: setup demo test lint newton fuzz aarch64 emulate clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt Makefile
	@python=; for p in python3 python3.12 python3.11 python3.13; do \
	  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { python=$$p; break; }; \
	done; \
	test -n "$$python" || { echo "make: Gaitway needs Python 3.11, 3.12 or 3.13 on PATH; install one and run again."; exit 1; }; \
	test -x $(BIN)/python || $$python -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt $(TORCH_INDEX) torch
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[sim,dev]'
	# The reference of our tracking scores. Without what it asks for: opencv-python would overwrite the headless one.
	$(BIN)/pip install -q --disable-pip-version-check --no-deps trackeval==1.3.0
	ln -sfn .. $(VENV)/gaitway
	cp gaitway.pth "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	touch $@

demo: setup
	$(BIN)/gaitway demo --minutes $(DEMO_MINUTES) --out out/demo

# Two at a time; tests/conftest.py says which tests stay together.
test: setup lint
	$(BIN)/pytest -n 2 --dist loadscope

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --level error --threads 2

# Newton wants a Warp of its own, so it gets an environment of its own.
newton: setup
	test -x .venv-newton/bin/python || $(BIN)/python -m venv .venv-newton
	.venv-newton/bin/pip install -q --disable-pip-version-check --no-deps newton==1.8.0 newton-usd-schemas==0.6.0
	.venv-newton/bin/pip install -q --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 trimesh==5.2.0 \
	  usd-core==25.11 warp-lang==1.19.0
	NEWTON_PYTHON=$(CURDIR)/.venv-newton/bin/python $(BIN)/pytest tests/newton

# The HTTP service under other requests each time; FUZZ_EXAMPLES of each kind for each path.
fuzz: setup
	FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),2000) $(BIN)/pytest --timeout 3600 tests/deploy_jetson/test_serve_fuzz.py

# Whether the pinned robot side has wheels for a Jetson: JetPack 6 has Python 3.10 and glibc 2.35, JetPack 7 3.12 and 2.39.
AARCH64 := $(foreach glibc,manylinux2014 manylinux_2_27 manylinux_2_28 manylinux_2_31 manylinux_2_34,--platform $(glibc)_aarch64)
aarch64: setup
	rm -rf build/aarch64
	for version in 3.10 3.12; do \
	  $(BIN)/pip download -q --disable-pip-version-check --dest build/aarch64/$$version -c deploy_jetson/constraints.txt \
	    --python-version $$version $(AARCH64) --only-binary=:all: 'numpy>=1.26' 'onnxruntime>=1.18' || exit 1; \
	  echo "Python $$version:"; ls build/aarch64/$$version; \
	done

# The same robot side at work: qemu-user runs it on this machine. Takes a quarter of an hour.
emulate: setup
	tests/aarch64/emulate.sh $(BIN)/pip

clean:
	rm -rf $(VENV) .venv-newton out build *.egg-info
