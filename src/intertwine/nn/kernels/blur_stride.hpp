// A separable blur of a plane at every f-th point, and its transpose: coarse[i] = Σ_t w[t] fine[f i + offset + t] along
// both axes, 0 outside, with ⌈N / f⌉ coarse points.
//
// Along columns whole rows are added up. Along rows the points lie in f arrays (phases), every f-th in one, all rows
// behind each other, so that each tap is one contiguous stretch; its weights are 0 where it would reach into another row.
// Loops take 16 numbers at a time and have no remainder: what is written beyond a row the next one writes anew, and planes
// need PADDING floats behind them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

struct Axis {
    int64_t fine, coarse, offset, taps;
    const float* weights;
};

constexpr int64_t PADDING = 32;

typedef float Lanes __attribute__((vector_size(64), aligned(4), may_alias));

inline Lanes lanes(const float* from) { return *reinterpret_cast<const Lanes*>(from); }
inline Lanes& lanes(float* to) { return *reinterpret_cast<Lanes*>(to); }

// to = Σ_t weights[t] row[t], over 16 · blocks numbers, with rows that lie `step` apart
template <int N>
inline void combined(const float* rows, int64_t step, const float* weights, int64_t blocks, float* to) {
    for (int64_t s = 0; s < 16 * blocks; s += 16) {
        Lanes total = weights[0] * lanes(rows + s);
        for (int t = 1; t < N; ++t) total += weights[t] * lanes(rows + t * step + s);
        lanes(to + s) = total;
    }
}

inline void combine(int64_t n, const float* rows, int64_t step, const float* weights, int64_t blocks, float* to) {
    switch (n) {
        case 1: return combined<1>(rows, step, weights, blocks, to);
        case 2: return combined<2>(rows, step, weights, blocks, to);
        case 3: return combined<3>(rows, step, weights, blocks, to);
        case 4: return combined<4>(rows, step, weights, blocks, to);
        case 5: return combined<5>(rows, step, weights, blocks, to);
    }
    for (int64_t s = 0; s < 16 * blocks; s += 16) {
        Lanes total = {0};
        for (int64_t t = 0; t < n; ++t) total += weights[t] * lanes(rows + t * step + s);
        lanes(to + s) = total;
    }
}

class Blur {
  public:
    Blur(int64_t factor, const Axis& rows, const Axis& columns)
        : f(factor),
          rows(rows),
          columns(columns),
          width(f * columns.coarse),
          blocks((columns.fine + 15) / 16),
          all(rows.coarse * columns.coarse),
          stride((all + 15) / 16 * 16),
          margin(columns.taps + std::abs(columns.offset)),
          lines(f * stride + width + PADDING),
          phases(f * (stride + 2 * margin)),
          padded(stride + 2 * margin),
          forwards(columns.taps * stride),
          backwards(columns.taps * stride) {
        for (int64_t t = 0; t < columns.taps; ++t)
            for (int64_t k = 0; k < all; ++k) {
                const int64_t at = k % columns.coarse, shift = floored(columns.offset + t);
                const int64_t fine = f * at + columns.offset + t;
                if (fine >= 0 && fine < columns.fine) forwards[t * stride + k] = columns.weights[t];
                if (at - shift >= 0 && at - shift < columns.coarse) backwards[t * stride + k] = columns.weights[t];
            }
        for (int64_t r = 0; r < rows.fine; ++r) {
            Reach reach = {0, 0, int64_t(by_phase.size())};
            for (int64_t t = remainder(r - rows.offset); t < rows.taps; t += f) {
                const int64_t i = floored(r - rows.offset - t);
                if (i < 0 || i >= rows.coarse) continue;
                if (reach.lines++ == 0) reach.last = i;
                by_phase.push_back(rows.weights[t]);
            }
            reaches.push_back(reach);
        }
    }

    int64_t fine() const { return rows.fine * columns.fine; }
    int64_t coarse() const { return all; }

    void forward(const float* fine, float* coarse) {
        for (int64_t i = 0; i < rows.coarse; ++i) {
            const int64_t top = f * i + rows.offset, t = std::max<int64_t>(0, -top);
            const int64_t end = std::min(rows.taps, rows.fine - top);
            combine(end - t, fine + (top + t) * columns.fine, columns.fine, rows.weights + t, blocks,
                    lines.data() + i * width);
        }
        part();
        for (int64_t k = 0; k < all; k += 16) {
            Lanes total = {0};
            for (int64_t t = 0; t < columns.taps; ++t)
                total += lanes(forwards.data() + t * stride + k) * lanes(phase(t) + shift(t) + k);
            lanes(coarse + k) = total;
        }
    }

    void transposed(const float* coarse, float* fine) {
        float* middle = padded.data() + margin;
        for (int64_t k = 0; k < all; ++k) middle[k] = coarse[k];
        for (int64_t p = 0; p < f; ++p)
            for (int64_t k = 0; k < all; k += 16) {
                Lanes total = {0};
                for (int64_t t = remainder(p - columns.offset); t < columns.taps; t += f)
                    total += lanes(backwards.data() + t * stride + k) * lanes(middle - shift(t) + k);
                lanes(phases.data() + p * (stride + 2 * margin) + margin + k) = total;
            }
        join();
        for (int64_t r = 0; r < rows.fine; ++r) {
            const Reach& reach = reaches[r];
            combine(reach.lines, lines.data() + reach.last * width, -width, by_phase.data() + reach.weights, blocks,
                    fine + r * columns.fine);
        }
    }

  private:
    // The coarse rows that a fine one reaches: last, last − 1, …, and where their weights begin.
    struct Reach {
        int64_t last, lines, weights;
    };

    int64_t floored(int64_t n) const {
        if (f == 2) return n >> 1;
        return n >= 0 ? n / f : -((f - 1 - n) / f);
    }
    int64_t remainder(int64_t n) const { return n - f * floored(n); }
    int64_t shift(int64_t t) const { return floored(columns.offset + t); }
    const float* phase(int64_t t) const {
        return phases.data() + remainder(columns.offset + t) * (stride + 2 * margin) + margin;
    }

    // all lines to phases, every f-th number to one, and back
    void part() {
        const int64_t apart = stride + 2 * margin;
        const float* __restrict from = lines.data();
        float* __restrict to = phases.data() + margin;
        if (f == 2)
            for (int64_t b = 0; b < all; b += 16)
                for (int64_t k = b; k < b + 16; ++k) {
                    to[k] = from[2 * k];
                    to[apart + k] = from[2 * k + 1];
                }
        else
            for (int64_t k = 0; k < all; ++k)
                for (int64_t p = 0; p < f; ++p) to[p * apart + k] = from[f * k + p];
    }

    void join() {
        const int64_t apart = stride + 2 * margin;
        const float* __restrict from = phases.data() + margin;
        float* __restrict to = lines.data();
        if (f == 2)
            for (int64_t b = 0; b < all; b += 16)
                for (int64_t k = b; k < b + 16; ++k) {
                    to[2 * k] = from[k];
                    to[2 * k + 1] = from[apart + k];
                }
        else
            for (int64_t k = 0; k < all; ++k)
                for (int64_t p = 0; p < f; ++p) to[f * k + p] = from[p * apart + k];
    }

    int64_t f;
    Axis rows, columns;
    int64_t width, blocks, all, stride, margin;
    std::vector<float> lines, phases, padded, forwards, backwards, by_phase;
    std::vector<Reach> reaches;
};
