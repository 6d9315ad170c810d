// The sparse plan as product_plan.py packs it, and what a batch of samples looks like.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "channel_pack.hpp"

struct Plan {
  int64_t paths, rows, entries, terms, dim1, dim2, dim_w, dim_out;
  const int32_t *path_row, *path_weight, *path_channels;  // [paths + 1], [paths], [paths]
  const int32_t *row_entry, *row_out;                     // [rows + 1], [rows]
  const int32_t *entry_term, *entry_x1;                   // [entries + 1], [entries]
  const int32_t *term_x2;                                 // [terms]

  int32_t widest = 0;  // channels of a path

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
    for (int64_t p = 0; p < paths; ++p) widest = std::max(widest, path_channels[p]);
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

// The samples of each row, in their own order, by a counting sort: each sum has one thread and one order of its terms. Of every
// `share` consecutive samples only the one at place `pass`.
class ByRow {
 public:
  ByRow(int64_t rows, int64_t n, const int64_t *row, int64_t share = 1, int64_t pass = 0) : identity_(!row && share == 1), n_(n / share) {
    if (identity_) return;
    start_.assign(rows + 1, 0);
    order_.resize(n_);
    const auto of = [row](int64_t e) { return row ? row[e] : e; };
    for (int64_t e = pass; e < n; e += share) ++start_[of(e) + 1];
    for (int64_t r = 0; r < rows; ++r) start_[r + 1] += start_[r];
    std::vector<int64_t> next(start_.begin(), start_.end() - 1);
    for (int64_t e = pass; e < n; e += share) order_[next[of(e)]++] = e;
  }
  int64_t size() const { return n_; }
  int64_t begin(int64_t row) const { return identity_ ? row : start_[row]; }
  int64_t end(int64_t row) const { return identity_ ? row + 1 : start_[row + 1]; }
  int64_t operator[](int64_t k) const { return identity_ ? k : order_[k]; }
 private:
  bool identity_;
  int64_t n_;
  std::vector<int64_t> start_, order_;
};

// How many samples are worked on together.
constexpr int kTogether = 4;

// M_p[i, k] = Σ_j C_p[i, j, k] x2[j] for all entries of all paths, made for a line of consecutive samples at once and kept few by
// few: entry t of sample k is (*this)(k)[t * kTogether], with those of the samples after it, to the next multiple of kTogether,
// beside it. Samples are asked for in their order, each thread its own stretch.
template <class T> class Contracted {
 public:
  Contracted(const Plan &q, const T *c, const ByRow &order, const T *x2)
      : q_(q), c_(c), order_(order), x2_(x2), x_(q.dim2 * kLanes<T>), M_(q.entries * kLanes<T>) {}
  const T *operator()(int64_t k) {
    if (k / kLanes<T> != block_) fill(block_ = k / kLanes<T>);
    const int64_t at = k % kLanes<T>;
    return M_.at + at / kTogether * kTogether * q_.entries + at % kTogether;
  }
 private:
  void fill(int64_t block) {
    const int64_t first = block * kLanes<T>, count = std::min<int64_t>(kLanes<T>, order_.size() - first);
    for (int64_t l = 0; l < count; ++l) {
      const T *x = x2_ + order_[first + l] * q_.dim2;
      for (int64_t j = 0; j < q_.dim2; ++j) x_.at[j * kLanes<T> + l] = x[j];
    }
    using P = Pack<T, 1>;
    alignas(64) T line[kLanes<T>];
    for (int64_t n = 0; n < q_.entries; ++n) {
      P sum = P::zero();
      for (int32_t t = q_.entry_term[n]; t < q_.entry_term[n + 1]; ++t) sum.fma(c_[t], P::load(x_.at + q_.term_x2[t] * kLanes<T>));
      sum.store(line);
      for (int64_t l = 0; l < kLanes<T>; l += kTogether) std::memcpy(M_.at + l * q_.entries + n * kTogether, line + l, kTogether * sizeof(T));
    }
  }
  const Plan &q_;
  const T *c_;
  const ByRow &order_;
  const T *x2_;
  int64_t block_ = -1;
  Buffer<T> x_, M_;
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
