#include "examples/event_consumer/expected.h"

#include <curl/curl.h>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace consumer {

namespace {

using Json = nlohmann::json;

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(bytes, size * count);
  return size * count;
}

std::string get(CURL* curl, const std::string& url) {
  std::string body;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) throw std::runtime_error(url + ": " + curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) throw std::runtime_error(url + ": " + std::to_string(status) + " " + body);
  return body;
}

std::string escaped(CURL* curl, const std::string& text) {
  char* out = curl_easy_escape(curl, text.data(), static_cast<int>(text.size()));
  const std::string copy(out);
  curl_free(out);
  return copy;
}

Event event_of(const Json& json) {
  Event event;
  event.id = json.at("id").get<std::string>();
  event.sequence = json.value("sequence", "");
  event.topic = json.value("topic", "");
  event.key = json.value("key", "");
  event.saga = json.value("subject", "");
  event.type = json.value("type", "");
  return event;
}

void read_server(const std::string& server, const Take& take) {
  const Curl curl(curl_easy_init());
  std::string cursor;
  for (;;) {
    auto url = server + "/api/v1/events?limit=500";
    if (!cursor.empty()) url += "&after=" + escaped(curl.get(), cursor);
    const Json page = Json::parse(get(curl.get(), url));
    for (const auto& item : page.at("items")) take(event_of(item));
    const auto next = page.at("next").get<std::string>();
    if (page.at("items").empty() || next == cursor) return;
    cursor = next;
  }
}

void read_file(const std::string& path, const Take& take) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    Event event;
    if (line.front() == '{') {
      event = event_of(Json::parse(line));
    } else {
      event.id = line;
    }
    take(event);
  }
}

}  // namespace

void read_expected(const std::string& source, const Take& take) {
  if (source.starts_with("http://") || source.starts_with("https://")) {
    read_server(source.ends_with('/') ? source.substr(0, source.size() - 1) : source, take);
  } else {
    read_file(source, take);
  }
}

}  // namespace consumer
