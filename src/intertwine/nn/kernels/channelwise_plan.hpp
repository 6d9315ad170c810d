// The sparse plan as product_plan.py packs it, and what a batch of samples looks like.
#pragma once
#include <cstdint>
#include <vector>

#include "channel_pack.hpp"

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

// M_p[i, k] = Σ_j C_p[i, j, k] x2[j], for all paths. Entries have one or two terms: one loop over all of them is cheaper than
// a loop an entry, which compilers turn into gathers.
template <class T> void contract(const Plan &q, const T *c, const T *x2, T *M) {
  T sum = 0;
  const int32_t *end = q.entry_term + 1;
  for (int32_t t = 0; t < q.terms; ++t) {
    sum += c[t] * x2[q.term_x2[t]];
    if (t + 1 == *end) {
      *M++ = sum;
      sum = 0;
      ++end;
    }
  }
}

// The transpose of contract: lane sums of the entries' gradients into the gradient of x2.
template <class T> void contract_back(const Plan &q, const T *c, const T *lanes, T *g2) {
  for (int64_t j = 0; j < q.dim2; ++j) g2[j] = 0;
  for (int64_t n = 0; n < q.entries; ++n) {
    const T sum = line_sum(lanes + n * kLanes<T>);
    for (int32_t t = q.entry_term[n]; t < q.entry_term[n + 1]; ++t) g2[q.term_x2[t]] += c[t] * sum;
  }
}

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
