#include "runtime/engine/cursor.h"

#include <charconv>

namespace sagaloom::engine {

namespace {

// Takes a number off the front of `text`.
template <typename T>
bool take_number(std::string_view& text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < T{0}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<Cursor> Cursor::parse(std::string_view text) {
  Cursor cursor;
  if (text.empty()) return cursor;
  if (!text.starts_with("v1")) return std::nullopt;
  text.remove_prefix(2);
  while (!text.empty()) {
    ShardNumber shard = 0;
    Place place;
    if (!take(text, '_') || !take_number(text, shard)) return std::nullopt;
    if (!take(text, '.') || !take_number(text, place.seq)) return std::nullopt;
    if (take(text, '.') && !take_number(text, place.n)) return std::nullopt;
    cursor.places_[shard] = place;
  }
  return cursor;
}

std::string Cursor::text() const {
  std::string text = "v1";
  for (const auto& [shard, place] : places_) {
    text += '_' + std::to_string(shard) + '.' + std::to_string(place.seq);
    if (place.n > 0) text += '.' + std::to_string(place.n);
  }
  return text;
}

std::vector<EventPosition> Cursor::positions(std::uint16_t shards) const {
  std::vector<EventPosition> list;
  for (ShardNumber shard = 0; shard < shards; ++shard) {
    const auto it = places_.find(shard);
    Seq after = 0;
    if (it != places_.end()) after = it->second.n > 0 ? it->second.seq - 1 : it->second.seq;
    list.push_back({shard, after});
  }
  return list;
}

std::size_t Cursor::skipped(ShardNumber shard, Seq seq) const {
  const auto it = places_.find(shard);
  return it != places_.end() && it->second.seq == seq ? it->second.n : 0;
}

void Cursor::advance(ShardNumber shard, Seq seq, std::size_t n, std::size_t total) {
  places_[shard] = {seq, n < total ? n : 0};
}

Seq Cursor::seq(ShardNumber shard) const {
  const auto it = places_.find(shard);
  return it == places_.end() ? 0 : it->second.seq;
}

}  // namespace sagaloom::engine
