// Gradients of weights that samples share, without two threads at one row, and in an order that threads do not change.
#pragma once
#include "channelwise_plan.hpp"
#if defined(_OPENMP)
#include <omp.h>
#endif

inline int thread_number() {
#if defined(_OPENMP)
  return omp_get_thread_num();
#else
  return 0;
#endif
}

// Rows of x1 cut where no group of samples that share weights reads on both sides: the graphs of a batch, or smaller.
class Stretches {
 public:
  Stretches(const Samples &s, int64_t share) : begin_(1, 0) {
    if (share < 2) {
      for (int64_t row = 1; row <= s.nodes_1; ++row) begin_.push_back(row);
      return;
    }
    std::vector<int64_t> open(s.nodes_1 + 1, 0);  // groups that begin at a row, less those that end there
    for (int64_t first = 0; first < s.n; first += share) {
      int64_t low = s.row_1(first), high = low;
      for (int64_t e = first + 1; e < first + share; ++e) low = std::min(low, s.row_1(e)), high = std::max(high, s.row_1(e));
      ++open[low];
      --open[high];
    }
    int64_t across = 0;
    for (int64_t row = 0; row < s.nodes_1; ++row)
      if (!(across += open[row])) begin_.push_back(row + 1);
  }
  int64_t count() const { return int64_t(begin_.size()) - 1; }
  int64_t begin(int64_t stretch) const { return begin_[stretch]; }
 private:
  std::vector<int64_t> begin_;
};

// A row of its own for each sample. Where a few consecutive samples share one (the two directions of an edge): stretch by stretch,
// each thread its own, or, of few stretches, each of the few in a pass of its own. Else sums a thread at a time, added up in
// the threads' order.
template <class T> class WeightGradient {
 public:
  WeightGradient(const Samples &s, int64_t dim, T *to)
      : s_(s), dim_(dim), to_(to), share_(s.groups ? s.n / s.groups : 0), own_(to && share_ > 0 && share_ <= 4),
        stretches_(s, own_ ? share_ : 1), split_(own_ && share_ > 1 && stretches_.count() < kStretches),
        written_(own_ && share_ > 1 ? s.groups : 0), sums_(own_ || !to ? 0 : s.threads * s.groups * dim) {
    if (split_) stretches_ = Stretches(s, 1);
  }
  const Stretches &stretches() const { return stretches_; }
  int64_t passes() const { return split_ ? share_ : 1; }
  void prefetch(int64_t e) const { if (own_ && share_ > 1) fetch(to_ + s_.row_w(e) * dim_, dim_); }
  void put(int thread, int64_t e, const T *row) {
    const int64_t group = s_.row_w(e);
    if (!own_) return add(row, sums_.data() + (thread * s_.groups + group) * dim_);
    if (share_ == 1) return flush(row, to_ + group * dim_, dim_);
    if (written_[group]) return add(row, to_ + group * dim_);
    std::memcpy(to_ + group * dim_, row, dim_ * sizeof(T));
    written_[group] = 1;
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
  static constexpr int64_t kStretches = 16;
  void add(const T *row, T *to) const { for (int64_t i = 0; i < dim_; ++i) to[i] += row[i]; }
  const Samples &s_;
  int64_t dim_;
  T *to_;
  int64_t share_;  // samples a row
  bool own_;
  Stretches stretches_;
  bool split_;
  std::vector<char> written_;
  std::vector<T> sums_;
};
