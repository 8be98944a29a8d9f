#!/usr/bin/env bash
# The robot side in an aarch64 Python, emulated by qemu-user: the bundles' golden vectors, then the tests that
# need nothing but that side. Debian's packages and PyPI's wheels for aarch64 go into build/aarch64; nothing
# of this machine's own Python is used. Usage: emulate.sh PIP
set -euo pipefail
cd "$(dirname "$0")/../.."
pip=$1
work=$PWD/build/aarch64/emulated
# Newer ones crash in the qemu 7.2 of Debian 12.
onnxruntime=onnxruntime==1.23.2

for program in qemu-aarch64 apt-get dpkg; do
  command -v $program > /dev/null || { echo "make emulate: $program is missing; on Debian or Ubuntu: apt-get install qemu-user."; exit 1; }
done

mkdir -p "$work"/{apt/lists/partial,cache/archives/partial,debs,root}
: > "$work/apt/status"
cat > "$work/apt.conf" << CONF
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "";
Dir::State "$work/apt";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/cache";
CONF
export APT_CONFIG=$work/apt.conf
apt-get -qq update
python=$(apt-cache depends python3-minimal | sed -n 's/.*Depends: \(python3\.[0-9]*\)-minimal/\1/p')
libraries=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
  --no-enhances "$python-minimal" "lib$python-stdlib" libstdc++6 | grep '^\w' | grep -v '^debconf\|^dpkg\|^tar\|^perl')
(cd "$work/debs" && apt-get -qq download $libraries)
for package in "$work"/debs/*.deb; do dpkg -x "$package" "$work/root"; done

version=${python#python}
platforms=$(printf -- '--platform %s_aarch64 ' manylinux2014 manylinux_2_27 manylinux_2_28 manylinux_2_31 manylinux_2_34)
grep -v '^onnxruntime==' constraints.txt > "$work/constraints.txt"
"$pip" install -q --disable-pip-version-check --target "$work/site" --upgrade --python-version "$version" $platforms \
  --only-binary=:all: -c "$work/constraints.txt" numpy "$onnxruntime" onnx scipy pytest pytest-timeout hypothesis jsonschema

emulated() { PYTHONPATH="$work/site:.venv" qemu-aarch64 -L "$work/root" "$work/root/usr/bin/$python" "$@"; }
emulated -c 'import platform, numpy, onnxruntime
print("Python", platform.python_version(), platform.machine(), "numpy", numpy.__version__, "onnxruntime", onnxruntime.__version__)'
for bundle in policies/zoo/*/; do
  emulated -m gaitway.deploy_jetson.main check "$bundle" | grep -i 'golden\|action\|difference'
done
# Not those that start processes of their own: this machine would have to know how to run them.
tests=$(printf 'tests/deploy_jetson/test_%s.py ' contract external histogram json_schema limiter link loop observations \
  policy route safety safety_paths schedule teleop unitree)
emulated -m pytest -p no:cacheprovider --timeout 3600 $tests tests/deploy_jetson/hostile
