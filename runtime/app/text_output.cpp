#include "runtime/app/text_output.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "runtime/app/exit_code.h"
#include "runtime/document/file.h"

namespace sagaloom::app {
namespace {

namespace fs = std::filesystem;

int not_written(const std::string& path, const std::string& why) {
  return report({"file.not_written", path + " cannot be written: " + why}, exit_usage);
}

bool put(const std::string& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file.good();
}

// A device, a pipe, a link to nothing yet: they are what the person named.
int write_in_place(const std::string& path, const std::string& text) {
  return put(path, text) ? exit_ok : not_written(path, std::strerror(errno));
}

int replace(const fs::path& path, const std::string& text) {
  const std::string beside = path.string() + ".new";
  if (!put(beside, text)) return not_written(beside, std::strerror(errno));
  std::error_code problem, unknown;
  const auto old = fs::status(path, unknown);
  if (fs::is_regular_file(old)) fs::permissions(beside, old.permissions(), unknown);
  fs::rename(beside, path, problem);
  return problem ? not_written(path.string(), problem.message()) : static_cast<int>(exit_ok);
}

}  // namespace

expression::Result<std::string> read_input(const std::string& path) {
  return path == "-" ? document::read_stream(std::cin, "standard input")
                     : document::read_file(path);
}

int write_document(const std::optional<std::string>& path, const std::string& text) {
  if (!path) {
    std::cout << text << std::flush;
    return std::cout ? exit_ok : exit_error;
  }
  std::error_code problem;
  const auto status = fs::status(*path, problem);
  const bool fresh = fs::symlink_status(*path, problem).type() == fs::file_type::not_found;
  // What is open already stays what it is, also when /dev/stdout is a file.
  const bool open = path->starts_with("/dev/");
  if (open || (!fresh && !fs::is_regular_file(status))) return write_in_place(*path, text);
  const fs::path target = fresh ? fs::path(*path) : fs::canonical(*path, problem);
  return replace(target.empty() ? fs::path(*path) : target, text);
}

int report(const expression::Error& error, int status) {
  std::cerr << "error[" << error.code << "]: " << error.message << "\n";
  return status;
}

}  // namespace sagaloom::app
