#!/usr/bin/env bash
# What a GPU has to prove: the core's tests, those marked cuda, and the bench's figures for it. About four minutes.
#
# Run it from the repository's root, where PyTorch, NumPy, safetensors, pyarrow, scikit-learn, psutil, Pillow, pytest and
# hypothesis are installed; it installs nothing and needs neither Streamlit nor a network. Results lie below $OUT.
# DEVICE=cpu tries it out without a GPU; BENCH names the measurements, none if it is empty.
set -euo pipefail

out=${OUT:-build/gpu}
device=${DEVICE:-cuda}
python=${PYTHON:-python3}
mkdir -p "$out"
export PYTHONUNBUFFERED=1 CUBLAS_WORKSPACE_CONFIG=:4096:8
EXPLORER_RUNS=$(mktemp -d)
export EXPLORER_RUNS
trap 'rm -rf "$EXPLORER_RUNS"' EXIT

if [ "$device" = cuda ]; then
    nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | tee "$out/gpu.txt"
fi
"$python" -c "import platform, torch; print('Python', platform.python_version(), 'torch', torch.__version__)" | tee -a "$out/gpu.txt"

tests() {  # NAME SECONDS ARGUMENT...: one part of the tests, within so many seconds
    local name=$1 seconds=$2
    shift 2
    echo "== $name"
    timeout "$seconds" "$python" -m pytest -q -p no:cacheprovider --durations=15 --tb=short "$@" 2>&1 \
        | tee "$out/$name.txt" || failed="$failed $name"
}

failed=""
all=()
few=()
if "$python" -c "import xdist" 2>/dev/null; then
    all=(-n "$(nproc)")
    few=(-n 4)
fi
here=(tests/training tests/network tests/blocks tests/zoo)

measure() {  # NAME SECONDS: one measurement of the bench; its last line is JSON
    echo "== bench $1"
    timeout "$2" "$python" -m explorer bench --device "$device" --only "$1" --json | tee "$out/bench_$1.txt" \
        || failed="$failed bench_$1"
    tail -n 1 "$out/bench_$1.txt" > "$out/bench_$1.json"
}

# What only a GPU can show comes first, in case the time ends.
tests cuda "${CUDA_SECONDS:-150}" "${few[@]}" -m "cuda and not slow" "${here[@]}" tests/bench tests/probes
for name in ${BENCH-step deterministic stacked}; do
    measure "$name" "${BENCH_SECONDS:-180}"
done
tests core "${CORE_SECONDS:-240}" "${all[@]}" -m "not e2e and not slow and not cuda" "${here[@]}"

if [ -n "$failed" ]; then
    echo "failed:$failed"
    exit 1
fi
echo "all passed; python tests/benchmarks/step_table.py --cuda $out/bench_step.json fills the table of docs/benchmarks.md"
