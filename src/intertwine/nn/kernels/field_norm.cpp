// Batch norm and non-linearity of fields in one pass each way: x [batch, channels, sites] float32, contiguous.
//
// Channels come in groups: a scalar one with its pointwise function, or the d components of a vector with the channel
// of its gate. z = a x + b is the affine map that batch norm is once its moments are known.
// Comparisons must not be kept from vectorising by traps that nobody catches.
#pragma GCC optimize("no-trapping-math", "no-signed-zeros", "associative-math", "finite-math-only")
#include <cstdint>
#include <vector>

#include "exponential.hpp"

namespace {

constexpr int64_t TILE = 256;

struct Group {
    int32_t gate;      // channel of the gate, −1 for none
    int32_t first, step, count;  // input channels
    int32_t out;       // first output channel; the step is the same
    int32_t function;  // 0 identity, 1 relu, 2 elu: of channels without a gate
};

inline float sigmoid(float z) { return 1.0f / (1.0f + fast_exp(-z)); }

// The derivative of the function at z, over a tile, into `slope`.
inline void slopes(int function, const float* x, float a, float b, int64_t n, float* slope) {
    if (function == 1) {
        for (int64_t s = 0; s < n; ++s) slope[s] = a * x[s] + b > 0 ? 1.0f : 0.0f;
    } else if (function == 2) {
        for (int64_t s = 0; s < n; ++s) {
            const float z = a * x[s] + b;
            slope[s] = fast_exp(z < 0 ? z : 0.0f);  // 1 above 0
        }
    } else {
        for (int64_t s = 0; s < n; ++s) slope[s] = 1.0f;
    }
}

// dz of the channels of one group over a tile: dz [count + (gate ? 1 : 0)][TILE], the gate's last.
inline void cotangents(const Group& g, const float* x, const float* dy, int64_t sites, const float* a, const float* b,
                       int64_t n, float* dz, float* open) {
    if (g.gate < 0) {
        for (int32_t i = 0; i < g.count; ++i) {
            const int64_t c = g.first + int64_t(i) * g.step, o = g.out + int64_t(i) * g.step;
            float* d = dz + i * TILE;
            slopes(g.function, x + c * sites, a[c], b[c], n, d);
            const float* y = dy + o * sites;
            for (int64_t s = 0; s < n; ++s) d[s] *= y[s];
        }
        return;
    }
    const float* gate = x + int64_t(g.gate) * sites;
    float* dgate = dz + g.count * TILE;
    for (int64_t s = 0; s < n; ++s) {
        open[s] = sigmoid(a[g.gate] * gate[s] + b[g.gate]);
        dgate[s] = 0.0f;
    }
    for (int32_t i = 0; i < g.count; ++i) {
        const int64_t c = g.first + int64_t(i) * g.step, o = g.out + int64_t(i) * g.step;
        const float *in = x + c * sites, *y = dy + o * sites;
        float* d = dz + i * TILE;
        for (int64_t s = 0; s < n; ++s) {
            d[s] = y[s] * open[s];
            dgate[s] += y[s] * (a[c] * in[s] + b[c]);
        }
    }
    for (int64_t s = 0; s < n; ++s) dgate[s] *= open[s] * (1.0f - open[s]);
}

inline int32_t channel(const Group& g, int32_t i) { return i < g.count ? g.first + i * g.step : g.gate; }

}  // namespace

extern "C" {

// mean and variance (biased) of every channel; sums are taken about the channel's first number.
void field_moments(const float* x, int64_t batch, int64_t channels, int64_t sites, float* mean, float* variance) {
#pragma omp parallel for schedule(static)
    for (int64_t c = 0; c < channels; ++c) {
        const float about = x[c * sites];
        double sum = 0, squares = 0;
        for (int64_t n = 0; n < batch; ++n) {
            const float* row = x + (n * channels + c) * sites;
            for (int64_t start = 0; start < sites; start += 1024) {
                const int64_t stop = start + 1024 < sites ? start + 1024 : sites;
                float s1[16] = {0}, s2[16] = {0};
                int64_t s = start;
                for (; s + 16 <= stop; s += 16)
                    for (int k = 0; k < 16; ++k) {
                        const float d = row[s + k] - about;
                        s1[k] += d;
                        s2[k] += d * d;
                    }
                for (; s < stop; ++s) {
                    const float d = row[s] - about;
                    s1[0] += d;
                    s2[0] += d * d;
                }
                for (int k = 0; k < 16; ++k) {
                    sum += s1[k];
                    squares += s2[k];
                }
            }
        }
        const double count = double(batch) * double(sites), m = sum / count;
        mean[c] = float(m + about);
        const double v = squares / count - m * m;
        variance[c] = float(v > 0 ? v : 0);
    }
}

// y [batch, out_channels, sites] = function(a x + b), or (a x + b) σ(gate).
void field_apply(const float* x, const float* a, const float* b, const Group* groups, int64_t n_groups, int64_t batch,
                 int64_t channels, int64_t out_channels, int64_t sites, float* y) {
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t n = 0; n < batch; ++n)
        for (int64_t k = 0; k < n_groups; ++k) {
            const Group g = groups[k];
            const float* in = x + n * channels * sites;
            float* out = y + n * out_channels * sites;
            float open[TILE];
            for (int64_t start = 0; start < sites; start += TILE) {
                const int64_t size = start + TILE < sites ? TILE : sites - start;
                if (g.gate >= 0) {
                    const float* gate = in + int64_t(g.gate) * sites + start;
                    for (int64_t s = 0; s < size; ++s) open[s] = sigmoid(a[g.gate] * gate[s] + b[g.gate]);
                }
                for (int32_t i = 0; i < g.count; ++i) {
                    const int64_t c = g.first + int64_t(i) * g.step;
                    const float* __restrict from = in + c * sites + start;
                    float* __restrict to = out + (g.out + int64_t(i) * g.step) * sites + start;
                    const float A = a[c], B = b[c];
                    if (g.gate >= 0) {
                        for (int64_t s = 0; s < size; ++s) to[s] = (A * from[s] + B) * open[s];
                    } else if (g.function == 1) {
                        for (int64_t s = 0; s < size; ++s) {
                            const float z = A * from[s] + B;
                            to[s] = z > 0 ? z : 0.0f;
                        }
                    } else if (g.function == 2) {
                        for (int64_t s = 0; s < size; ++s) {
                            const float z = A * from[s] + B, low = z < 0 ? z : 0.0f;
                            to[s] = (z - low) + (fast_exp(low) - 1.0f);  // no branch: it would not vectorise
                        }
                    } else {
                        for (int64_t s = 0; s < size; ++s) to[s] = A * from[s] + B;
                    }
                }
            }
        }
}

// da [channels] = Σ dz x, db = Σ dz.
void field_sums(const float* x, const float* dy, const float* a, const float* b, const Group* groups, int64_t n_groups,
                int64_t batch, int64_t channels, int64_t out_channels, int64_t sites, float* da, float* db) {
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < n_groups; ++k) {
        const Group g = groups[k];
        const int32_t rows = g.count + (g.gate >= 0);
        std::vector<float> dz(rows * TILE);
        std::vector<double> sums(2 * rows, 0.0);
        float open[TILE];
        for (int64_t n = 0; n < batch; ++n)
            for (int64_t start = 0; start < sites; start += TILE) {
                const int64_t size = start + TILE < sites ? TILE : sites - start;
                const float* in = x + n * channels * sites + start;
                cotangents(g, in, dy + n * out_channels * sites + start, sites, a, b, size, dz.data(), open);
                for (int32_t i = 0; i < rows; ++i) {
                    const float *d = dz.data() + i * TILE, *from = in + int64_t(channel(g, i)) * sites;
                    float s0 = 0, s1 = 0;
                    for (int64_t s = 0; s < size; ++s) {
                        s0 += d[s];
                        s1 += d[s] * from[s];
                    }
                    sums[2 * i] += s0;
                    sums[2 * i + 1] += s1;
                }
            }
        for (int32_t i = 0; i < rows; ++i) {
            db[channel(g, i)] = float(sums[2 * i]);
            da[channel(g, i)] = float(sums[2 * i + 1]);
        }
    }
}

// dx = a dz + p x + q, with p and q [channels] from the moments' gradients.
void field_gradient(const float* x, const float* dy, const float* a, const float* b, const float* p, const float* q,
                    const Group* groups, int64_t n_groups, int64_t batch, int64_t channels, int64_t out_channels,
                    int64_t sites, float* dx) {
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t n = 0; n < batch; ++n)
        for (int64_t k = 0; k < n_groups; ++k) {
            const Group g = groups[k];
            const int32_t rows = g.count + (g.gate >= 0);
            float small[8 * TILE];
            std::vector<float> large;
            float* dz = small;
            if (rows > 8) {
                large.resize(rows * TILE);
                dz = large.data();
            }
            float open[TILE];
            for (int64_t start = 0; start < sites; start += TILE) {
                const int64_t size = start + TILE < sites ? TILE : sites - start;
                const float* in = x + n * channels * sites + start;
                cotangents(g, in, dy + n * out_channels * sites + start, sites, a, b, size, dz, open);
                for (int32_t i = 0; i < rows; ++i) {
                    const int64_t c = channel(g, i);
                    const float *d = dz + i * TILE, *from = in + c * sites;
                    float* __restrict to = dx + (n * channels + c) * sites + start;
                    const float A = a[c], P = p[c], Q = q[c];
                    for (int64_t s = 0; s < size; ++s) to[s] = A * d[s] + P * from[s] + Q;
                }
            }
        }
}
}
