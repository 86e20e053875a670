# shellcheck shell=bash
# Sourced after dotnet.sh: Debian's own arm64 kernels, which the slow tests boot. Their symbols and configurations are in tests/data.

# The packages, by the versions that the test data belongs to.
kernel_packages=(
  linux-image-6.1.0-56-cloud-arm64
  linux-image-6.12.117+deb12-cloud-arm64
  linux-image-6.12.117+deb12-arm64-16k
)

# Downloads what is missing into a cache folder and names it in PTEWRIGHT_KERNELS. What cannot be had is said; its tests are skipped.
# The package client works with lists, a cache and a state of its own, so nothing is added to this system: no architecture, no source, no package.
need_kernels() {
  local folder=${PTEWRIGHT_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/ptewright/kernels} package missing=()
  export PTEWRIGHT_KERNELS=$folder
  mkdir -p "$folder"
  for package in "${kernel_packages[@]}"; do
    [[ -s $folder/vmlinuz-${package#linux-image-} ]] || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg
  if [[ -n ${PTEWRIGHT_NO_INSTALL:-} ]] || ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null || [[ ! -s $keys ]]; then
    say "there is no ${missing[*]} in $folder, and Debian's packages cannot be downloaded here; the tests that boot them are skipped"
    return 0
  fi

  local work
  work=$(mktemp -d)
  private_apt "$work" "$keys"
  echo "Downloading Debian's kernels for arm64 into $folder: ${missing[*]}"
  if private_apt_get "$work" update >/dev/null 2>&1; then
    for package in "${missing[@]}"; do fetch_kernel "$work" "$package" "$folder"; done
  else
    say "Debian's package lists cannot be downloaded (is the network there?); the tests that boot its kernels are skipped"
  fi
  rm -rf "$work"
}

# private_apt WORK KEYS: a package client's folders and sources; the mirrors are those that this system has, if it has Debian's.
private_apt() {
  local work=$1 keys=$2 uris main security
  uris=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sort -u || true)
  main=$(grep -E '/debian/?$' <<<"$uris" | head -n 1) || main=http://deb.debian.org/debian
  security=$(grep -E '/debian-security/?$' <<<"$uris" | head -n 1) || security=http://deb.debian.org/debian-security
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  : >"$work/status"
  printf 'deb [arch=arm64 signed-by=%s] %s %s main\n' "$keys" "$main" bookworm "$keys" "$main" bookworm-updates "$keys" "$main" bookworm-backports \
    "$keys" "$security" bookworm-security >"$work/sources.list"
}

private_apt_get() {
  local work=$1
  shift
  apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)" \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" \
    -o Dir::Cache="$work/cache" "$@" </dev/null
}

# fetch_kernel WORK PACKAGE FOLDER: its signature is the package lists', which are signed by Debian.
fetch_kernel() {
  local work=$1 package=$2 folder=$3 file
  file=$folder/vmlinuz-${package#linux-image-}
  if (cd "$work" && private_apt_get "$work" download "$package" >/dev/null 2>&1) &&
    dpkg-deb --fsys-tarfile "$work/$package"_*.deb | tar -x -O "./boot/$(basename "$file")" >"$file.part" 2>/dev/null; then
    mv "$file.part" "$file"
  else
    rm -f "$file.part"
    say "$package cannot be downloaded (the archive may have another version by now); the tests that boot it are skipped"
  fi
}

# What arm64's makedumpfile consists of: it is run by qemu-aarch64-static, and writes dumps for a slow test.
makedumpfile_packages=(makedumpfile liblzo2-2 libelf1 libdw1 zlib1g libc6 libbz2-1.0 liblzma5)

# Downloads arm64's makedumpfile, which is not installed, into a cache folder and names it in PTEWRIGHT_MAKEDUMPFILE. What cannot be had is said; the test does without it.
need_makedumpfile() {
  local folder=${PTEWRIGHT_MAKEDUMPFILE:-${XDG_CACHE_HOME:-$HOME/.cache}/ptewright/makedumpfile}
  export PTEWRIGHT_MAKEDUMPFILE=$folder
  [[ ! -x $folder/usr/bin/makedumpfile ]] || return 0
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg
  if [[ -n ${PTEWRIGHT_NO_INSTALL:-} ]] || ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null || [[ ! -s $keys ]]; then
    say "there is no makedumpfile of arm64 in $folder, and Debian's packages cannot be downloaded here; a slow test does without it"
    return 0
  fi

  local work file
  work=$(mktemp -d)
  mkdir -p "$work/root"
  private_apt "$work" "$keys"
  echo "Downloading arm64's makedumpfile into $folder: ${makedumpfile_packages[*]}"
  if private_apt_get "$work" update >/dev/null 2>&1 &&
    (cd "$work" && private_apt_get "$work" download "${makedumpfile_packages[@]/%//bookworm}" >/dev/null 2>&1); then
    for file in "$work"/*.deb; do dpkg-deb -x "$file" "$work/root"; done
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    mv "$work/root" "$folder"
  else
    say "arm64's makedumpfile cannot be downloaded; a slow test does without it"
  fi
  rm -rf "$work"
}
