# shellcheck shell=bash
# Sourced after dotnet.sh: Debian's own arm64 kernels, which the slow tests boot. Their symbols and configurations are in tests/data.

# The packages, by the versions that the test data belongs to.
kernel_packages=(
  linux-image-6.1.0-56-cloud-arm64
  linux-image-6.12.117+deb12-cloud-arm64
  linux-image-6.12.117+deb12-arm64-16k
)

# All of Debian's suites that have kernels of their own. One that a mirror does not have any more is done without.
kernel_suites=(
  bullseye bullseye-security
  bookworm bookworm-updates bookworm-backports bookworm-security
  trixie trixie-updates trixie-backports trixie-security
  forky sid experimental
)

# need_kernels [FLAVOUR...]: downloads what is missing into a cache folder and names it in PTEWRIGHT_KERNELS: the packages above, and of each FLAVOUR (cloud-arm64 unless said otherwise)
# the newest kernel of each series, which are looked for once a week; the file newest-FLAVOUR there says which they are. What cannot be had is said; its tests are skipped.
# The package client works with lists, a cache and a state of its own, so nothing is added to this system: no architecture, no source, no package.
need_kernels() {
  local folder=${PTEWRIGHT_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/ptewright/kernels} package flavour missing=() stale=()
  export PTEWRIGHT_KERNELS=$folder
  mkdir -p "$folder"
  for package in "${kernel_packages[@]}"; do
    [[ -s $folder/vmlinuz-${package#linux-image-} ]] || missing+=("$package")
  done
  [[ $# -gt 0 ]] || set -- cloud-arm64
  for flavour in "$@"; do
    [[ -n $(find "$folder/newest-$flavour" -mtime -7 2>/dev/null) ]] || stale+=("$flavour")
  done
  [[ $((${#missing[@]} + ${#stale[@]})) -gt 0 ]] || return 0
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg
  if [[ -n ${PTEWRIGHT_NO_INSTALL:-} ]] || ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null || [[ ! -s $keys ]]; then
    say "${missing[*]} ${stale[*]/#/the newest } cannot be downloaded into $folder here; the tests that boot them are skipped"
    return 0
  fi

  local work
  work=$(mktemp -d)
  private_apt "$work" "$keys" "${kernel_suites[@]}"
  echo "Downloading Debian's kernels for arm64 into $folder: ${missing[*]} ${stale[*]/#/the newest }"
  if private_apt_update "$work"; then
    for package in "${missing[@]}"; do
      fetch_kernel "$work" "$package" "${package#linux-image-}" "$folder" ||
        say "$package cannot be downloaded (the archive may have another version by now); the tests that boot it are skipped"
    done
    for flavour in "${stale[@]}"; do fetch_newest "$work" "$flavour" "$folder"; done
  else
    say "Debian's package lists cannot be downloaded (is the network there?); the tests that boot its kernels are skipped"
  fi
  rm -rf "$work"
}

# list_kernels WORK FLAVOUR: 'SERIES VERSION PACKAGE' of each kernel in the lists, oldest series first, newest version of each first. Until 6.18 the image is in linux-image-…, then in
# linux-binary-…; packages that only depend on others are small.
list_kernels() {
  local work=$1 flavour=$2 list
  for list in "$work"/lists/*Packages*; do
    /usr/lib/apt/apt-helper cat-file "$list"
    echo
  done | awk -v flavour="-$flavour" '
    /^Package: / { package = $2 }
    /^Version: / { version = $2 }
    /^Size: / { size = $2 }
    /^$/ && size > 4000000 && package ~ "^linux-(image|binary)-[0-9].*" flavour "(-unsigned)?$" {
      name = package; sub(/-unsigned$/, "", name)
      if (substr(name, length(name) - length(flavour) + 1) == flavour && split(version, number, /[.~-]/) > 1) print number[1] "." number[2], version, package
    }
    /^$/ { package = ""; size = 0 }' | sort -u | sort -t ' ' -k 1,1V -k 2,2Vr
}

# fetch_newest WORK FLAVOUR FOLDER: of each series the newest that can be had, and the file that says which. The archive drops old versions before its lists do, so a few are tried.
fetch_newest() {
  local work=$1 flavour=$2 folder=$3 series version package release last='' taken='' tries
  while read -r series version package; do
    [[ $series != "$taken" ]] || continue
    [[ $series == "$last" ]] || tries=0
    last=$series
    [[ $((tries += 1)) -le 20 ]] || continue
    release=${package#linux-*-}
    release=${release%-unsigned}
    if [[ -s $folder/vmlinuz-$release ]] || fetch_kernel "$work" "$package=$version" "$release" "$folder"; then
      taken=$series
      printf '%s %s %s %s\n' "$series" "$version" "$package" "$release"
      say "Linux $series: took $package $version"
    else
      say "Linux $series: $package $version is in the package lists, but cannot be downloaded"
    fi
  done < <(list_kernels "$work" "$flavour") >"$folder/newest-$flavour.part"
  if [[ -s $folder/newest-$flavour.part ]]; then mv "$folder/newest-$flavour.part" "$folder/newest-$flavour"; else rm -f "$folder/newest-$flavour.part"; fi
}

# private_apt WORK KEYS SUITE...: a package client's folders and sources; the mirrors are those that this system has, if it has Debian's.
private_apt() {
  local work=$1 keys=$2 uris main security suite
  shift 2
  # shellcheck disable=SC2016 # it is the package client's own.
  uris=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sort -u || true)
  main=$(grep -E '/debian/?$' <<<"$uris" | head -n 1) || main=http://deb.debian.org/debian
  security=$(grep -E '/debian-security/?$' <<<"$uris" | head -n 1) || security=http://deb.debian.org/debian-security
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  : >"$work/status"
  for suite in "$@"; do
    if [[ $suite == *-security ]]; then uris=$security; else uris=$main; fi
    printf 'deb [arch=arm64 signed-by=%s] %s %s main\n' "$keys" "$uris" "$suite"
  done >"$work/sources.list"
}

# A suite that is gone makes an update fail: what counts is whether there are lists.
private_apt_update() {
  private_apt_get "$1" update >/dev/null 2>&1 || true
  compgen -G "$1/lists/*Packages*" >/dev/null
}

private_apt_get() {
  local work=$1
  shift
  apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)" \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" \
    -o Dir::Cache="$work/cache" -o Acquire::Languages=none "$@" </dev/null
}

# fetch_kernel WORK PACKAGE[=VERSION] RELEASE FOLDER: its signature is the package lists', which are signed by Debian. Returns 1 when it cannot be had.
fetch_kernel() {
  local work=$1 package=$2 release=$3 folder=$4 file
  file=$folder/vmlinuz-$release
  (cd "$work" && private_apt_get "$work" download "$package" >/dev/null 2>&1) || return 1
  # One of the two places is not there, which tar complains of.
  dpkg-deb --fsys-tarfile "$work/${package%%=*}"_*.deb | tar -x -O "./boot/vmlinuz-$release" "./usr/lib/modules/$release/vmlinuz" >"$file.part" 2>/dev/null || true
  rm -f "$work/${package%%=*}"_*.deb
  if [[ -s $file.part ]]; then mv "$file.part" "$file"; else rm -f "$file.part" && return 1; fi
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
  private_apt "$work" "$keys" bookworm
  echo "Downloading arm64's makedumpfile into $folder: ${makedumpfile_packages[*]}"
  if private_apt_update "$work" &&
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
