// Channels of fields [batch, channels, sites] in stretches that stay in the cache, as float32.
#pragma once
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "blur_stride.hpp"
#include "storage.hpp"

constexpr int64_t TILE = 1024;  // numbers of a channel at a time, of as many samples as it takes; they stay in cache

struct Shape {
    int64_t batch, channels, out_channels, sites;
};

// Samples [sample, sample + samples), and of each the sites [site, site + length).
struct Stretch {
    int64_t sample, samples, site, length;
    int64_t numbers() const { return samples * length; }
};

class Stretches {
  public:
    Stretches(const Shape& shape, bool whole_planes)
        : shape(shape),
          samples(std::max<int64_t>(1, TILE / shape.sites)),
          length(whole_planes ? shape.sites : std::min(shape.sites, TILE)),
          per_sample((shape.sites + length - 1) / length) {}

    int64_t count() const { return (shape.batch + samples - 1) / samples * per_sample; }
    int64_t numbers() const { return samples * length + PADDING; }
    Stretch operator[](int64_t i) const {
        const int64_t sample = i / per_sample * samples, site = i % per_sample * length;
        return {sample, std::min(samples, shape.batch - sample), site, std::min(length, shape.sites - site)};
    }

  private:
    Shape shape;
    int64_t samples, length, per_sample;
};

// A channel of a stretch as float32: where it lies, if it can be used there, else a copy in the tile.
template <typename T>
const float* read(const T* field, int64_t channels, int64_t c, int64_t sites, const Stretch& at, float* tile) {
    const T* from = field + (at.sample * channels + c) * sites + at.site;
    if constexpr (std::is_same_v<T, float>)
        if (at.samples == 1) return from;
    for (int64_t n = 0; n < at.samples; ++n) load(from + n * channels * sites, at.length, tile + n * at.length);
    return tile;
}

// Where a channel of a stretch is to be written as float32, before `written` takes it to its place.
template <typename T>
float* place(T* field, int64_t channels, int64_t c, int64_t sites, const Stretch& at, float* tile) {
    if constexpr (std::is_same_v<T, float>)
        if (at.samples == 1) return field + (at.sample * channels + c) * sites + at.site;
    return tile;
}

template <typename T>
void written(const float* tile, int64_t channels, int64_t c, int64_t sites, const Stretch& at, T* field) {
    T* to = field + (at.sample * channels + c) * sites + at.site;
    if constexpr (std::is_same_v<T, float>)
        if (at.samples == 1) return;
    for (int64_t n = 0; n < at.samples; ++n) store(tile + n * at.length, at.length, to + n * channels * sites);
}
