# shellcheck shell=bash
# Sourced by ./ptewright and ./test: finds (or installs) the .NET SDK, and builds under a lock.
# The caller sets `root` (the repository) and `me` (its name in messages). Everything here speaks on stderr.
: "${root:?}" "${me:?}"

tool="$root/artifacts/bin/Ptewright.Cli/release/Ptewright.Cli.dll"
# Made when a build begins, put in place when it has succeeded: a source that changes during a build is newer.
# Its one line is the dotnet command that built, so that a later start need not search for it.
stamp="$root/artifacts/ptewright.stamp"
log="$root/artifacts/build.log"
could_not_build=4

say() { printf '%s: %s\n' "$me" "$*" >&2; }

die() {
  say "$@"
  exit "$could_not_build"
}

# True when the built tool is there and no source is newer; sets `dotnet`. Directories count too: they tell of deleted files.
is_built() {
  [[ -f $tool && -f $stamp ]] && IFS= read -r dotnet <"$stamp" && [[ -x $dotnet ]] &&
    [[ -z $(find "$root/src" "$root"/Directory.* "$root/.editorconfig" "$root/global.json" -newer "$stamp" -print -quit) ]]
}

# One build at a time in one tree. Programs started meanwhile must not inherit descriptor 9 (`9>&-`):
# compiler servers outlive the build and would keep the lock.
lock_build() {
  mkdir -p "$root/artifacts" 2>/dev/null || true
  [[ -w $root/artifacts ]] || die "cannot write to $root/artifacts, where builds go"
  exec 9>"$root/artifacts/build.lock"
  command -v flock >/dev/null || return 0
  flock -n 9 || {
    say "waiting for another build of this tree to finish"
    flock 9
  }
}

unlock_build() { exec 9>&-; }

# Restores or builds in the repository with a quiet screen; when it fails, prints its errors, each once (all of its output
# when no line looks like an error). Its stdin is not the caller's: that belongs to the tool.
run_dotnet() {
  local error='(^|[ :])error( [A-Z]+[0-9]+)? ?:'
  (cd "$root" && "$dotnet" "$@" -tl:off -v:quiet </dev/null >"$log" 2>&1 9>&-) && return
  if grep -qE "$error" "$log"; then grep -E "$error" "$log" | awk '!seen[$0]++'; else cat "$log"; fi >&2
  return 1
}

begin_stamp() { printf '%s\n' "$dotnet" >"$stamp.new"; }

commit_stamp() { mv -f "$stamp.new" "$stamp"; }

# Sets `dotnet` to a command whose SDK satisfies global.json, and the environment that it needs. Installs one when there is none.
need_dotnet() {
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
  # Build nodes that wait for a next build would only be left behind.
  export MSBUILDDISABLENODEREUSE=1
  # An advisory that is published after a commit, or a machine without network, must not break that commit's build.
  # A plain `dotnet restore` still audits.
  export NuGetAudit=false
  : "${HOME:=$(cd ~ && pwd)}"
  export HOME
  # The dotnet command refuses to start without ICU unless it is told to do without; Ptewright itself never uses ICU.
  has_library libicuuc.so || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

  local candidate
  own_sdk="${XDG_CACHE_HOME:-$HOME/.cache}/ptewright/dotnet"
  for candidate in "${DOTNET_ROOT:+$DOTNET_ROOT/dotnet}" "$(command -v dotnet || true)" "$HOME/.dotnet/dotnet" "$own_sdk/dotnet"; do
    if [[ -n $candidate && -x $candidate ]] && satisfies_global_json "$candidate"; then
      use_dotnet "$candidate"
      return
    fi
  done
  install_dotnet
}

satisfies_global_json() { (cd "$root" && "$1" --version >/dev/null 2>&1 9>&-); }

# Test programs are started by their own host, which looks for the runtime in DOTNET_ROOT.
use_dotnet() {
  dotnet=$1
  local home
  home=$(dirname "$(readlink -f "$dotnet")")
  [[ -d $home/host/fxr ]] || return 0
  export DOTNET_ROOT="$home" PATH="$home:$PATH"
}

# Installs the SDK that global.json names: Microsoft's archive, checked against scripts/sdk.sha512 before anything of it is unpacked or run.
# (Those sums are of Microsoft's release metadata, release-notes/10.0/10.0.11/release.json of https://github.com/dotnet/core. Who changes global.json changes them too.)
install_dotnet() {
  local wanted archive
  wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$root/global.json")
  [[ -z ${PTEWRIGHT_NO_INSTALL:-} ]] ||
    die "no .NET SDK $wanted or later (10.0) found, and PTEWRIGHT_NO_INSTALL forbids installing it: see https://dotnet.microsoft.com/download"
  archive="dotnet-sdk-$wanted-$(sdk_platform).tar.gz"
  grep -q "  $archive\$" "$root/scripts/sdk.sha512" ||
    die "no .NET SDK $wanted or later (10.0) found, and $archive, which this machine takes, is not one that is known here: see https://dotnet.microsoft.com/download"

  # A folder that has another SDK keeps it as it is.
  local directory="$HOME/.dotnet"
  if [[ -n ${DOTNET_ROOT:-} && ! -e ${DOTNET_ROOT:-}/dotnet ]] && mkdir -p "$DOTNET_ROOT" 2>/dev/null && [[ -w $DOTNET_ROOT ]]; then
    directory=$DOTNET_ROOT
  elif [[ -e $directory/dotnet ]]; then
    directory=$own_sdk
  fi
  mkdir -p "$directory" || die "cannot create $directory, where the .NET SDK would go"

  # Another tree may be installing into the same place.
  (
    command -v flock >/dev/null && flock 8
    [[ -x $directory/dotnet ]] && satisfies_global_json "$directory/dotnet" && exit 0

    local url="https://builds.dotnet.microsoft.com/dotnet/Sdk/$wanted/$archive" work
    say "no .NET SDK $wanted or later (10.0) found; Ptewright is built with it (global.json)"
    say "installing SDK $wanted into $directory: $url, checked against scripts/sdk.sha512"
    need_system_packages
    work=$(mktemp -d "$directory/.ptewright-XXXXXX") || die "cannot write to $directory"
    trap 'rm -rf "$work"' EXIT
    download "$url" "$work/$archive" || die "could not download $url: is the network there? Or install the SDK by hand: https://dotnet.microsoft.com/download"
    (cd "$work" && grep "  $archive\$" "$root/scripts/sdk.sha512" | sha512sum --check --status) ||
      die "$url is not the file that scripts/sdk.sha512 knows, so nothing of it was used"
    mkdir "$work/sdk" && tar -xzf "$work/$archive" -C "$work/sdk" && cp -a "$work/sdk/." "$directory/" || die "could not unpack the SDK into $directory"
    (cd "$root" && "$directory/dotnet" --version >/dev/null 8>&- 9>&-) || die "the SDK in $directory does not work or does not satisfy global.json (see above)"
  ) 8>"$directory/.ptewright-install.lock" || exit "$could_not_build"
  use_dotnet "$directory/dotnet"
}

# The name that .NET has for this machine: linux-x64, linux-musl-arm64, ...
sdk_platform() {
  local processor library=
  case $(uname -m) in
    x86_64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) processor=$(uname -m) ;;
  esac
  ! compgen -G '/lib/ld-musl-*' >/dev/null || library=-musl
  echo "$(uname -s | tr '[:upper:]' '[:lower:]')$library-$processor"
}

# What a bare Debian or Ubuntu lacks for downloading and running the SDK.
need_system_packages() {
  local missing=()
  command -v curl >/dev/null || command -v wget >/dev/null || missing+=(curl)
  [[ -s ${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt} || -s /etc/pki/tls/certs/ca-bundle.crt ]] || missing+=(ca-certificates)
  has_library libstdc++.so || missing+=(libstdc++6)
  # The library's package has another name in every release; openssl depends on the right one.
  has_library libssl.so || missing+=(openssl)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  install_packages "what downloading and running the SDK needs" "${missing[@]}" || exit "$could_not_build"
}

# install_packages WHY PACKAGE...: with apt-get, as root or by sudo. When that cannot be done, says how to do it by hand and returns 1.
install_packages() {
  local why=$1
  shift
  command -v apt-get >/dev/null || {
    say "please install first: $* (there is no apt-get here to do it with)"
    return 1
  }
  local as_root=(env DEBIAN_FRONTEND=noninteractive) by_hand="apt-get update && apt-get install $*"
  if [[ $(id -u) -ne 0 ]]; then
    by_hand="sudo apt-get update && sudo apt-get install $*"
    command -v sudo >/dev/null || {
      say "missing: $*. As root: apt-get update && apt-get install $*"
      return 1
    }
    as_root=(sudo -n "${as_root[@]}")
  fi
  say "installing $why: $*"
  # A failed update may concern a source that is not needed: let the installation decide.
  "${as_root[@]}" apt-get update -qq </dev/null >/dev/null 8>&- 9>&- || true
  "${as_root[@]}" apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "$@" </dev/null >/dev/null 8>&- 9>&- || {
    say "could not install $*. By hand: $by_hand"
    return 1
  }
}

has_library() {
  compgen -G "/usr/lib/$1*" >/dev/null || compgen -G "/usr/lib/*/$1*" >/dev/null ||
    compgen -G "/usr/lib64/$1*" >/dev/null || compgen -G "/lib/*/$1*" >/dev/null || compgen -G "/usr/local/lib/$1*" >/dev/null
}

# download URL FILE: over https alone, redirections included.
download() {
  if command -v curl >/dev/null; then
    curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$2" "$1" >&2
  else
    wget --https-only --quiet --tries=3 --output-document="$2" "$1" >&2
  fi
}
