# Shared by ./run, ./test and .ci/run (sourced): packages of Debian 12, and the build.
# Messages go to stderr. Needs bash and apt; installs only what is missing, and says so.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 1
# One compiler cache for every clone on the machine: paths below the root count as relative.
export CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

# Single components of Boost 1.81: its -all-dev package and Boost 1.74's -dev packages conflict.
BUILD_PACKAGES="g++ cmake ninja-build pkg-config ccache mold
  libboost1.81-dev libboost-system1.81-dev libboost-filesystem1.81-dev
  libpq-dev libsqlite3-dev libyaml-cpp-dev librdkafka-dev libprotobuf-dev protobuf-compiler
  nlohmann-json3-dev prometheus-cpp-dev libspdlog-dev libcli11-dev libxxhash-dev libre2-dev libzstd-dev libssl-dev
  libcurl4-openssl-dev ca-certificates curl"
TEST_PACKAGES="libgtest-dev python3 sqlite3 postgresql-15 maven openjdk-17-jre-headless
  docker-compose procps patch graphviz clang-19 libclang-rt-19-dev"

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
      echo "$package"
  done
}

# Installing PostgreSQL would start a server of its own on port 5432; the tests use private ones.
install_packages() {
  local no_cluster=/etc/postgresql-common/createcluster.d/sagaloom-install.conf
  as_root apt-get update -q >&2 || die "apt-get update failed: is this machine on-line?"
  as_root mkdir -p "$(dirname $no_cluster)"
  echo 'create_main_cluster = false' | as_root tee $no_cluster >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "$@" >&2
  local status=$?
  as_root rm -f $no_cluster
  [ $status = 0 ] || die "apt-get could not install: $*"
}

need_packages() {
  command -v apt-get >/dev/null || { say "no apt-get here: taking the installed libraries"; return; }
  local missing
  # shellcheck disable=SC2086
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "these packages are missing, and neither root nor sudo is at hand: "$missing
  fi
  say "installing Debian packages: "$missing
  # shellcheck disable=SC2086
  install_packages $missing
}

# Some sources need 1.5 GB to compile: as many jobs as cores, but no more than memory allows.
jobs_at_once() {
  local cores memory_gb
  cores=$(nproc)
  memory_gb=$(($(awk '/MemAvailable/ {print $2}' /proc/meminfo) / 1500000))
  [ "$memory_gb" -lt 1 ] && memory_gb=1
  echo $((cores < memory_gb ? cores : memory_gb))
}

# build PRESET "-DOPTION=…" [TARGET…]
build() {
  local preset=$1 options=$2
  shift 2
  local log=build/$preset.configure.log launcher=
  mkdir -p build
  command -v ccache >/dev/null &&
    launcher="-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache"
  # shellcheck disable=SC2086
  cmake --preset "$preset" $options $launcher >"$log" 2>&1 || { cat "$log" >&2; die "cmake failed"; }
  say "building build/$preset with $(jobs_at_once) jobs"
  cmake --build "build/$preset" -j "$(jobs_at_once)" ${1:+--target} "$@" >&2 || die "the build failed"
}
