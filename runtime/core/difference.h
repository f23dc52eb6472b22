// The difference of two states of one struct, field by field, and its application: the two halves
// of every Record, derived from the struct's own list of fields.
#pragma once

#include "runtime/core/record.h"

namespace sagaloom::core {

// Copies what differs from `before` to `after` into `changes` and returns which fields these are.
template <typename T>
FieldMask difference(const T& before, const T& after, T& changes) {
  FieldMask mask = 0;
  FieldMask bit = 1;
  T::each_field(
      [&](const char*, const auto& old_field, const auto& new_field, auto& change) {
        if (!(old_field == new_field)) {
          change = new_field;
          mask |= bit;
        }
        bit <<= 1;
      },
      before, after, changes);
  return mask;
}

template <typename T>
void copy_changed(const T& changes, FieldMask mask, T& target) {
  FieldMask bit = 1;
  T::each_field(
      [&](const char*, const auto& change, auto& field) {
        if (mask & bit) field = change;
        bit <<= 1;
      },
      changes, target);
}

}  // namespace sagaloom::core
