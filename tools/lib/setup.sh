# Packages, Python environments and builds, for ./tools/quickstart and ./tools/test.
# Sourced by bash with `root` set to the top of the checkout.

began=$SECONDS

say() { printf '%s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
step() { printf '\n==> %s\n' "$*"; }
stop() {  # exit status, words
    local status=$1
    shift
    note "$(basename "$0"): $*"
    exit "$status"
}

# Names follow Debian 12; Boost's default version is new enough in later releases.
build_packages() {
    local boost=libboost1.81-dev
    [[ $(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME-}") == bookworm ]] ||
        boost=libboost-dev
    echo g++ meson ninja-build pkgconf python3 python3-venv "$boost" \
        capnproto libcapnp-dev libspdlog-dev libfmt-dev libsimdjson-dev nlohmann-json3-dev \
        libcli11-dev libtomlplusplus-dev zlib1g-dev libzstd-dev libisal-dev libssl-dev \
        libgtest-dev libgmock-dev libbenchmark-dev
}

# Installs what is missing of the named packages, or says which line does, and stops.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        note "This is no Debian system, so nothing is installed; it needs what Debian calls:"
        note "    $*"
        return
    fi
    local name missing=()
    for name; do
        dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed ||
            missing+=("$name")
    done
    if ((${#missing[@]} == 0)); then
        say "all $# packages are there"
        return
    fi
    if ((EUID != 0)); then
        note "Packages are missing. Install them with this line, then run the same command again:"
        note "    sudo apt-get install --no-install-recommends ${missing[*]}"
        exit 2
    fi
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local install=(apt-get install --quiet --yes --no-install-recommends)
    "${install[@]}" "${missing[@]}" && return
    say "trying again with a new list of packages"
    apt-get update --quiet || note "apt-get update reported problems; trying all the same"
    "${install[@]}" "${missing[@]}" || stop 4 "apt-get could not install: ${missing[*]}"
}

# Requirements that pyproject.toml names: those of the package, then of the extras given.
python_requirements() {
    "$(system_python)" - "$root/pyproject.toml" "$@" <<'PYTHON'
import sys, tomllib

with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)["project"]
print(*project["dependencies"], sep="\n")
for extra in sys.argv[2:]:
    print(*project["optional-dependencies"][extra], sep="\n")
PYTHON
}

# The distribution's, which python3-venv belongs to, before one that happens to come first on PATH.
system_python() { if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else echo python3; fi; }

# Makes a Python environment with what pyproject.toml asks for, unless it is there already.
python_environment() {  # folder, extras
    local folder=$1 wanted
    shift
    "$(system_python)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop 2 "$("$(system_python)" --version) is too old: Python 3.11 or later is needed"
    wanted=$(python_requirements "$@") || stop 1 "pyproject.toml could not be read"
    if [[ -x $folder/bin/python && $(cat "$folder/.requirements" 2>/dev/null) == "$wanted" ]]; then
        say "${folder#"$root/"} is there"
        return
    fi
    say "making ${folder#"$root/"} with ${wanted//$'\n'/, }"
    "$(system_python)" -m venv --clear "$folder" || stop 4 "no Python environment could be made"
    local quiet=--quiet
    [[ -t 1 ]] && quiet=
    "$folder/bin/python" -m pip install --disable-pip-version-check $quiet $wanted ||
        stop 4 "pip could not install ${wanted//$'\n'/, }; see its message above"
    printf '%s\n' "$wanted" >"$folder/.requirements"
}

# Configures a build folder the first time, and when the options asked for have changed since.
# Options set by hand with `meson configure` stay. Several files are compiled as one, which halves the
# time of a whole build.
configure() {  # folder, Meson options
    local folder=$1
    shift
    set -- -Dunity=on -Dunity_size=6 "$@"
    if [[ -f $folder/build.ninja && $(cat "$folder/.options" 2>/dev/null) == "$*" ]]; then
        return 0
    elif [[ -f $folder/build.ninja ]]; then
        meson setup --reconfigure "$folder" "$root" "$@" || return 1
    else
        meson setup "$folder" "$root" "$@" || return 1
    fi
    printf '%s\n' "$*" >"$folder/.options"
}
