// The plan of a fully connected product as fully_connected_plan.py packs it, and a block of samples in the cache.
#pragma once
#include <cstdint>
#include <vector>

#include "channel_pack.hpp"
#include "matrix_product.hpp"

// The blocks of a representation, [rows, channels] each.
struct Blocks {
  int64_t count;
  const int32_t *start, *rows, *channels;
};

struct MixPlan {
  int64_t paths, entries, terms, dim1, dim2, dim_w, dim_out;
  Blocks in, out;
  const int32_t *path_in, *path_out, *path_weight, *path_stride, *path_entry;  // [paths], the last [paths + 1]
  const int32_t *entry_i, *entry_k, *entry_term;                              // [entries], the last [entries + 1]
  const int32_t *term_x2;                                                     // [terms]

  explicit MixPlan(const int32_t *word)
      : paths(word[0]), entries(word[1]), terms(word[2]), dim1(word[5]), dim2(word[6]), dim_w(word[7]), dim_out(word[8]) {
    const int32_t *at = word + 9;
    auto take = [&at](int64_t n) { const int32_t *here = at; at += n; return here; };
    for (Blocks *side : {&in, &out}) {
      side->count = side == &in ? word[3] : word[4];
      side->start = take(side->count);
      side->rows = take(side->count);
      side->channels = take(side->count);
    }
    path_in = take(paths);
    path_out = take(paths);
    path_weight = take(paths);
    path_stride = take(paths);
    path_entry = take(paths + 1);
    entry_i = take(entries);
    entry_k = take(entries);
    entry_term = take(entries + 1);
    term_x2 = take(terms);
  }
};

template <class T> int64_t whole_lines(int64_t channels) { return (channels + kLanes<T> - 1) / kLanes<T> * kLanes<T>; }

// A block of samples, irrep by irrep: [samples · rows, channels] in whole cache lines, zero beyond the channels.
template <class T> class Panel {
 public:
  Panel(const Blocks &blocks, int64_t dim, int64_t samples) : blocks_(blocks), dim_(dim), at_(blocks.count + 1, 0), space_(size(blocks, samples)) {
    for (int64_t b = 0; b < blocks.count; ++b) at_[b + 1] = at_[b] + samples * blocks.rows[b] * width(b);
  }
  static int64_t size(const Blocks &blocks, int64_t samples) {
    int64_t n = 0;
    for (int64_t b = 0; b < blocks.count; ++b) n += samples * blocks.rows[b] * whole_lines<T>(blocks.channels[b]);
    return n;
  }
  int64_t width(int64_t b) const { return whole_lines<T>(blocks_.channels[b]); }
  T *operator[](int64_t b) const { return space_.at + at_[b]; }
  void clear() { space_.clear(); }
  void load(const T *from, int64_t samples) {
    each(samples, [&](T *row, int64_t place, int64_t channels) { std::memcpy(row, from + place, channels * sizeof(T)); });
  }
  void store(T *to, int64_t samples) const {
    each(samples, [&](const T *row, int64_t place, int64_t channels) { flush(row, to + place, channels); });
  }
 private:
  template <class Body> void each(int64_t samples, Body &&body) const {
    for (int64_t e = 0; e < samples; ++e)
      for (int64_t b = 0; b < blocks_.count; ++b)
        for (int64_t i = 0; i < blocks_.rows[b]; ++i)
          body((*this)[b] + (e * blocks_.rows[b] + i) * width(b), e * dim_ + blocks_.start[b] + i * blocks_.channels[b], blocks_.channels[b]);
  }
  const Blocks &blocks_;
  int64_t dim_;
  std::vector<int64_t> at_;
  Buffer<T> space_;
};

// Every path's weights [m_in, m_out], and their transposes [m_out, m_in], in whole cache lines.
template <class T> class Weights {
 public:
  Weights(const MixPlan &q, bool transposed) : q_(q), transposed_(transposed), at_(q.paths + 1, 0), space_(size(q, transposed)) {
    for (int64_t p = 0; p < q.paths; ++p) at_[p + 1] = at_[p] + rows(p) * width(p);
  }
  void load(const T *w) {
    each([&](T *mine, int64_t theirs) { *mine = w[theirs]; });
  }
  void add_to_all(T *w) const {
    each([&](const T *mine, int64_t theirs) { w[theirs] += *mine; });
  }
  int64_t width(int64_t p) const { return whole_lines<T>(transposed_ ? q_.in.channels[q_.path_in[p]] : q_.out.channels[q_.path_out[p]]); }
  T *operator[](int64_t p) const { return space_.at + at_[p]; }
 private:
  int64_t rows(int64_t p) const { return transposed_ ? q_.out.channels[q_.path_out[p]] : q_.in.channels[q_.path_in[p]]; }
  static int64_t size(const MixPlan &q, bool transposed) {
    int64_t n = 0;
    for (int64_t p = 0; p < q.paths; ++p) {
      const int64_t m = q.in.channels[q.path_in[p]], k = q.out.channels[q.path_out[p]];
      n += transposed ? k * whole_lines<T>(m) : m * whole_lines<T>(k);
    }
    return n;
  }
  template <class Body> void each(Body &&body) const {
    for (int64_t p = 0; p < q_.paths; ++p)
      for (int64_t u = 0; u < q_.in.channels[q_.path_in[p]]; ++u)
        for (int64_t v = 0; v < q_.out.channels[q_.path_out[p]]; ++v)
          body((*this)[p] + (transposed_ ? v * width(p) + u : u * width(p) + v), q_.path_weight[p] + u * q_.path_stride[p] + v);
  }
  const MixPlan &q_;
  bool transposed_;
  std::vector<int64_t> at_;
  Buffer<T> space_;
};

// M_p[i, k] = Σ_j C_p[i, j, k] x2[j] for all entries of all paths, samples side by side: [entries, samples].
template <class T> void contract(const MixPlan &q, const T *c, const T *x2, int64_t samples, int64_t stride, T *across, T *M) {
  for (int64_t e = 0; e < samples; ++e)
    for (int64_t j = 0; j < q.dim2; ++j) across[j * stride + e] = x2[e * q.dim2 + j];
  using P = Pack<T, 1>;
  for (int64_t lane = 0; lane < stride; lane += kLanes<T>)
    for (int64_t n = 0; n < q.entries; ++n) {
      P sum = P::zero();
      for (int32_t t = q.entry_term[n]; t < q.entry_term[n + 1]; ++t) sum.fma(c[t], P::load(across + q.term_x2[t] * stride + lane));
      sum.store(M + n * stride + lane);
    }
}

// A path's entries by the rows that a product with M, or with its transpose, makes.
struct Rows {
  std::vector<int32_t> start, entry, from;  // [paths · rows + 1 …] where each row's entries start; the entries and the rows they read
  std::vector<int64_t> path;                // a path's first row in start
  Rows(const MixPlan &q, bool transposed) {
    for (int64_t p = 0; p < q.paths; ++p) {
      path.push_back(int64_t(start.size()));
      const int64_t rows = transposed ? q.in.rows[q.path_in[p]] : q.out.rows[q.path_out[p]];
      for (int64_t r = 0; r < rows; ++r) {
        start.push_back(int32_t(entry.size()));
        for (int32_t n = q.path_entry[p]; n < q.path_entry[p + 1]; ++n)
          if ((transposed ? q.entry_i : q.entry_k)[n] == r) {
            entry.push_back(n);
            from.push_back((transposed ? q.entry_k : q.entry_i)[n]);
          }
      }
      start.push_back(int32_t(entry.size()));
    }
  }
};

// to[row] (+)= Σ M[entry] · from[row'] for the rows of a path, N samples side by side: both [samples, rows, width].
template <class T, bool Add, int N>
void combine(const Rows &list, int64_t p, int64_t rows, int64_t rows_from, const T *M, int64_t stride, int64_t width, const T *from, T *to) {
  const int32_t *start = list.start.data() + list.path[p];
  over_channels<T>(int32_t(width), [&](auto lines, int32_t u) {
    using P = Pack<T, decltype(lines)::value>;
    for (int64_t r = 0; r < rows; ++r) {
      T *row = to + r * width + u;
      P sum[N];
      for (int e = 0; e < N; ++e) sum[e] = Add ? P::load(row + e * rows * width) : P::zero();
      for (int32_t n = start[r]; n < start[r + 1]; ++n) {
        const T *m = M + list.entry[n] * stride, *x = from + list.from[n] * width + u;
        for (int e = 0; e < N; ++e) sum[e].fma(m[e], P::load(x + e * rows_from * width));
      }
      for (int e = 0; e < N; ++e) sum[e].store(row + e * rows * width);
    }
  });
}

template <class T, bool Add>
void combine_all(const Rows &list, int64_t p, int64_t rows, int64_t rows_from, int64_t samples, const T *M, int64_t stride, int64_t width, const T *from, T *to) {
  int64_t e = 0;
  for (; e + 2 <= samples; e += 2) combine<T, Add, 2>(list, p, rows, rows_from, M + e, stride, width, from + e * rows_from * width, to + e * rows * width);
  if (e < samples) combine<T, Add, 1>(list, p, rows, rows_from, M + e, stride, width, from + e * rows_from * width, to + e * rows * width);
}

// The terms of a path by the components of x2 that they belong to.
struct TermsByX2 {
  struct Sum { int32_t x2, begin, end; };
  std::vector<int64_t> path;  // a path's first sum
  std::vector<Sum> sums;
  std::vector<int32_t> entry, term;
  explicit TermsByX2(const MixPlan &q) {
    for (int64_t p = 0; p < q.paths; ++p) {
      path.push_back(int64_t(sums.size()));
      std::vector<std::vector<std::pair<int32_t, int32_t>>> of(q.dim2);
      for (int32_t n = q.path_entry[p]; n < q.path_entry[p + 1]; ++n)
        for (int32_t t = q.entry_term[n]; t < q.entry_term[n + 1]; ++t) of[q.term_x2[t]].push_back({n, t});
      for (int32_t j = 0; j < q.dim2; ++j) {
        if (of[j].empty()) continue;
        const int32_t begin = int32_t(entry.size());
        for (const auto &[n, t] : of[j]) {
          entry.push_back(n - q.path_entry[p]);
          term.push_back(t);
        }
        sums.push_back({j, begin, int32_t(entry.size())});
      }
    }
    path.push_back(int64_t(sums.size()));
  }
};

// lanes[j] += Σ C · Σ_u x[i, u] y[k, u], the gradient of x2; the sum over a cache line is left for the end.
template <class T>
void gather_x2(const MixPlan &q, const Rows &by_in, const TermsByX2 &terms, const T *c, int64_t p, int64_t width, const T *x, const T *y, T *products, T *lanes) {
  const int64_t first = q.path_entry[p];
  const int32_t *start = by_in.start.data() + by_in.path[p];
  over_channels<T>(int32_t(width), [&](auto lines, int32_t u) {  // width is in whole lines
    using P = Pack<T, decltype(lines)::value>;
    for (int64_t r = 0; r < q.in.rows[q.path_in[p]]; ++r) {
      const P xi = P::load(x + r * width + u);
      for (int32_t n = start[r]; n < start[r + 1]; ++n) {
        P product = xi * P::load(y + by_in.from[n] * width + u);
        T *at = products + (by_in.entry[n] - first) * kLanes<T>;
        if (u) product.fold(at); else product.put_folded(at);
      }
    }
  });
  using P = Pack<T, 1>;
  for (int64_t i = terms.path[p]; i < terms.path[p + 1]; ++i) {
    const auto &one = terms.sums[i];
    P sum = P::load(lanes + one.x2 * kLanes<T>);
    for (int32_t t = one.begin; t < one.end; ++t) sum.fma(c[terms.term[t]], P::load(products + terms.entry[t] * kLanes<T>));
    sum.store(lanes + one.x2 * kLanes<T>);
  }
}
