#include "runtime/workflow/replay/difference.h"

#include <algorithm>
#include <type_traits>

#include "runtime/document/json.h"

namespace sagaloom::workflow::replay {

namespace {

using core::FieldMask;

constexpr std::size_t longest_text = 200;
constexpr const char* nothing = "(none)";
constexpr const char* unchanged = "(not changed)";

std::string cut(std::string text) {
  if (text.size() <= longest_text) return text;
  std::size_t end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "… (" + std::to_string(text.size()) + " bytes)";
}

std::string text_of(bool value) {
  return value ? "true" : "false";
}
std::string text_of(const std::string& value) {
  return cut("\"" + value + "\"");
}
std::string text_of(const core::Value& value) {
  return cut(document::write(value));
}
std::string text_of(core::Time value) {
  return value == core::Time{} ? nothing : std::to_string(value.time_since_epoch().count());
}
std::string text_of(const core::Failure& value) {
  return cut(value.code + " (" + value.kind + "): " + value.message + " at " + value.step + " " +
             document::write(value.details));
}
std::string text_of(const core::Try& value) {
  return "number " + std::to_string(value.number) + ", counted " + std::to_string(value.counted) +
         ", crashes " + std::to_string(value.crashes) + ", first " + text_of(value.first_at) +
         ", started " + text_of(value.started_at) + ", deadline " + text_of(value.deadline) +
         ", due " + text_of(value.due) + (value.in_flight ? ", in flight" : "");
}
std::string text_of(const core::Lifecycle& value) {
  return value.state + " " + value.status + " " + value.error;
}
std::string text_of(const core::Emitted& value) {
  return cut(value.topic + " " + value.type + " " + value.key + " " + document::write(value.data));
}
std::string text_of(const core::Note& value) {
  return cut(value.code + " " + document::write(value.details));
}
std::string text_of(const core::Event& value) {
  return shown(value);
}

template <typename T>
  requires(std::is_integral_v<T> || std::is_floating_point_v<T>)
std::string text_of(T value) {
  return std::to_string(value);
}

template <typename T>
  requires std::is_enum_v<T>
std::string text_of(T value) {
  if constexpr (requires { core::name(value); }) {
    return std::string(core::name(value));
  } else {
    return std::to_string(static_cast<int>(value));
  }
}

template <typename T>
std::string text_of(const std::optional<T>& value) {
  return value ? text_of(*value) : nothing;
}

template <typename T>
std::string text_of(const std::vector<T>& list) {
  std::string text;
  for (const T& item : list) text += (text.empty() ? "" : "; ") + text_of(item);
  return text.empty() ? nothing : cut(std::move(text));
}

template <typename T>
std::optional<Difference> compare(const char* field, const T& left, const T& right) {
  if (left == right) return std::nullopt;
  return Difference{field, text_of(left), text_of(right)};
}

template <typename Struct>
std::optional<Difference> compare_fields(const Struct& left, const Struct& right) {
  std::optional<Difference> found;
  Struct::each_field(
      [&](const char* name, const auto& l, const auto& r) {
        if (!found) found = compare(name, l, r);
      },
      left, right);
  return found;
}

// Only the fields that a mask names are meant.
template <typename Struct>
std::optional<Difference> compare_changes(const Struct& left, FieldMask left_changed,
                                          const Struct& right, FieldMask right_changed) {
  std::optional<Difference> found;
  FieldMask bit = 1;
  Struct::each_field(
      [&](const char* name, const auto& l, const auto& r) {
        const bool on_left = left_changed & bit, on_right = right_changed & bit;
        bit <<= 1;
        if (found || (!on_left && !on_right) || (on_left && on_right && l == r)) return;
        found =
            Difference{name, on_left ? text_of(l) : unchanged, on_right ? text_of(r) : unchanged};
      },
      left, right);
  return found;
}

std::optional<Difference> below(const std::string& prefix, std::optional<Difference> found) {
  if (found) found->field = prefix + "." + found->field;
  return found;
}

std::string step_name(const core::Path& path) {
  return "steps[" + path + "]";
}

using Changes = std::vector<core::StepChange>;

const core::StepChange* change_of(const Changes& changes, const core::Path& path) {
  for (const core::StepChange& change : changes)
    if (change.path == path) return &change;
  return nullptr;
}

std::optional<Difference> compare_steps(const Changes& left, const Changes& right) {
  for (const core::StepChange& change : left) {
    const core::StepChange* other = change_of(right, change.path);
    if (!other) return Difference{step_name(change.path), text_of(change.step.state), unchanged};
    auto found = compare_changes(change.step, change.changed, other->step, other->changed);
    if (found) return below(step_name(change.path), std::move(found));
  }
  for (const core::StepChange& change : right) {
    if (change_of(left, change.path)) continue;
    return Difference{step_name(change.path), unchanged, text_of(change.step.state)};
  }
  return std::nullopt;
}

template <typename T>
std::optional<Difference> compare_lists(const std::string& field, const std::vector<T>& left,
                                        const std::vector<T>& right) {
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const bool same = i < left.size() && i < right.size() && left[i] == right[i];
    if (same) continue;
    return Difference{field + "[" + std::to_string(i) + "]",
                      i < left.size() ? text_of(left[i]) : nothing,
                      i < right.size() ? text_of(right[i]) : nothing};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Difference> first_difference(const core::Record& left, const core::Record& right) {
  if (auto found = compare("now", left.now, right.now)) return found;
  if (auto found = compare("jitter", left.jitter, right.jitter)) return found;
  if (auto found = compare_steps(left.steps, right.steps)) return found;
  auto head = compare_changes(left.head, left.head_changed, right.head, right.head_changed);
  if (head) return below("head", std::move(head));
  if (auto found = compare_lists("emits", left.emits, right.emits)) return found;
  if (auto found = compare_lists("notes", left.notes, right.notes)) return found;
  return compare("lifecycle", left.lifecycle, right.lifecycle);
}

std::optional<Difference> first_difference(const core::SagaRecord& left,
                                           const core::SagaRecord& right) {
  return compare_fields(left, right);
}

std::optional<Difference> first_difference(const core::StepRecord& left,
                                           const core::StepRecord& right) {
  return compare_fields(left, right);
}

std::optional<Difference> first_difference(const core::Saga& left, const core::Saga& right) {
  if (auto found = below("head", first_difference(left.head, right.head))) return found;
  for (const auto& [path, step] : left.steps) {
    const core::StepRecord* other = right.find(path);
    if (!other) return Difference{step_name(path), text_of(step.state), nothing};
    if (auto found = below(step_name(path), first_difference(step, *other))) return found;
  }
  for (const auto& [path, step] : right.steps) {
    if (!left.find(path)) return Difference{step_name(path), nothing, text_of(step.state)};
  }
  return std::nullopt;
}

std::string shown(const core::Value& value) {
  return text_of(value);
}

std::string shown(const core::Event& event) {
  std::string text(core::name(event.kind));
  if (!event.path.empty()) text += " " + event.path;
  if (event.kind == core::EventKind::answered) text += " " + std::string(core::name(event.outcome));
  if (!event.code.empty()) text += " " + cut(event.code);
  return text;
}

}  // namespace sagaloom::workflow::replay
