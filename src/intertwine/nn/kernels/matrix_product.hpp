// C (+)= A B for matrices that lie in the caches: a tile of C stays in registers while A's columns and B's rows go by.
#pragma once
#include <algorithm>
#include <cstdint>

#include "channel_pack.hpp"

// Tiles fill the registers: 6 rows by 4 cache lines of 32 AVX-512 registers; smaller ones elsewhere.
#if defined(__AVX512F__)
constexpr int kTileRows = 6, kTileLines = 4;
#else
constexpr int kTileRows = 4, kTileLines = 1;
#endif

// A is read by two strides, so that a transposed A is no other matrix; rows of B and C are contiguous.
template <class T, int R, int K, bool Add>
void tile(int64_t depth, const T *a, int64_t row, int64_t step, const T *b, int64_t b_row, T *c, int64_t c_row) {
  Pack<T, K> sum[R];
  for (int r = 0; r < R; ++r) sum[r] = Add ? Pack<T, K>::load(c + r * c_row) : Pack<T, K>::zero();
  for (int64_t k = 0; k < depth; ++k) {
    const Pack<T, K> bk = Pack<T, K>::load(b + k * b_row);
    for (int r = 0; r < R; ++r) sum[r].fma(a[r * row + k * step], bk);
  }
  for (int r = 0; r < R; ++r) sum[r].store(c + r * c_row);
}

template <class T, int R, int K, bool Add>
void tile_of(int rows, int64_t depth, const T *a, int64_t row, int64_t step, const T *b, int64_t b_row, T *c, int64_t c_row) {
  if (rows == R) return tile<T, R, K, Add>(depth, a, row, step, b, b_row, c, c_row);
  if constexpr (R > 1) tile_of<T, R - 1, K, Add>(rows, depth, a, row, step, b, b_row, c, c_row);
}

template <class T, int K, bool Add>
void strip(int64_t m, int64_t depth, const T *a, int64_t row, int64_t step, const T *b, int64_t b_row, T *c, int64_t c_row) {
  const int64_t tiles = (m + kTileRows - 1) / kTileRows;
  for (int64_t i = 0, done = 0; i < tiles; ++i) {  // tiles of nearly equal height: low ones leave the pipelines empty
    const int64_t until = m * (i + 1) / tiles;
    tile_of<T, kTileRows, K, Add>(int(until - done), depth, a + done * row, row, step, b, b_row, c + done * c_row, c_row);
    done = until;
  }
}

// C [m, n] (+)= A [m, depth] B [depth, n] with n in whole cache lines.
template <class T, bool Add>
void multiply(int64_t m, int64_t n, int64_t depth, const T *a, int64_t row, int64_t step, const T *b, int64_t b_row, T *c, int64_t c_row) {
  int64_t j = 0;
  for (; j + kTileLines * kLanes<T> <= n; j += kTileLines * kLanes<T>) strip<T, kTileLines, Add>(m, depth, a, row, step, b + j, b_row, c + j, c_row);
  for (; j < n; j += kLanes<T>) strip<T, 1, Add>(m, depth, a, row, step, b + j, b_row, c + j, c_row);
}
