#include "runtime/store/pack.h"

#include <cassert>
#include <memory>
#include <zstd.h>

namespace sagaloom::store {
namespace {

constexpr int level = 1;
constexpr unsigned long long largest_text = 256ull << 20;

// Part of the format: what was packed with it can only be read with it, so it never changes.
constexpr std::string_view dictionary =
    R"({"path":"","state":"pending","state":"backoff","state":"awaiting","state":"resolving",)"
    R"("state":"parked","state":"failed","state":"unknown","state":"skipped","state":"cancelled",)"
    R"("state":"handled","state":"undo_backoff","state":"undo_stuck","state":"kept",)"
    R"("state":"residue","undo_operation":"","undo_key":"","undo_input":{},"undo_error":{"code":"",)"
    R"("kind":"business","kind":"transient","kind":"unknown","message":"","step":"","attempt":)"
    R"("doubt":true,"pivot":true,"occurrence":2,"manual_undo":true,"waiting_for_plugin":true,)"
    R"("returned":false,"parked":"doubt","key":"","question":[1,1,0,0,-1,-1],"undo":[1,1,0,0,-1,-1],)"
    R"("state":"undone","check":"","undo_step":1,"undo_id":"","tenant":"","header":"",)"
    R"("deadline_alerts":true,"attributes":{"error":{"code":"","noted":{"residue":[],)"
    R"("suspended":true,"granted":"deadline_passed":true,"phase":"queued","phase":"running",)"
    R"("phase":"committed","phase":"compensating","phase":"compensated","phase":"failed",)"
    R"({"format":1,"now":1763000000000,"head":{"workflow":"order","version":1,"definition":"",)"
    R"("identity":"","business_id":true,"fingerprint":"","created":-10,"deadline":,"input":{"id":"",)"
    R"("amount":,"items":[{"sku":"","quantity":1,"price":}],"customer":""},"phase":"completed",)"
    R"("status":"","output":{"started":3,"records":4,"bytes":,"updated":0,"ended":0},"steps":[)"
    R"({"path":"","state":"succeeded","order":1,"idempotent":true,"operation":"","forward":)"
    R"([1,1,0,0,-2,-2],"input":{},"output":{}},{"path":"","state":"succeeded","order":2,)"
    R"("idempotent":true,"operation":"","forward":[1,1,0,0,-1,-1],"input":{},"output":{"id":""}}]})";

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

std::string pack(std::string_view text) {
  static ZSTD_CDict* const prepared = ZSTD_createCDict(dictionary.data(), dictionary.size(), level);
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  const auto size = ZSTD_compress_usingCDict(context.get(), bytes.data(), bytes.size(), text.data(),
                                             text.size(), prepared);
  assert(!ZSTD_isError(size));
  bytes.resize(size);
  return bytes;
}

std::optional<std::string> unpack(std::string_view bytes) {
  if (bytes.starts_with('{')) return std::string(bytes);
  static ZSTD_DDict* const prepared = ZSTD_createDDict(dictionary.data(), dictionary.size());
  thread_local const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  const auto length = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (length == ZSTD_CONTENTSIZE_UNKNOWN || length == ZSTD_CONTENTSIZE_ERROR ||
      length > largest_text) {
    return std::nullopt;
  }
  std::string text(length, '\0');
  const auto size = ZSTD_decompress_usingDDict(context.get(), text.data(), text.size(),
                                               bytes.data(), bytes.size(), prepared);
  if (ZSTD_isError(size) || size != length) return std::nullopt;
  return text;
}

}  // namespace sagaloom::store
