#include "runtime/app/rest_client.h"

#include <algorithm>
#include <curl/curl.h>
#include <memory>

namespace sagaloom::app {
namespace {

constexpr std::size_t reply_limit = 64u << 20;  // a page of history with large outputs

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using HeaderList = std::unique_ptr<curl_slist, ListCleanup>;

// Answering less than was offered makes libcurl end the transfer.
std::size_t collect(char* data, std::size_t size, std::size_t count, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size * count > reply_limit) return 0;
  body.append(data, size * count);
  return size * count;
}

HeaderList header_list(const RestRequest& request) {
  curl_slist* list = nullptr;
  if (request.accept_json) list = curl_slist_append(list, "Accept: application/json");
  const bool typed = std::any_of(request.headers.begin(), request.headers.end(),
                                 [](const auto& header) { return header.first == "Content-Type"; });
  if (request.body && !typed) {
    list = curl_slist_append(list, "Content-Type: application/json");
  }
  for (const auto& [name, value] : request.headers)
    list = curl_slist_append(list, (name + ": " + value).c_str());
  return HeaderList(list);
}

void set_up(CURL* easy, const std::string& url, const RestRequest& request, curl_slist* headers) {
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, request.limit_s);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 5L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  if (!request.body) return;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body->data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request.body->size()));
}

RestReply reply_of(CURL* easy, std::string body) {
  RestReply reply;
  reply.body = std::move(body);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply.status);
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) reply.content_type = type;
  return reply;
}

}  // namespace

RestClient::RestClient(std::string server) : server_(std::move(server)) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  while (!server_.empty() && server_.back() == '/') server_.pop_back();
}

std::variant<RestReply, Unreachable> RestClient::send(const RestRequest& request) const {
  const Easy easy(curl_easy_init());
  if (!easy) return Unreachable{"libcurl could not be started"};
  const HeaderList headers = header_list(request);
  const std::string url = server_ + request.path;
  std::string body;
  set_up(easy.get(), url, request, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &collect);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) return Unreachable{url + ": " + curl_easy_strerror(code)};
  return reply_of(easy.get(), std::move(body));
}

}  // namespace sagaloom::app
