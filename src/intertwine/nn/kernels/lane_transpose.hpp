// Rows in memory to lanes of vectors and back: [points, width] ↔ [width, points], one register-sized square at a time.
#pragma once
#include <cstdint>
#include <utility>

#include "channel_pack.hpp"

// The squares must stay in registers, which takes inlining and unrolling that the compiler does not do by itself.
#define KERNEL_INLINE inline __attribute__((always_inline))

// Exchanges the off-diagonal S × S blocks of two rows: S = 1, 2, 4, … together transpose a square.
template <int S, class V, std::size_t... I> KERNEL_INLINE void exchange(V &a, V &b, std::index_sequence<I...>) {
  constexpr int L = sizeof...(I);
  const V low = __builtin_shufflevector(a, b, ((I & S) ? L + I - S : I)...);
  b = __builtin_shufflevector(a, b, ((I & S) ? L + I : I + S)...);
  a = low;
}
template <class T, int S, class V> KERNEL_INLINE void transpose_from(V *row) {
  if constexpr (S < kLanes<T>) {
#pragma GCC unroll 16
    for (int i = 0; i < kLanes<T>; ++i)
      if (!(i & S)) exchange<S>(row[i], row[i + S], std::make_index_sequence<kLanes<T>>{});
    transpose_from<T, 2 * S>(row);
  }
}

// One square: `rows` lines at distance `from_row` to lines at distance `to_row`.
template <class T> void transpose_square(const T *from, int64_t from_row, T *to, int64_t to_row) {
  using P = Pack<T, 1>;
  typename P::Vector row[kLanes<T>];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes<T>; ++i) row[i] = P::load(from + i * from_row).v[0];
  transpose_from<T, 1>(row);
#pragma GCC unroll 16
  for (int i = 0; i < kLanes<T>; ++i) P{{row[i]}}.store(to + i * to_row);
}

// [rows, columns] at distance from_row → [columns, rows] at distance to_row.
template <class T> void transpose(const T *from, int64_t from_row, int64_t rows, int64_t columns, T *to, int64_t to_row) {
  constexpr int L = kLanes<T>;
  int64_t r = 0;
  for (; r + L <= rows; r += L) {
    int64_t c = 0;
    for (; c + L <= columns; c += L) transpose_square(from + r * from_row + c, from_row, to + c * to_row + r, to_row);
    for (; c < columns; ++c)
      for (int i = 0; i < L; ++i) to[c * to_row + r + i] = from[(r + i) * from_row + c];
  }
  for (; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c) to[c * to_row + r] = from[r * from_row + c];
}
