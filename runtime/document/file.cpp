#include "runtime/document/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace sagaloom::document {

namespace fs = std::filesystem;

expression::Result<std::string> read_stream(std::istream& stream, const std::string& name,
                                            std::size_t limit) {
  constexpr std::size_t piece = 64 * 1024;
  std::string text;
  while (stream && text.size() <= limit) {
    const std::size_t had = text.size();
    text.resize(had + std::min(piece, limit + 1 - had));
    stream.read(text.data() + had, static_cast<std::streamsize>(text.size() - had));
    text.resize(had + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return expression::Error{"file.not_read", name + " cannot be read"};
  if (text.size() <= limit) return text;
  return expression::Error{"file.too_large",
                           name + " is larger than " + std::to_string(limit) + " bytes"};
}

expression::Result<std::string> read_file(const std::string& path, std::size_t limit) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (!fs::status_known(status) || !fs::exists(status)) {
    return expression::Error{"file.not_read", path + " cannot be read: " + problem.message()};
  }
  if (!fs::is_regular_file(status)) {
    const char* kind = fs::is_directory(status) ? "a directory" : "no regular file";
    return expression::Error{"file.not_regular", path + " is " + kind + "; name a file"};
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return expression::Error{"file.not_read", path + " cannot be read: " + std::strerror(errno)};
  }
  return read_stream(file, path, limit);
}

}  // namespace sagaloom::document
