#include "runtime/app/text_output.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "runtime/app/exit_code.h"

namespace sagaloom::app {
namespace {

expression::Error failed(const char* code, const char* what, const std::string& path) {
  return {code, path + what + std::strerror(errno)};
}

}  // namespace

expression::Result<std::string> read_text_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || !text) return failed("file.not_read", " cannot be read: ", path);
  return text.str();
}

int write_document(const std::optional<std::string>& path, const std::string& text) {
  if (!path) {
    std::cout << text << std::flush;
    return std::cout ? exit_ok : exit_error;
  }
  const std::string beside = *path + ".new";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return report(failed("file.not_written", " cannot be written: ", beside), exit_usage);
  std::error_code problem;
  std::filesystem::rename(beside, *path, problem);
  if (!problem) return exit_ok;
  return report({"file.not_written", *path + " cannot be written: " + problem.message()},
                exit_usage);
}

int report(const expression::Error& error, int status) {
  std::cerr << "error[" << error.code << "]: " << error.message << "\n";
  return status;
}

}  // namespace sagaloom::app
