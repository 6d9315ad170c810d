// Non-linearities of groups of channels, over a stretch of numbers: a scalar channel with its pointwise function, or the d
// components of a vector with the channel of its gate. z = a x + b is what batch norm does.
#pragma once
#include <cstdint>

#include "exponential.hpp"

struct Group {
    int32_t gate;                // channel of the gate, −1 for none
    int32_t first, step, count;  // input channels
    int32_t out;                 // first output channel; the step is the same
    int32_t function;            // 0 identity, 1 relu, 2 elu: of channels without a gate

    int32_t rows() const { return count + (gate >= 0); }
    int32_t channel(int32_t i) const { return i < count ? first + i * step : gate; }  // the gate comes last
    int32_t out_channel(int32_t i) const { return out + i * step; }
};

inline void sigmoids(const float* __restrict x, float a, float b, int64_t n, float* __restrict open) {
    for (int64_t s = 0; s < n; ++s) open[s] = 1.0f / (1.0f + fast_exp(-(a * x[s] + b)));
}

// y = function(a x + b)
inline void pointwise(int32_t function, const float* __restrict x, float a, float b, int64_t n, float* __restrict y) {
    if (function == 1) {
        for (int64_t s = 0; s < n; ++s) {
            const float z = a * x[s] + b;
            y[s] = z > 0 ? z : 0.0f;
        }
    } else if (function == 2) {
        for (int64_t s = 0; s < n; ++s) {
            const float z = a * x[s] + b, low = z < 0 ? z : 0.0f;
            y[s] = (z - low) + (fast_exp(low) - 1.0f);  // no branch: it would not vectorise
        }
    } else {
        for (int64_t s = 0; s < n; ++s) y[s] = a * x[s] + b;
    }
}

// Σ dz and Σ dz x
struct Sums {
    float plain, with_x;
};

// dz = function'(a x + b) dy
inline Sums pointwise_cotangent(int32_t function, const float* __restrict x, float a, float b, int64_t n,
                                const float* __restrict dy, float* __restrict dz) {
    float s0 = 0, s1 = 0;
    if (function == 1) {
        for (int64_t s = 0; s < n; ++s) {
            const float d = a * x[s] + b > 0 ? dy[s] : 0.0f;
            s0 += d;
            s1 += d * x[s];
            dz[s] = d;
        }
    } else if (function == 2) {
        for (int64_t s = 0; s < n; ++s) {
            const float z = a * x[s] + b, d = dy[s] * fast_exp(z < 0 ? z : 0.0f);  // 1 above 0
            s0 += d;
            s1 += d * x[s];
            dz[s] = d;
        }
    } else {
        for (int64_t s = 0; s < n; ++s) {
            s0 += dy[s];
            s1 += dy[s] * x[s];
            dz[s] = dy[s];
        }
    }
    return {s0, s1};
}

// dz = open dy of a component, and its share of the cotangent of open
inline Sums gated_cotangent(const float* __restrict x, const float* __restrict open, float a, float b, int64_t n,
                            const float* __restrict dy, float* __restrict dopen, float* __restrict dz) {
    float s0 = 0, s1 = 0;
    for (int64_t s = 0; s < n; ++s) {
        const float d = dy[s] * open[s];
        dopen[s] += dy[s] * (a * x[s] + b);
        s0 += d;
        s1 += d * x[s];
        dz[s] = d;
    }
    return {s0, s1};
}

// dz of the gate itself from that of open = σ(z)
inline Sums gate_cotangent(const float* __restrict x, const float* __restrict open, const float* __restrict dopen,
                           int64_t n, float* __restrict dz) {
    float s0 = 0, s1 = 0;
    for (int64_t s = 0; s < n; ++s) {
        const float d = dopen[s] * open[s] * (1.0f - open[s]);
        s0 += d;
        s1 += d * x[s];
        dz[s] = d;
    }
    return {s0, s1};
}
