#include "runtime/steps/plugin_library.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <boost/dll/library_info.hpp>
#include <boost/dll/shared_library.hpp>

#include "runtime/document/digest.h"
#include "runtime/steps/elf_check.h"

namespace sagaloom::steps {

namespace {

using expression::Error;
using expression::Result;
namespace files = std::filesystem;

constexpr std::uintmax_t kLargestFile = 256u * 1024 * 1024;

Error error(const char* code, const std::string& path, const std::string& what) {
  return Error{code, "plugin " + path + ": " + what, {}};
}

std::optional<std::string> read_file(const files::path& path) {
  std::error_code failed;
  const auto size = files::file_size(path, failed);
  if (failed || size > kLargestFile) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in || bytes.str().size() != size) return std::nullopt;
  return std::move(bytes).str();
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0;
}

// Writes beside and renames, so that a crash never leaves half a copy under the final name.
bool store_copy(const files::path& target, std::string_view bytes) {
  std::error_code failed;
  files::create_directories(target.parent_path(), failed);
  if (failed) return false;
  const files::path part = target.string() + ".part" + std::to_string(::getpid());
  ::unlink(part.c_str());
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500);
  if (file < 0) return false;
  const bool written = write_all(file, bytes);
  ::close(file);
  files::rename(part, target, failed);
  return written && !failed;
}

bool holds(const files::path& target, std::string_view bytes) {
  const auto stored = read_file(target);
  return stored && *stored == bytes;
}

bool exports_symbol(const files::path& path, std::string& problem) {
  try {
    boost::dll::library_info info(path.string(), true);
    const auto symbols = info.symbols();
    return std::find(symbols.begin(), symbols.end(), SAGA_PLUGIN_SYMBOL) != symbols.end();
  } catch (const std::exception& exception) {
    problem = exception.what();
    return false;
  }
}

// What is loaded is kept here and never destroyed: a destructor at exit would unload it.
std::vector<boost::dll::shared_library>& loaded_libraries() {
  static auto* libraries = new std::vector<boost::dll::shared_library>();
  return *libraries;
}

Result<const saga_plugin*> open_library(const files::path& copy, const std::string& path) {
  // Boost.DLL's error code only says "bad file descriptor": the linker's own text is asked for by
  // a second try when the first has failed.
  boost::dll::fs::error_code failed;
  boost::dll::shared_library library(
      copy.string(), boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, failed);
  if (failed) {
    ::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    const char* text = ::dlerror();
    return error("plugin.load_failed", path, text == nullptr ? failed.message() : text);
  }
  if (!library.has(SAGA_PLUGIN_SYMBOL)) {
    return error("plugin.no_symbol", path, "it does not export " SAGA_PLUGIN_SYMBOL);
  }
  const saga_plugin* table = &library.get<const saga_plugin>(SAGA_PLUGIN_SYMBOL);
  loaded_libraries().push_back(std::move(library));
  return table;
}

}  // namespace

std::string why_not_our_contract(const saga_plugin& table) {
  if (std::memcmp(table.magic, SAGA_PLUGIN_MAGIC, sizeof(table.magic)) != 0) {
    return "its table does not begin with " SAGA_PLUGIN_MAGIC;
  }
  const std::size_t needed = offsetof(saga_plugin, manifest) + sizeof(saga_str);
  if (table.struct_size < needed) return "its table is too small";
  if (table.abi_major != SAGA_ABI_MAJOR) {
    return "it speaks version " + std::to_string(table.abi_major) + " of the contract, this host " +
           std::to_string(SAGA_ABI_MAJOR);
  }
  const std::string_view product(table.product.ptr, table.product.len);
  if (product != SAGA_PLUGIN_PRODUCT) return "it is made for " + std::string(product);
  return table.open == nullptr ? "its table has no open function" : "";
}

Result<PluginLibrary> PluginLibrary::load(const std::string& path,
                                          const std::string& state_directory) {
  const auto bytes = read_file(path);
  if (!bytes) return error("plugin.not_found", path, "the file is not there or cannot be read");
  if (const std::string why = why_no_shared_object(*bytes); !why.empty()) {
    return error("plugin.not_a_library", path, why);
  }
  PluginLibrary library;
  library.path = path;
  library.sha256 = document::hex(document::sha256(*bytes));
  const files::path copy = files::absolute(files::path(state_directory) / "plugins" /
                                           library.sha256 / files::path(path).filename());
  library.loaded_path = copy.string();
  if (!holds(copy, *bytes) && !store_copy(copy, *bytes)) {
    return error("plugin.store_failed", path, "cannot be copied to " + copy.string());
  }
  std::string problem;
  if (!exports_symbol(copy, problem)) {
    return error("plugin.no_symbol", path,
                 problem.empty() ? "it does not export " SAGA_PLUGIN_SYMBOL : problem);
  }
  const auto table = open_library(copy, path);
  if (!table.ok()) return table.error();
  library.table = *table;
  if (const std::string why = why_not_our_contract(*library.table); !why.empty()) {
    return error("plugin.abi", path, why);
  }
  return library;
}

}  // namespace sagaloom::steps
