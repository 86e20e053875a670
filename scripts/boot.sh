# shellcheck shell=bash
# Sourced after dotnet.sh: what building and booting the boot image takes besides the .NET SDK.
: "${root:?}"

boot_image="$root/artifacts/bin/Ptewright.Boot/release/ptewright-boot.img"

# Installs what is missing of clang, lld and llvm (to build the image) and QEMU (to boot it). Returns 1 when something stays missing.
need_boot_tools() {
  local missing=()
  command -v clang >/dev/null || missing+=(clang)
  command -v ld.lld >/dev/null || missing+=(lld)
  command -v llvm-objcopy >/dev/null || missing+=(llvm)
  command -v qemu-system-aarch64 >/dev/null || missing+=(qemu-system-arm)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ -n ${PTEWRIGHT_NO_INSTALL:-} ]]; then
    say "the boot image needs ${missing[*]}, and PTEWRIGHT_NO_INSTALL forbids installing them"
    return 1
  fi
  install_packages "what the boot image needs" "${missing[@]}"
}

# Installs what judges the readers of dumps in slow tests: libkdumpfile, drgn, and what runs an arm64 program here. Without it those tests are skipped. Returns 1 then.
need_dump_judge() {
  local missing=()
  /usr/bin/python3 -c 'import kdumpfile' 2>/dev/null || missing+=(python3-libkdumpfile)
  /usr/bin/python3 -c 'import drgn' 2>/dev/null || missing+=(python3-drgn)
  command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ -n ${PTEWRIGHT_NO_INSTALL:-} ]]; then
    say "slow tests need ${missing[*]}, and PTEWRIGHT_NO_INSTALL forbids installing them"
    return 1
  fi
  install_packages "what judges the readers of dumps" "${missing[@]}"
}
