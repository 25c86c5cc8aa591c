#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs every fuzz target for some seconds, beginning with the saved inputs. New inputs that
# reach new code are kept in the build directory, inputs that break something are too, and shown.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/../.." && pwd)
build=$source_dir/build-fuzz seconds=60 targets=(agent conf documents domain-xml frame qmp)

usage ()
{
  cat <<'END'
Usage: run.sh [--seconds N] [--build DIR] [TARGET...]

  --seconds N   how long each target runs (60)
  --build DIR   meson build directory, made with clang if it is not there (build-fuzz)
  TARGET        agent, conf, documents, domain-xml, frame, qmp; default: all
END
}

chosen=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2; shift ;;
    --build) build=$(realpath -m "$2"); shift ;;
    -h|--help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) chosen+=("$1") ;;
  esac
  shift
done
[ ${#chosen[@]} = 0 ] || targets=("${chosen[@]}")

if ! command -v clang >/dev/null || [ -z "$(find "$(clang -print-resource-dir)/" -name 'libclang_rt.fuzzer-*' -print -quit)" ]; then
  echo "clang or its fuzzer run-time (libclang-rt-dev) is not installed"
  echo "0 passed, 0 failed, ${#targets[@]} skipped"
  exit 0
fi

if [ ! -e "$build/build.ninja" ]; then
  CC=clang meson setup "$build" "$source_dir" -Dfuzz=true -Dbench=false >/dev/null
fi
if ! ninja -C "$build" "${targets[@]/#/tests/fuzz/fuzz-}" >"$build/fuzz-build.log"; then
  tail -40 "$build/fuzz-build.log"
  exit 1
fi

passed=0 failed=0
for target in "${targets[@]}"; do
  work=$build/tests/fuzz/$target.work
  mkdir -p "$work/found" "$work/broken"
  options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$work/broken/" -print_final_stats=1)
  [ ! -e "$source_dir/tests/fuzz/$target.dict" ] || options+=(-dict="$source_dir/tests/fuzz/$target.dict")
  inputs=("$source_dir/tests/fuzz/corpus/$target")
  if [ "$target" = documents ]; then
    options+=(-dict="$source_dir/tests/fuzz/domain-xml.dict")
    inputs=("$source_dir"/src/model/*/cases)
    for folder in "$source_dir"/../shared/corpus/{domain-qemu,network,nwfilter,nodedev,storage-pool,storage-vol,interface,secret,snapshot,checkpoint,backup,qemu-status}/in; do
      [ ! -d "$folder" ] || inputs+=("$folder")
    done
  fi
  if "$build/tests/fuzz/fuzz-$target" "${options[@]}" "$work/found" "${inputs[@]}" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log") inputs in $seconds s"
  else
    failed=$((failed + 1))
    echo "FAILED $target: the input is in $work/broken"
    sed -n '/ERROR/,$p' "$work/log" | grep -v '^#[0-9]*[[:space:]]' | head -40
  fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
