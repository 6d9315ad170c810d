// The peer of benchmarks/worm.py: the same worm and l updates in plain C++, written for speed.
// Usage: worm N_t N_x eta lambda mu worms_per_sweep sweeps seed output
// Writes n after each sweep (float64) to `output`; prints steps, CPU seconds. d = 2. -DBRANCHING: `if (accepted)`
// instead of arithmetic on the outcome; the script takes the faster of the two.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

static uint64_t s[4];
static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
static inline uint64_t next_word() {  // xoshiro256++
    const uint64_t result = rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45);
    return result;
}
static inline double unit(uint64_t w) { return (w >> 11) * 0x1.0p-53; }

static constexpr int SIZE = 128;
static double hop[2 * SIZE], inverse[2 * SIZE], site1[2 * SIZE], site2[2 * SIZE], chemical[4];

static double weight(int f, double eta, double lam) {  // Simpson's rule in r on [0, 6]
    const int n = 60000;
    const double h = 6.0 / n;
    double sum = 0;
    for (int i = 1; i < n; i++) {
        const double r = i * h;
        sum += (i % 2 ? 4 : 2) * std::exp((f + 1) * std::log(r) - eta * r * r - lam * r * r * r * r);
    }
    return sum * h / 3;
}

int main(int argc, char** argv) {
    if (argc != 10) return 2;
    const int nt = atoi(argv[1]), nx = atoi(argv[2]);
    const double eta = atof(argv[3]), lam = atof(argv[4]), mu = atof(argv[5]);
    const int worms = atoi(argv[6]);
    const long sweeps = atol(argv[7]);
    uint64_t z = strtoull(argv[8], nullptr, 10);
    for (auto& word : s) {  // splitmix64
        uint64_t x = (z += 0x9e3779b97f4a7c15ull);
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
        word = x ^ (x >> 31);
    }
    const uint32_t volume = nt * nx;
    std::vector<double> w(SIZE + 2);
    for (int f = 0; f < SIZE + 2; f++) w[f] = weight(f, eta, lam);
    for (int f = 0; f < SIZE; f++) {
        hop[f] = inverse[f] = f;
        hop[SIZE + f] = inverse[SIZE + f] = 1.0 / (f + 1);
        site1[f] = f ? w[f - 1] / w[f] : 0;
        site1[SIZE + f] = w[f + 1] / w[f];
        site2[f] = f > 1 ? w[f - 2] / w[f] : 0;
        site2[SIZE + f] = w[f + 2] / w[f];
    }
    chemical[0] = std::exp(-mu); chemical[1] = std::exp(mu); chemical[2] = chemical[3] = 1;
    std::vector<uint32_t> neighbours(4 * volume);
    for (int t = 0; t < nt; t++)
        for (int x = 0; x < nx; x++) {
            const uint32_t site = t * nx + x;
            neighbours[site] = (t + nt - 1) % nt * nx + x;
            neighbours[volume + site] = (t + 1) % nt * nx + x;
            neighbours[2 * volume + site] = t * nx + (x + nx - 1) % nx;
            neighbours[3 * volume + site] = t * nx + (x + 1) % nx;
        }
    std::vector<int16_t> kv(2 * volume, 0), lv(2 * volume, 0), fv(volume, 0);
    int16_t* __restrict__ k = kv.data();
    int16_t* __restrict__ l = lv.data();
    int16_t* __restrict__ f = fv.data();
    const uint32_t* __restrict__ neighbour = neighbours.data();
    std::vector<double> series(sweeps);
    double square = 0;
    long steps = 0, largest = 0;
    timespec start, stop;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (long sweep = 0; sweep < sweeps; sweep++) {
        for (int attempt = 0; attempt < worms; attempt++) {
            const uint32_t tail = uint32_t(unit(next_word()) * volume);
            uint32_t head = tail;
            do {
                const uint64_t word = next_word();
                const uint32_t forward = word & 1, axis = (word >> 1) & 1, direction = 2 * axis + forward;
                const uint32_t target = neighbour[direction * volume + head];
                const uint32_t link = axis * volume + (forward ? head : target);
                const int step = 2 * int(forward) - 1, flux = k[link];
                const int grows = flux * step >= 0, change = 2 * grows - 1, row = grows * SIZE;
                const int f_head = f[head], f_target = f[target] + (target == head ? change : 0);
                const double ratio = chemical[direction] * hop[row + std::abs(flux) + l[link]] *
                                     (site1[row + f_head] * site1[row + f_target]);
                const int accept = unit(word) < ratio;
#ifdef BRANCHING
                if (accept) {
                    k[link] = flux + step;
                    f[head] += change;
                    f[target] += change;
                    head = target;
                }
#else
                k[link] = flux + step * accept;
                f[head] = f_head + change * accept;
                f[target] += change * accept;
                head = accept ? target : head;
#endif
                if (f_target > largest) largest = f_target;
                steps++;
            } while (head != tail);
        }
        for (uint32_t axis = 0; axis < 2; axis++)
            for (uint32_t site = 0; site < volume; site++) {
                const uint64_t word = next_word();
                const int grows = word & 1, step = 2 * grows - 1, row = grows * SIZE;
                const uint32_t link = axis * volume + site, target = neighbour[(2 * axis + 1) * volume + site];
                const int value = l[link], f_site = f[site], f_target = f[target] + (target == site ? 2 * step : 0);
                const double ratio = hop[row + std::abs(k[link]) + value] * inverse[row + value] *
                                     (site2[row + f_site] * site2[row + f_target]);
#ifdef BRANCHING
                if (unit(word) < ratio) {
                    l[link] = value + step;
                    f[site] += 2 * step;
                    f[target] += 2 * step;
                }
#else
                const int move = step * int(unit(word) < ratio);
                l[link] = value + move;
                f[site] = f_site + 2 * move;
                f[target] += 2 * move;
#endif
            }
        steps += 2 * volume;
        if (largest > SIZE - 8) { fprintf(stderr, "tables too small\n"); return 1; }
        long charge = 0;
        for (uint32_t x = 0; x < volume; x++) { charge += k[x]; square += site2[SIZE + f[x]]; }
        series[sweep] = double(charge) / volume;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &stop);
    FILE* out = fopen(argv[9], "wb");
    if (!out || fwrite(series.data(), sizeof(double), sweeps, out) != size_t(sweeps) || fclose(out)) return 1;
    printf("%ld %.9f %.17g\n", steps, stop.tv_sec - start.tv_sec + 1e-9 * (stop.tv_nsec - start.tv_nsec), square / volume / sweeps);
}
