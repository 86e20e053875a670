# shellcheck shell=bash
# Sourced after dotnet.sh: Debian's own arm64 kernels, which the slow tests boot. Their symbols and configurations are in tests/data.

# The packages, by the versions that the test data belongs to.
kernel_packages=(
  linux-image-6.1.0-56-cloud-arm64
  linux-image-6.12.117+deb12-cloud-arm64
  linux-image-6.12.117+deb12-arm64-16k
)

# Downloads what is missing into a cache folder, with the ordinary package client, and names it in PTEWRIGHT_KERNELS. What cannot be had is said; its tests are skipped.
need_kernels() {
  local folder=${PTEWRIGHT_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/ptewright/kernels} package file work
  export PTEWRIGHT_KERNELS=$folder
  mkdir -p "$folder"
  for package in "${kernel_packages[@]}"; do
    file=$folder/vmlinuz-${package#linux-image-}
    [[ ! -s $file ]] || continue
    if [[ -n ${PTEWRIGHT_NO_INSTALL:-} ]] || ! can_download_arm64; then
      say "there is no $file, and Debian's packages for arm64 cannot be downloaded here; the tests that boot it are skipped"
      continue
    fi
    echo "Downloading $package"
    work=$(mktemp -d)
    if (cd "$work" && apt-get download "$package:arm64" >/dev/null 2>&1) &&
      dpkg-deb --fsys-tarfile "$work"/*.deb | tar -x -O "./boot/$(basename "$file")" >"$file.part" 2>/dev/null; then
      mv "$file.part" "$file"
    else
      rm -f "$file.part"
      say "$package cannot be downloaded (no network, or the archive has another version by now); the tests that boot it are skipped"
    fi
    rm -rf "$work"
  done
}

# Whether the package client knows packages for arm64; told about them first where that is allowed.
can_download_arm64() {
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
  [[ $(dpkg --print-architecture) != arm64 ]] || return 0
  if ! dpkg --print-foreign-architectures | grep -qx arm64; then
    [[ $(id -u) -eq 0 ]] || return 1
    dpkg --add-architecture arm64 && apt-get update >/dev/null 2>&1
  fi
}
