// Messages between all points of a set: m_ij = relu(M relu(a_i + b_j + W u_ij)), Σ_{j≠i} σ(g·m_ij) m_ij and φ_x(m_ij).
// One receiver's row of messages at a time stays in the cache; a set is one thread's, so that sums have a fixed order.
#include <cmath>

#include "matrix_product.hpp"

namespace {

// Channels are padded with zeros to whole cache lines; five lines by five rows fill the registers (LorentzNet: 72 → 80).
template <class T, int K> int64_t strips(int64_t m, int64_t n, int64_t depth, const T *a, int64_t row, int64_t step, const T *b, T *c, bool add, int64_t j) {
  for (; j + K * kLanes<T> <= n; j += K * kLanes<T>)
    for (int64_t i = 0; i < m; i += 5) {
      const int rows = int(std::min<int64_t>(5, m - i));
      if (add) tile_of<T, 5, K, true>(rows, depth, a + i * row, row, step, b + j, n, c + i * n + j, n);
      else tile_of<T, 5, K, false>(rows, depth, a + i * row, row, step, b + j, n, c + i * n + j, n);
    }
  return j;
}

// C [m, n] (+)= A [m, depth] B [depth, n]
template <class T> void product(int64_t m, int64_t n, int64_t depth, const T *a, int64_t row, int64_t step, const T *b, T *c, bool add) {
  int64_t j = strips<T, 5>(m, n, depth, a, row, step, b, c, add, 0);
  j = strips<T, 4>(m, n, depth, a, row, step, b, c, add, j);
  j = strips<T, 2>(m, n, depth, a, row, step, b, c, add, j);
  strips<T, 1>(m, n, depth, a, row, step, b, c, add, j);
}

template <class T> T dot(const T *a, const T *b, int64_t n) {
  T lines[kLanes<T>] = {};
  for (int64_t c = 0; c < n; c += kLanes<T>)
    for (int l = 0; l < kLanes<T>; ++l) lines[l] += a[c + l] * b[c + l];
  return line_sum(lines);
}

// Sizes and weights; rows of `pairs`, `gates`, `moves` are [set, point, point (, feature)] with `points` places.
template <class T> struct Problem {
  int64_t sets, points, channels, features;
  const int64_t *counts, *starts;  // of each set: its points, and where its pairs begin among all
  const T *receiver, *sender, *pairs, *pair_weight;
  const T *message, *message_t, *message_bias, *gate, *gate_bias, *move, *move_t, *move_bias, *move_out;  // *_t: transposed

  void first_layer(int64_t set, int64_t i, T *first) const {
    const T *a = receiver + (set * points + i) * channels, *u = pairs + (set * points + i) * points * features;
    for (int64_t j = 0; j < counts[set]; ++j) {
      const T *b = sender + (set * points + j) * channels;
      T *row = first + j * channels;
      for (int64_t c = 0; c < channels; c += kLanes<T>) {
        Pack<T, 1> sum = Pack<T, 1>::load(a + c);
        sum.fma(T(1), Pack<T, 1>::load(b + c));
        for (int64_t f = 0; f < features; ++f) sum.fma(u[j * features + f], Pack<T, 1>::load(pair_weight + f * channels + c));
        sum.v[0] = sum.v[0] > 0 ? sum.v[0] : typename Pack<T, 1>::Vector{};
        sum.store(row + c);
      }
    }
  }
};

template <class T> void add_bias_relu(int64_t n, int64_t channels, const T *bias, T *x) {
  for (int64_t j = 0; j < n; ++j)
    #pragma omp simd
    for (int64_t c = 0; c < channels; ++c) {
      const T y = x[j * channels + c] + bias[c];
      x[j * channels + c] = y > 0 ? y : T(0);
    }
}

template <class T> void run_forward(const Problem<T> &p, int threads, T *sums, T *moves, T *gates, T *messages, T *inners) {
#pragma omp parallel num_threads(threads)
  {
    Buffer<T> first(p.points * p.channels), message(p.points * p.channels), inner(p.points * p.channels);
#pragma omp for schedule(dynamic, 1)
    for (int64_t set = 0; set < p.sets; ++set) {
      const int64_t n = p.counts[set], C = p.channels;
      for (int64_t i = 0; i < n; ++i) {
        const int64_t place = (set * p.points + i) * p.points, kept = (p.starts[set] + i * n) * C;
        T *m = messages ? messages + kept : message.at, *q = inners ? inners + kept : inner.at;
        p.first_layer(set, i, first.at);
        product(n, C, C, first.at, C, int64_t(1), p.message_t, m, false);
        add_bias_relu(n, C, p.message_bias, m);
        T *sum = sums + (set * p.points + i) * C;
        for (int64_t j = 0; j < n; ++j) {
          if (j == i) continue;
          const T gate = 1 / (1 + std::exp(-(dot(m + j * C, p.gate, C) + *p.gate_bias)));
          gates[place + j] = gate;
          #pragma omp simd
          for (int64_t c = 0; c < C; ++c) sum[c] += gate * m[j * C + c];
        }
        if (!p.move) continue;
        product(n, C, C, m, C, int64_t(1), p.move_t, q, false);
        add_bias_relu(n, C, p.move_bias, q);
        for (int64_t j = 0; j < n; ++j)
          if (j != i) moves[place + j] = dot(q + j * C, p.move_out, C);
      }
    }
  }
}

// Gradients of weights side by side, a copy a thread: message, move, then rows of channels.
template <class T> void run_backward(const Problem<T> &p, int threads, const T *gates, const T *messages, const T *inners, const T *d_sums, const T *d_moves, T *d_receiver, T *d_sender, T *d_pairs, T *d_weights) {
  const int64_t C = p.channels, F = p.features, size = 2 * C * C + (5 + F) * C;
#pragma omp parallel num_threads(threads)
  {
    Buffer<T> first(p.points * C), d_message(p.points * C), d_inner(p.points * C), d_first(p.points * C), own(size);
    T *const dM = own.at, *const dV = dM + C * C, *const rows = dV + C * C;
    T *const dg = rows, *const dmb = rows + C, *const dvb = rows + 2 * C, *const dmo = rows + 3 * C, *const dgb = rows + 4 * C, *const dW = rows + 5 * C;
#pragma omp for schedule(static)
    for (int64_t set = 0; set < p.sets; ++set) {
      const int64_t n = p.counts[set];
      for (int64_t i = 0; i < n; ++i) {
        const int64_t place = (set * p.points + i) * p.points, kept = (p.starts[set] + i * n) * C;
        const T *m = messages + kept, *q = inners + kept, *towards = d_sums + (set * p.points + i) * C;
        p.first_layer(set, i, first.at);
        for (int64_t j = 0; j < n; ++j) {
          const T gate = gates[place + j], d_gate = dot(m + j * C, towards, C) * gate * (1 - gate);
          *dgb += d_gate;
          #pragma omp simd
          for (int64_t c = 0; c < C; ++c) {
            dg[c] += d_gate * m[j * C + c];
            d_message.at[j * C + c] = d_gate * p.gate[c] + gate * towards[c];
          }
        }
        if (p.move) {
          for (int64_t j = 0; j < n; ++j) {
            const T d_move = j == i ? T(0) : d_moves[place + j];
            #pragma omp simd
            for (int64_t c = 0; c < C; ++c) {
              const T one = q[j * C + c] > 0 ? d_move * p.move_out[c] : T(0);
              d_inner.at[j * C + c] = one;
              dvb[c] += one;
              dmo[c] += d_move * q[j * C + c];
            }
          }
          product(C, C, n, d_inner.at, int64_t(1), C, m, dV, true);
          product(n, C, C, d_inner.at, C, int64_t(1), p.move, d_message.at, true);
        }
        for (int64_t j = 0; j < n; ++j)
          #pragma omp simd
          for (int64_t c = 0; c < C; ++c) {
            const T one = m[j * C + c] > 0 ? d_message.at[j * C + c] : T(0);
            d_message.at[j * C + c] = one;
            dmb[c] += one;
          }
        product(C, C, n, d_message.at, int64_t(1), C, first.at, dM, true);
        product(n, C, C, d_message.at, C, int64_t(1), p.message, d_first.at, false);
        T *da = d_receiver + (set * p.points + i) * C;
        const T *u = p.pairs + place * F;
        for (int64_t j = 0; j < n; ++j) {
          T *row = d_first.at + j * C, *db = d_sender + (set * p.points + j) * C;
          #pragma omp simd
          for (int64_t c = 0; c < C; ++c) {
            row[c] = first.at[j * C + c] > 0 ? row[c] : T(0);
            da[c] += row[c];
            db[c] += row[c];
          }
          for (int64_t f = 0; f < F; ++f) {
            #pragma omp simd
            for (int64_t c = 0; c < C; ++c) dW[f * C + c] += u[j * F + f] * row[c];
            d_pairs[(place + j) * F + f] = dot(row, p.pair_weight + f * C, C);
          }
        }
      }
    }
#pragma omp for ordered schedule(static, 1)
    for (int t = 0; t < threads; ++t) {
#pragma omp ordered
      for (int64_t k = 0; k < size; ++k) d_weights[k] += own.at[k];
    }
  }
}

}  // namespace

#define COMPLETE_MESSAGES(T, NAME)                                                                                          \
  extern "C" void complete_messages_forward_##NAME(                                                                         \
      int64_t sets, int64_t points, int64_t channels, int64_t features, int threads, const int64_t *counts,                 \
      const int64_t *starts, const T *const *in, T *const *out) {                                                           \
    const Problem<T> p{sets, points, channels, features, counts, starts, in[0], in[1], in[2], in[3], in[4], in[5], in[6],    \
                       in[7], in[8], in[9], in[10], in[11], in[12]};                                                        \
    run_forward<T>(p, threads, out[0], out[1], out[2], out[3], out[4]);                                                     \
  }                                                                                                                         \
  extern "C" void complete_messages_backward_##NAME(                                                                        \
      int64_t sets, int64_t points, int64_t channels, int64_t features, int threads, const int64_t *counts,                 \
      const int64_t *starts, const T *const *in, T *const *out) {                                                           \
    const Problem<T> p{sets, points, channels, features, counts, starts, in[0], in[1], in[2], in[3], in[4], in[5], in[6],    \
                       in[7], in[8], in[9], in[10], in[11], in[12]};                                                        \
    run_backward<T>(p, threads, in[13], in[14], in[15], in[16], in[17], out[0], out[1], out[2], out[3]);                     \
  }
COMPLETE_MESSAGES(float, float32)
COMPLETE_MESSAGES(double, float64)
