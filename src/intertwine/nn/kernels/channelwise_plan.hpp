// The sparse plan as product_plan.py packs it, and what a batch of samples looks like.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "channel_pack.hpp"
#include "lane_transpose.hpp"

struct Plan {
  int64_t paths, rows, entries, terms, dim1, dim2, dim_w, dim_out;
  const int32_t *path_row, *path_weight, *path_channels;  // [paths + 1], [paths], [paths]
  const int32_t *row_entry, *row_out;                     // [rows + 1], [rows]
  const int32_t *entry_term, *entry_x1;                   // [entries + 1], [entries]
  const int32_t *term_x2;                                 // [terms]

  explicit Plan(const int32_t *word)
      : paths(word[0]), rows(word[1]), entries(word[2]), terms(word[3]), dim1(word[4]), dim2(word[5]), dim_w(word[6]), dim_out(word[7]) {
    const int32_t *at = word + 8;
    auto take = [&at](int64_t n) { const int32_t *here = at; at += n; return here; };
    path_row = take(paths + 1);
    path_weight = take(paths);
    path_channels = take(paths);
    row_entry = take(rows + 1);
    row_out = take(rows);
    entry_term = take(entries + 1);
    entry_x1 = take(entries);
    term_x2 = take(terms);
  }
};

// Samples (edges), the rows of x1 and out that each reads and adds to, and the row of weights that it uses.
struct Samples {
  int64_t n, nodes_1, nodes_out, groups;  // samples, rows of x1, rows of out, rows of weights
  const int64_t *sender, *receiver;       // [n] each, or null: row e
  int threads;
  int64_t row_1(int64_t e) const { return sender ? sender[e] : e; }
  int64_t row_out(int64_t e) const { return receiver ? receiver[e] : e; }
  int64_t row_w(int64_t e) const { return groups == n ? e : groups == 1 ? 0 : e / (n / groups); }
  bool valid() const {
    for (int64_t e = 0; e < n; ++e) {
      if (sender && (sender[e] < 0 || sender[e] >= nodes_1)) return false;
      if (receiver && (receiver[e] < 0 || receiver[e] >= nodes_out)) return false;
    }
    return true;
  }
};

// The samples of each row, in their own order, by a counting sort: each sum has one thread and one order of its terms.
class ByRow {
 public:
  ByRow(int64_t rows, int64_t n, const int64_t *row) : identity_(row == nullptr) {
    if (identity_) return;
    start_.assign(rows + 1, 0);
    order_.resize(n);
    for (int64_t e = 0; e < n; ++e) ++start_[row[e] + 1];
    for (int64_t r = 0; r < rows; ++r) start_[r + 1] += start_[r];
    std::vector<int64_t> next(start_.begin(), start_.end() - 1);
    for (int64_t e = 0; e < n; ++e) order_[next[row[e]]++] = e;
  }
  int64_t begin(int64_t row) const { return identity_ ? row : start_[row]; }
  int64_t end(int64_t row) const { return identity_ ? row + 1 : start_[row + 1]; }
  int64_t operator[](int64_t k) const { return identity_ ? k : order_[k]; }
 private:
  bool identity_;
  std::vector<int64_t> start_, order_;
};

// M_p[i, k] = Σ_j C_p[i, j, k] x2[j] for all entries of all paths, made for a line of consecutive samples at once and kept
// sample by sample. Samples are asked for in their order, each thread its own stretch.
template <class T> class Contracted {
 public:
  Contracted(const Plan &q, const T *c, const ByRow &order, int64_t n, const T *x2)
      : q_(q), c_(c), order_(order), n_(n), x2_(x2), x_(q.dim2 * kLanes<T>), lines_(q.entries * kLanes<T>), M_(q.entries * kLanes<T>) {}
  const T *operator()(int64_t k) {
    if (k / kLanes<T> != block_) fill(block_ = k / kLanes<T>);
    return M_.at + k % kLanes<T> * q_.entries;
  }
 private:
  void fill(int64_t block) {
    const int64_t first = block * kLanes<T>, count = std::min<int64_t>(kLanes<T>, n_ - first);
    for (int64_t l = 0; l < count; ++l) {
      const T *x = x2_ + order_[first + l] * q_.dim2;
      for (int64_t j = 0; j < q_.dim2; ++j) x_.at[j * kLanes<T> + l] = x[j];
    }
    using P = Pack<T, 1>;
    for (int64_t n = 0; n < q_.entries; ++n) {
      P sum = P::zero();
      for (int32_t t = q_.entry_term[n]; t < q_.entry_term[n + 1]; ++t) sum.fma(c_[t], P::load(x_.at + q_.term_x2[t] * kLanes<T>));
      sum.store(lines_.at + n * kLanes<T>);
    }
    transpose(lines_.at, kLanes<T>, q_.entries, kLanes<T>, M_.at, q_.entries);
  }
  const Plan &q_;
  const T *c_;
  const ByRow &order_;
  int64_t n_;
  const T *x2_;
  int64_t block_ = -1;
  Buffer<T> x_, lines_, M_;
};

// The same entries by the rows of x1 that they read, path by path: what the backward passes sum over.
struct Across {
  std::vector<int32_t> path_row, row_x1, row_entry, entry, entry_out;  // rows of a path; their x1; their entries, and those's rows of out
  explicit Across(const Plan &q) {
    for (int64_t p = 0; p < q.paths; ++p) {
      path_row.push_back(int32_t(row_x1.size()));
      std::vector<int32_t> found;
      for (int32_t t = q.row_entry[q.path_row[p]]; t < q.row_entry[q.path_row[p + 1]]; ++t)
        if (std::find(found.begin(), found.end(), q.entry_x1[t]) == found.end()) found.push_back(q.entry_x1[t]);
      for (const int32_t x1 : found) {
        row_x1.push_back(x1);
        row_entry.push_back(int32_t(entry.size()));
        for (int32_t r = q.path_row[p]; r < q.path_row[p + 1]; ++r)
          for (int32_t t = q.row_entry[r]; t < q.row_entry[r + 1]; ++t)
            if (q.entry_x1[t] == x1) {
              entry.push_back(t);
              entry_out.push_back(q.row_out[r]);
            }
      }
    }
    path_row.push_back(int32_t(row_x1.size()));
    row_entry.push_back(int32_t(entry.size()));
  }
};

// The transpose of Contracted: cache lines of the entries' gradients, one for each, into the gradient of x2.
class IntoX2 {
 public:
  explicit IntoX2(const Plan &q) : start_(q.dim2 + 1, 0), entry_(q.terms), term_(q.terms) {
    for (int64_t t = 0; t < q.terms; ++t) ++start_[q.term_x2[t] + 1];
    for (int64_t j = 0; j < q.dim2; ++j) start_[j + 1] += start_[j];
    std::vector<int32_t> next(start_.begin(), start_.end() - 1);
    for (int32_t n = 0; n < q.entries; ++n)
      for (int32_t t = q.entry_term[n]; t < q.entry_term[n + 1]; ++t) {
        const int32_t at = next[q.term_x2[t]]++;
        entry_[at] = n;
        term_[at] = t;
      }
  }
  template <class T> void sum(const T *c, const T *lanes, T *g2) const {
    using P = Pack<T, 1>;
    alignas(64) T line[kLanes<T>];
    for (size_t j = 0; j + 1 < start_.size(); ++j) {
      P even = P::zero(), odd = P::zero();
      int32_t t = start_[j];
      for (; t + 2 <= start_[j + 1]; t += 2) {
        even.fma(c[term_[t]], P::load(lanes + entry_[t] * kLanes<T>));
        odd.fma(c[term_[t + 1]], P::load(lanes + entry_[t + 1] * kLanes<T>));
      }
      if (t < start_[j + 1]) even.fma(c[term_[t]], P::load(lanes + entry_[t] * kLanes<T>));
      even.fma(T(1), odd);
      even.store(line);
      g2[j] = line_sum(line);
    }
  }
 private:
  std::vector<int32_t> start_, entry_, term_;
};

// Gradients of weights: a row of its own for each sample; or, where a few consecutive samples share one (the two directions
// of an edge), each in a pass of its own, so that no two threads meet at a row; or sums a thread at a time, added up in the
// threads' order.
template <class T> class WeightGradient {
 public:
  WeightGradient(const Samples &s, int64_t dim, T *to)
      : s_(s), dim_(dim), to_(to), share_(s.groups ? s.n / s.groups : 0), own_(to && share_ > 0 && share_ <= 4),
        sums_(own_ || !to ? 0 : s.threads * s.groups * dim) {}
  int64_t passes() const { return own_ && share_ > 1 ? share_ : 1; }
  bool skips(int64_t e, int64_t pass) const { return passes() > 1 && e % share_ != pass; }
  void put(int thread, int64_t e, const T *row, int64_t pass) {
    if (own_) {
      T *to = to_ + s_.row_w(e) * dim_;
      if (share_ == 1) return flush(row, to, dim_);
      if (pass == 0) std::memcpy(to, row, dim_ * sizeof(T));
      else for (int64_t i = 0; i < dim_; ++i) to[i] += row[i];
      return;
    }
    T *sum = sums_.data() + (thread * s_.groups + s_.row_w(e)) * dim_;
    for (int64_t i = 0; i < dim_; ++i) sum[i] += row[i];
  }
  void finish() const {
    if (own_ || !to_) return;
    const int64_t size = s_.groups * dim_;
    for (int64_t i = 0; i < size; ++i) {
      T sum = 0;
      for (int t = 0; t < s_.threads; ++t) sum += sums_[t * size + i];
      to_[i] = sum;
    }
  }
 private:
  const Samples &s_;
  int64_t dim_;
  T *to_;
  int64_t share_;  // samples a row
  bool own_;
  std::vector<T> sums_;
};
