#!/usr/bin/env bash
# Runs verify and count on the newest kernel of each of Debian's series, on many machines, and writes docs/measured.md. See --help and docs/kernels.md.
set -euo pipefail
root=$(CDPATH='' cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=scripts/matrix.sh
# shellcheck source=scripts/dotnet.sh
source "$root/scripts/dotnet.sh"
# shellcheck source=scripts/boot.sh
source "$root/scripts/boot.sh"
# shellcheck source=scripts/kernels.sh
source "$root/scripts/kernels.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/matrix.sh [OPTION]...

Boots the newest arm64 kernel of each of Debian's series under QEMU, machine by machine, with 'ptewright verify' and
'ptewright count', and writes what came of it to docs/measured.md. Kernels are downloaded as for ./test --slow.
The whole of it takes hours; it can be interrupted and called again: a run that was exact is not run again.

  --pairs           of all combinations only so many that each two of memory, CPU and command line meet (with the
                    usual lists 30 instead of 90 machines)
  --flavour LIST    cloud-arm64 (4K pages), arm64-16k (16K pages), own (what scripts/own-kernels.sh has built: other
                    granules and address sizes); the first two unless said otherwise
  --series LIST     only these series, as in 5.10,7.2
  --memory LIST     sizes of memory [512M,3G,8G]
  --cpu LIST        CPUs [cortex-a57,cortex-a72,cortex-a76,max,max+bbml2; with 16K pages cortex-a35,cortex-a76,
                    neoverse-n1,max,max+bbml2]
  --cmdline TEXT    a command line; may be given more than once [none; kpti=on; rodata=off;
                    rodata=off kfence.sample_interval=100; crashkernel=128M debug_pagealloc=on;
                    rodata=on mem=700M cma=64M]
  --again           forget what was run before
  --table           run nothing, write the table of what was run
  --help            show this text

Lists have commas. Exit codes: 0 all runs were exact; 1 one was not, or wrong usage; 4 could not build.
TEXT
}

bad_usage() {
  say "$1"
  usage >&2
  exit 1
}

results="$root/artifacts/matrix"
flavours=cloud-arm64,arm64-16k series='' memory=512M,3G,8G cpus='' again=false table=false pairs=false
lines=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --flavour | --series | --memory | --cpu | --cmdline)
      [[ $# -gt 1 ]] || bad_usage "$1 needs a value"
      [[ $1 == --cmdline || $2 =~ ^[A-Za-z0-9.,+-]+$ ]] || bad_usage "$1 takes a list with commas"
      case $1 in
        --flavour) flavours=$2 ;;
        --series) series=$2 ;;
        --memory) memory=$2 ;;
        --cpu) cpus=$2 ;;
        --cmdline) lines+=("$2") ;;
      esac
      shift
      ;;
    --pairs) pairs=true ;;
    --again) again=true ;;
    --table) table=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) bad_usage "unknown argument: $1" ;;
  esac
  shift
done
[[ ${#lines[@]} -gt 0 ]] ||
  lines=('' 'kpti=on' 'rodata=off' 'rodata=off kfence.sample_interval=100' 'crashkernel=128M debug_pagealloc=on' 'rodata=on mem=700M cma=64M')

# is_wanted WORD LIST: whether a list with commas has the word; a list that was not given has all.
is_wanted() { [[ -z $2 || ,$2, == *,$1,* ]]; }

# judge WHAT FILE: what a run's JSON says, as 'exact|different' and numbers: of verify the leaves predicted, the table pages predicted, those at their place, what is unexplained; of count
# TLBI, DSB and ISB, executed and predicted.
judge() {
  if [[ $1 == verify ]]; then
    jq -r '[if .unexplained == 0 and .tablePagesPredicted == .tablePagesAtPredictedAddress then "exact" else "different" end,
      .leavesPredicted, .tablePagesPredicted, .tablePagesAtPredictedAddress, .unexplained] | join(" ")' "$2"
  else
    jq -r '.results[0] | [if .equal then "exact" else "different" end, .executed.tlbi, .executed.dsb, .executed.isb, .predicted.tlbi, .predicted.dsb, .predicted.isb] | join(" ")' "$2"
  fi
}

# run WHAT RELEASE MEMORY CPU LINE: one boot. Its file has two lines: 'exact|different|stopped' and numbers, or what was said; then the machine, with tabs.
run() {
  local what=$1 release=$2 size=$3 cpu=$4 line=$5 file json complaint outcome
  file="$results/$release/$what,$size,$cpu,${line//[^A-Za-z0-9.=]/_}"
  ! grep -qs '^exact' "$file" || return 0
  mkdir -p "${file%/*}"
  json="$file.json"
  complaint="$file.said"
  nice -n 10 "$dotnet" "$tool" "$what" --kernel-image "$(file_of "$release")" -m "$size" --cpu "$cpu" --cmdline "$line" --json </dev/null >"$json" 2>"$complaint" || true
  outcome=$(judge "$what" "$json" 2>/dev/null) || outcome=''
  [[ -n $outcome ]] || outcome="stopped $(grep -v 'ptewright: note:' "$complaint" | tail -n 1 | tr -d '`|\t' | cut -c 1-300)"
  printf '%s\n%s\t%s\t%s\t%s\n' "$outcome" "$what" "$size" "$cpu" "$line" >"$file.part"
  rm -f "$json" "$complaint"
  mv "$file.part" "$file"
  [[ $outcome == exact* ]] || say "$release: $what -m $size --cpu $cpu --cmdline '$line': $outcome"
}

run_all() {
  local flavour number version package release those i j k sizes all
  IFS=, read -r -a sizes <<<"$memory"
  for flavour in ${flavours//,/ }; do
    # All kernels on one machine before the next machine: an interrupted matrix has something of each.
    for ((j = 0; j < ${#lines[@]}; j++)); do
      for ((k = 0; k < ${#sizes[@]}; k++)); do
        for ((i = 0; i < 5; i++)); do
          ! $pairs || [[ $(((i + j) % ${#sizes[@]})) -eq $k ]] || continue
          while read -r number version package release; do
            is_wanted "$number" "$series" || continue
            IFS=, read -r -a those <<<"${cpus:-$(cpus_for "$flavour-$release")}"
            [[ $i -lt ${#those[@]} ]] || continue
            # The first series that splits blocks.
            [[ ${those[i]} != *+bbml2 || $(printf '6.18\n%s\n' "$number" | sort -V | head -n 1) == 6.18 ]] || continue
            run verify "$release" "${sizes[k]}" "${those[i]}" "${lines[j]}"
            run count "$release" "${sizes[k]}" "${those[i]}" "${lines[j]}"
          done < <(kernels_of "$flavour")
        done
      done
    done
  done
}

# What has the granule of a kernel; with fewer than 52 bits of address also what has no more.
cpus_for() {
  case $1 in
    *-16k*) echo cortex-a35,cortex-a76,neoverse-n1,max,max+bbml2 ;;
    *-64k*) echo cortex-a57,cortex-a72,neoverse-n1,max,max+bbml2 ;;
    *) echo cortex-a57,cortex-a72,cortex-a76,max,max+bbml2 ;;
  esac
}

# The kernels of a flavour, 'SERIES VERSION PACKAGE RELEASE' each; those in a state of the seed's series have their own script.
kernels_of() {
  local folder package version name
  if [[ $1 != own ]]; then
    cat "$PTEWRIGHT_KERNELS/newest-$1" 2>/dev/null || true
    return 0
  fi
  for folder in "$PTEWRIGHT_KERNELS"/own/*-*k-[0-9][0-9]; do
    [[ -s $folder/package ]] || continue
    name=${folder##*/}
    read -r package version <"$folder/package"
    echo "${name%%-*} $version $package own/$name"
  done
}

file_of() { if [[ $1 == own/* ]]; then echo "$PTEWRIGHT_KERNELS/$1/vmlinuz"; else echo "$PTEWRIGHT_KERNELS/vmlinuz-$1"; fi; }

# What the files of a kernel's runs say, one run a line: outcome and numbers, tab, machine.
runs_of() {
  local file
  for file in "$results/$1"/*; do
    [[ -f $file && $file != *.part && $file != *.json && $file != *.said ]] || continue
    paste -s -d '\t' "$file"
  done
}

# Sorted and joined words of a field of the runs on standard input.
tried() { cut -f "$1" | sort -u -V | sed 's/^$/none/' | paste -s -d ';' | sed 's/;/, /g'; }

write_table() {
  local flavour number version package release all
  cat <<TEXT
# What was measured

This file is written by \`scripts/matrix.sh\` ([how predictions are checked](kernels.md#how-predictions-are-checked)). Each run is one boot of a kernel of Debian's for arm64 under
$(qemu-system-aarch64 --version | head -n 1 | cut -d ' ' -f 1-4 | sed 's/ (.*//'), with nothing given but the kernel's file: \`verify\` compares every leaf and every table page, \`count\` the TLBI, DSB and ISB of \`paging_init\` with the prediction
(it adds \`nokaslr\`; \`verify\` runs with KASLR). A series' kernel is the newest that the archive had; one that is called
\`6.12-64k-52\` or the like is built from its source by \`scripts/own-kernels.sh\` with that granule and that size of addresses. \`max+bbml2\` is QEMU's \`max\` under the number of a CPU whose live blocks
Linux splits.

| series | package | version | counts equal | maps as predicted | leaves compared | table pages at their place | unexplained differences |
|---|---|---|---|---|---|---|---|
TEXT
  for_kernels table_row
  cat <<'TEXT'

The columns of counts and maps say how many of those that were tried were as predicted. Where the archive no longer had a series' newest version, an older one was taken.

## On which machines

Not of all that is listed every combination was tried: how many there were is above.

| package | memory | CPUs | command lines |
|---|---|---|---|
TEXT
  for_kernels machines_row
  printf '\n## What was not as predicted\n\n'
  all=$(for_kernels failure_rows)
  if [[ -n $all ]]; then printf '| package | run | what came |\n|---|---|---|\n%s\n' "$all"; else echo 'Nothing.'; fi
}

# for_kernels FUNCTION: calls it for each kernel that was run.
for_kernels() {
  local flavour number version package release all
  for flavour in cloud-arm64 arm64-16k own; do
    while read -r number version package release; do
      all=$(runs_of "$release")
      [[ $release != own/* ]] || package="$package, as ${release#own/}"
      [[ -z $all ]] || "$1"
    done < <(kernels_of "$flavour")
  done
}

table_row() {
  # A run's fields: outcome and numbers (with blanks); what; size; cpu; line.
  awk -F '\t' -v number="$number" -v package="$package" -v version="$version" '
    { split($1, part, " ") }
    $2 == "count" { counts++; equal += part[1] == "exact" }
    $2 == "verify" { maps++; exact += part[1] == "exact" }
    $2 == "verify" && part[1] != "stopped" { leaves += part[2]; pages += part[3]; placed += part[4]; unexplained += part[5] }
    END { printf "| %s | %s | %s | %d of %d | %d of %d | %d | %d of %d | %d |\n", number, package, version, equal, counts, exact, maps, leaves, placed, pages, unexplained }' <<<"$all"
}

machines_row() {
  printf '| %s | %s | %s | %s |\n' "$package" "$(tried 3 <<<"$all")" "$(tried 4 <<<"$all")" "$(tried 5 <<<"$all")"
}

failure_rows() {
  awk -F '\t' -v package="$package" '$1 !~ /^exact/ { printf "| %s | %s, %s, %s, `%s` | %s |\n", package, $2, $3, $4, $5, $1 }' <<<"$all"
}

command -v jq >/dev/null || install_packages "what reads the results" jq || exit 1
need_kernels cloud-arm64 arm64-16k
if ! $table; then
  need_boot_tools || exit 1
  "$root/ptewright" --version >/dev/null || exit "$could_not_build"
  is_built || die "the tool is not built"
  $again && rm -rf "$results"
  run_all
fi
write_table >"$root/docs/measured.md.part"
mv "$root/docs/measured.md.part" "$root/docs/measured.md"
say "docs/measured.md is written"
grep -qx 'Nothing.' "$root/docs/measured.md"
