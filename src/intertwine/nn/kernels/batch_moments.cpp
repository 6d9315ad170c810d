// What batch norm of fields does with the moments of its channels: one unit of the representation and one copy at a time,
// with average [n_sizes, dim] and orthonormal invariant directions [dim, n_invariants].
//
// With m = invariantᵀ mean and c = invariant m, sizes are average (variance + (mean − c)²), and channel i is mapped to
// a_i x + b_i, a_i = Σ_s [average_si > 0] weight_s / √(size_s + ε), b = invariant bias − a c.
#include <cmath>
#include <cstdint>
#include <vector>

namespace {

struct Unit {
    int32_t start, dim, copies, sizes, invariants;
    int32_t weight, bias;        // first of its parameters
    int32_t average, invariant;  // first entries of its matrices
};

struct Norm {
    const Unit* units;
    int64_t n_units;
    const double* entries;
    const float *weight, *bias;
    double epsilon;
};

class CopyMoments {
  public:
    CopyMoments(const Norm& norm, const Unit& unit, int32_t copy, const float* mean, const float* variance)
        : norm(norm), unit(unit), copy(copy), mean(mean), along(unit.invariants), size(unit.sizes), off(unit.dim), scale(unit.dim) {
        for (int32_t i = 0; i < unit.dim; ++i)
            for (int32_t k = 0; k < unit.invariants; ++k) along[k] += invariant(i, k) * mean[channel(i)];
        for (int32_t i = 0; i < unit.dim; ++i) off[i] = mean[channel(i)] - centre(i);
        for (int32_t s = 0; s < unit.sizes; ++s) {
            for (int32_t i = 0; i < unit.dim; ++i) size[s] += average(s, i) * (variance[channel(i)] + off[i] * off[i]);
            const double factor = norm.weight[weight(s)] / std::sqrt(size[s] + norm.epsilon);
            for (int32_t i = 0; i < unit.dim; ++i)
                if (average(s, i) > 0) scale[i] += factor;
        }
    }

    void affine(float* a, float* b) const {
        for (int32_t i = 0; i < unit.dim; ++i) {
            double bias_i = 0;
            for (int32_t k = 0; k < unit.invariants; ++k) bias_i += invariant(i, k) * norm.bias[bias(k)];
            a[channel(i)] = float(scale[i]);
            b[channel(i)] = float(bias_i - scale[i] * centre(i));
        }
    }

    // Running moments follow; the variance is made unbiased.
    void remember(double momentum, double unbiased, float* mean, float* variance) const {
        for (int32_t k = 0; k < unit.invariants; ++k)
            mean[bias(k)] += float(momentum * (along[k] - mean[bias(k)]));
        for (int32_t s = 0; s < unit.sizes; ++s)
            variance[weight(s)] += float(momentum * (unbiased * size[s] - variance[weight(s)]));
    }

    void gradients(const double* da, const double* db, double count, float* d_weight, float* d_bias, float* p,
                   float* q) const {
        std::vector<double> d_along(unit.invariants), d_mean(unit.dim), d_variance(unit.dim);
        for (int32_t k = 0; k < unit.invariants; ++k) {
            double total = 0;
            for (int32_t i = 0; i < unit.dim; ++i) total += invariant(i, k) * db[channel(i)];
            d_bias[bias(k)] = float(total);
        }
        for (int32_t s = 0; s < unit.sizes; ++s) {
            const double root = 1 / std::sqrt(size[s] + norm.epsilon);
            double d_factor = 0;
            for (int32_t i = 0; i < unit.dim; ++i)
                if (average(s, i) > 0) d_factor += da[channel(i)] - db[channel(i)] * centre(i);
            d_weight[weight(s)] = float(d_factor * root);
            const double d_size = -0.5 * d_factor * norm.weight[weight(s)] * root * root * root;
            for (int32_t i = 0; i < unit.dim; ++i) d_variance[i] += average(s, i) * d_size;
        }
        for (int32_t i = 0; i < unit.dim; ++i) {
            const double d_off = 2 * off[i] * d_variance[i];
            d_mean[i] = d_off;
            for (int32_t k = 0; k < unit.invariants; ++k)
                d_along[k] -= invariant(i, k) * (scale[i] * db[channel(i)] + d_off);
        }
        for (int32_t i = 0; i < unit.dim; ++i) {
            for (int32_t k = 0; k < unit.invariants; ++k) d_mean[i] += invariant(i, k) * d_along[k];
            const double slope = 2 * d_variance[i] / count;
            p[channel(i)] = float(slope);
            q[channel(i)] = float(d_mean[i] / count - slope * mean[channel(i)]);
        }
    }

  private:
    int32_t channel(int32_t i) const { return unit.start + i * unit.copies + copy; }
    int32_t weight(int32_t s) const { return unit.weight + s * unit.copies + copy; }
    int32_t bias(int32_t k) const { return unit.bias + k * unit.copies + copy; }
    double average(int32_t s, int32_t i) const { return norm.entries[unit.average + s * unit.dim + i]; }
    double invariant(int32_t i, int32_t k) const { return norm.entries[unit.invariant + i * unit.invariants + k]; }
    double centre(int32_t i) const {
        double total = 0;
        for (int32_t k = 0; k < unit.invariants; ++k) total += invariant(i, k) * along[k];
        return total;
    }

    const Norm& norm;
    const Unit& unit;
    int32_t copy;
    const float* mean;
    std::vector<double> along, size, off, scale;
};

}  // namespace

extern "C" {

// a and b of every channel; running moments follow where the momentum is not 0.
void norm_affine(const Norm* norm, const float* mean, const float* variance, double momentum, double count,
                 float* running_mean, float* running_variance, float* a, float* b) {
    for (int64_t u = 0; u < norm->n_units; ++u)
        for (int32_t copy = 0; copy < norm->units[u].copies; ++copy) {
            const CopyMoments found(*norm, norm->units[u], copy, mean, variance);
            found.affine(a, b);
            found.remember(momentum, count / (count > 1 ? count - 1 : 1), running_mean, running_variance);
        }
}

// From those of a and b, the gradients of the parameters, and p and q of dx = a dz + p x + q, the moments' share in it.
void norm_gradients(const Norm* norm, const float* mean, const float* variance, double count, const double* da,
                    const double* db, float* d_weight, float* d_bias, float* p, float* q) {
    for (int64_t u = 0; u < norm->n_units; ++u)
        for (int32_t copy = 0; copy < norm->units[u].copies; ++copy)
            CopyMoments(*norm, norm->units[u], copy, mean, variance).gradients(da, db, count, d_weight, d_bias, p, q);
}
}
