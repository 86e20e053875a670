#!/usr/bin/env bash
# Builds kernels that Debian does not ship, from Debian's sources: other granules and address sizes, with the kernel's own listing of its tables. See --help and docs/kernels.md.
set -euo pipefail
root=$(CDPATH='' cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=scripts/own-kernels.sh
# shellcheck source=scripts/dotnet.sh
source "$root/scripts/dotnet.sh"
# shellcheck source=scripts/kernels.sh
source "$root/scripts/kernels.sh"

# NAME is SERIES-GRANULE-BITS[-STATE]. Of a kernel with 52 bits the CPU decides what it uses, so it serves for two sizes.
all_names=(
  6.1-4k-48 6.1-4k-48-map-once 6.1-4k-48-batch-barriers 6.1-4k-48-single-map
  6.12-4k-52 6.12-16k-52 6.12-64k-52
  6.1-64k-52 6.1-16k-48
  6.1-4k-39 6.1-16k-36 6.1-64k-42 6.1-16k-47
  5.10-4k-48 7.3-4k-52
)

usage() {
  cat <<TEXT
Usage: scripts/own-kernels.sh [OPTION]... [NAME]...

Builds arm64 kernels from Debian's sources into ~/.cache/ptewright/kernels/own (or under PTEWRIGHT_KERNELS), each a
folder with vmlinuz, System.map, config and package (which source it is of). A kernel takes 4 to 9 minutes on two
cores and is built once; what is missing of the tools is installed (gcc-aarch64-linux-gnu, bc, bison, flex).

  NAME      SERIES-GRANULE-BITS or SERIES-GRANULE-BITS-STATE, as in 6.12-64k-52 and 6.1-4k-48-single-map: SERIES is
            one of which Debian has the source, BITS the size of a virtual address, STATE what the walk that
            creates the linear map is changed to (map-once, batch-barriers, single-map; only 6.1). Without a
            NAME all that the tests and scripts use:
$(printf '%s\n' "${all_names[@]}" | paste -s -d ' ' | fold -s -w 100 | sed 's/^/            /; s/ *$//')
  --jobs N  processes at once [as many as there are CPUs]
  --keep    keep the unpacked sources, for another call
  --help    show this text

Exit codes: 0 all are there; 1 wrong usage; 4 one could not be built.
TEXT
}

bad_usage() {
  say "$1"
  usage >&2
  exit 1
}

jobs=$(nproc) keep=false names=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --jobs)
      [[ $# -gt 1 && $2 =~ ^[1-9][0-9]{0,2}$ ]] || bad_usage "--jobs needs a number"
      jobs=$2
      shift
      ;;
    --keep) keep=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) bad_usage "unknown argument: $1" ;;
    *)
      [[ $1 =~ ^[0-9]+\.[0-9]+-(4|16|64)k-(36|39|42|47|48|52)(-(map-once|batch-barriers|single-map))?$ ]] || bad_usage "$1 is not SERIES-GRANULE-BITS or SERIES-GRANULE-BITS-STATE"
      [[ $1 != *-map-once && $1 != *-batch-barriers && $1 != *-single-map || $1 == 6.1-* ]] || bad_usage "only 6.1 can be changed to ${1#*-*-*-}"
      names+=("$1")
      ;;
  esac
  shift
done
[[ ${#names[@]} -gt 0 ]] || names=("${all_names[@]}")

kernels=${PTEWRIGHT_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/ptewright/kernels}
own=$kernels/own
sources=$own/sources

need_compiler() {
  local missing=()
  command -v aarch64-linux-gnu-gcc >/dev/null || missing+=(gcc-aarch64-linux-gnu)
  command -v gcc >/dev/null || missing+=(gcc libc6-dev)
  command -v make >/dev/null || missing+=(make)
  command -v bc >/dev/null || missing+=(bc)
  command -v bison >/dev/null || missing+=(bison)
  command -v flex >/dev/null || missing+=(flex)
  command -v xz >/dev/null || missing+=(xz-utils)
  command -v python3 >/dev/null || missing+=(python3)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  [[ -z ${PTEWRIGHT_NO_INSTALL:-} ]] || die "building kernels needs ${missing[*]}, and PTEWRIGHT_NO_INSTALL forbids installing them"
  install_packages "what building kernels needs" "${missing[@]}"
}

# need_source SERIES: its newest source, unpacked under $sources/SERIES/tree; the file 'package' there says which.
need_source() {
  local series=$1 folder=$sources/$1 work keys=/usr/share/keyrings/debian-archive-keyring.gpg package=linux-source-$1 version
  [[ ! -s $folder/package ]] || return 0
  work=$(mktemp -d)
  private_apt "$work" "$keys" "${kernel_suites[@]}"
  if ! private_apt_update "$work"; then
    rm -rf "$work"
    die "Debian's package lists cannot be downloaded (is the network there?)"
  fi
  # The archive drops old versions before its lists do.
  while read -r version; do
    echo "Downloading $package $version"
    (cd "$work" && private_apt_get "$work" download "$package=$version" >/dev/null 2>&1) && break
  done < <(versions_of "$work" "$package")
  if ! compgen -G "$work/${package}_*.deb" >/dev/null; then
    rm -rf "$work"
    die "Debian has no source $package that can be had now"
  fi
  rm -rf "$folder"
  mkdir -p "$folder/tree"
  dpkg-deb --fsys-tarfile "$work/${package}"_*.deb | tar -x -O --wildcards './usr/src/*.tar.xz' | tar -x -J -C "$folder/tree" --strip-components 1
  rm -rf "$work"
  echo "$package $version" >"$folder/package"
}

# versions_of WORK PACKAGE: those in the lists, newest first.
versions_of() {
  local list
  for list in "$1"/lists/*Packages*; do
    /usr/lib/apt/apt-helper cat-file "$list"
    echo
  done | awk -v wanted="$2" '/^Package: / { package = $2 } /^Version: / && package == wanted { print $2 }' | sort -u -V -r
}

# What a name's kernel is configured with besides own-kernels.config: granule and sizes of addresses.
configuration() {
  local granule=$1 bits=$2
  cat "$root/scripts/own-kernels.config"
  echo "CONFIG_ARM64_${granule^^}_PAGES=y"
  echo "CONFIG_ARM64_VA_BITS_$bits=y"
  [[ $bits != 52 ]] || echo "CONFIG_ARM64_PA_BITS_52=y"
}

# build NAME: one kernel. Nothing is left in its place unless it is whole.
build() {
  local name=$1 series granule bits state target tree output part start=$SECONDS
  IFS=- read -r series granule bits state <<<"$name"
  target=$own/$name
  [[ ! -s $target/package ]] || return 0
  need_source "$series"
  tree=$sources/$series/tree
  # One output folder for each configuration, so that another state of it compiles only what changed.
  output=$sources/$series/output-$granule-$bits
  mkdir -p "$output"
  if [[ -n $state || $series == 6.1 ]]; then python3 "$root/scripts/seed-states.py" "$tree" "${state:-baseline}"; fi
  echo "Building $name"
  configuration "$granule" "$bits" >"$output/wanted.config"
  local make=(make -C "$tree" O="$output" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- KBUILD_BUILD_USER=ptewright KBUILD_BUILD_HOST=own KCFLAGS=-Wno-error)
  if ! "${make[@]}" KCONFIG_ALLCONFIG="$output/wanted.config" allnoconfig >"$output/log" 2>&1 ||
    ! nice -n 10 "${make[@]}" -j "$jobs" Image >>"$output/log" 2>&1; then
    tail -n 20 "$output/log" >&2
    die "$name could not be built; the whole log is $output/log"
  fi
  grep -qx "CONFIG_ARM64_VA_BITS=$bits" "$output/.config" || die "$name: this source has no address size of $bits bits with $granule pages"
  part=$target.part
  rm -rf "$part"
  mkdir -p "$part"
  cp "$output/arch/arm64/boot/Image" "$part/vmlinuz"
  cp "$output/System.map" "$part/System.map"
  cp "$output/.config" "$part/config"
  cp "$sources/$series/package" "$part/package"
  mv "$part" "$target"
  say "$name is built, in $((SECONDS - start)) s"
}

missing=()
for name in "${names[@]}"; do [[ -s $own/$name/package ]] || missing+=("$name"); done
[[ ${#missing[@]} -gt 0 ]] || exit 0
need_compiler
mkdir -p "$own"
# One at a time: they share the sources, and the last one takes them away.
exec 9>"$own/.lock"
flock --nonblock 9 || {
  say "another call builds kernels into $own; waiting for it"
  flock 9
}
for name in "${missing[@]}"; do build "$name"; done
$keep || rm -rf "$sources"
