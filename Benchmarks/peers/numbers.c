// Draws, Zipf sampling and histograms as C programs have them: GSL's fastest good generator (taus2), its
// alias table (gsl_ran_discrete), and HdrHistogram's counting, written from its published layout.
//
//   gcc -O3 -march=native -o numbers numbers.c -lgsl -lgslcblas -lm
//   ./numbers draws COUNT | zipf COUNT KEYS | histogram SPANS
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// HdrHistogram: lowest value 1, three significant digits, up to 2^50.
struct histogram {
    int64_t counts[(50 - 11 + 2) * 1024];
    int64_t total, minimum, maximum;
};

static inline int slot(int64_t value) {
    int bucket = 64 - 11 - __builtin_clzll((uint64_t)value | 2047);
    return bucket * 1024 + (int)(value >> bucket);
}

static void record(struct histogram *h, int64_t value) {
    if (value < 0) return;
    h->counts[slot(value)]++;
    h->total++;
    if (value < h->minimum) h->minimum = value;
    if (value > h->maximum) h->maximum = value;
}

static void result(long count, clock_t start, double check) {
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("%ld\t%.6f\t%.4f\n", count, seconds, check);
}

int main(int argc, char **argv) {
    if (argc < 3) return fprintf(stderr, "usage: numbers draws COUNT | zipf COUNT KEYS | histogram SPANS\n"), 64;
    long count = atol(argv[2]);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 1);
    if (!strcmp(argv[1], "draws")) {
        double sum = 0;
        clock_t start = clock();
        for (long i = 0; i < count; i++) sum += gsl_rng_uniform(rng);
        result(count, start, sum / count);
    } else if (!strcmp(argv[1], "zipf") && argc > 3) {
        size_t keys = (size_t)atol(argv[3]);
        double *weights = malloc(keys * sizeof *weights);
        for (size_t k = 0; k < keys; k++) weights[k] = 1.0 / (double)(k + 1);
        gsl_ran_discrete_t *table = gsl_ran_discrete_preproc(keys, weights);
        long first = 0;
        clock_t start = clock();
        for (long i = 0; i < count; i++) first += gsl_ran_discrete(rng, table) == 0;
        result(count, start, (double)first / count);
    } else {
        enum { different = 1 << 20 };
        int64_t *spans = malloc(different * sizeof *spans);
        for (int i = 0; i < different; i++)
            spans[i] = 1000 + (int64_t)(gsl_rng_uniform(rng) * 1e9);
        struct histogram *h = calloc(1, sizeof *h);
        h->minimum = INT64_MAX;
        clock_t start = clock();
        for (long i = 0; i < count; i++) record(h, spans[i & (different - 1)]);
        long rank = 0, seen = 0, wanted = count / 100 * 99;
        clock_t end = clock();
        while (seen < wanted) seen += h->counts[rank++];
        (void)end;
        result(count, start, (double)rank);
    }
    return 0;
}
