// Draws, Zipf sampling and histograms as C programs have them: GSL's fastest good generator (taus2), its
// alias table (gsl_ran_discrete), its normal draws, and HdrHistogram's counting.
//
//   gcc -O3 -march=native -o numbers numbers.c -lgsl -lgslcblas -lm
//   ./numbers draws COUNT | normal COUNT | zipf COUNT KEYS | histogram SPANS
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// HdrHistogram_c 0.11's hdr_record_value with what it calls: a function of a library, so not inlined, whose layout
// is set at run time. Here: lowest value 1, three significant digits, up to 2^50.
struct histogram {
    int64_t highest;
    int32_t unit_magnitude, half_magnitude, half_count;
    int64_t mask, minimum, maximum;
    int32_t offset, length;
    int64_t total, *counts;
};

static __attribute__((noinline)) _Bool record(struct histogram *h, int64_t value) {
    if (value < 0 || h->highest < value) return 0;
    int32_t bucket = 64 - __builtin_clzll((uint64_t)(value | h->mask)) - h->unit_magnitude - (h->half_magnitude + 1);
    int32_t within = (int32_t)(value >> (bucket + h->unit_magnitude));
    int32_t index = ((bucket + 1) << h->half_magnitude) + within - h->half_count;
    if ((uint32_t)index >= (uint32_t)h->length) return 0;
    if (h->offset != 0) {
        index -= h->offset;
        index += index < 0 ? h->length : index >= h->length ? -h->length : 0;
    }
    h->counts[index]++;
    h->total++;
    if (__builtin_expect(value > h->maximum, 0)) h->maximum = value;
    if (__builtin_expect(value != 0 && value < h->minimum, 0)) h->minimum = value;
    return 1;
}

static void result(long count, clock_t start, double check) {
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("%ld\t%.6f\t%.4f\n", count, seconds, check);
}

int main(int argc, char **argv) {
    if (argc < 3) return fprintf(stderr, "usage: numbers draws COUNT | normal COUNT | zipf COUNT KEYS | histogram SPANS\n"), 64;
    long count = atol(argv[2]);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    gsl_rng_set(rng, 1);
    if (!strcmp(argv[1], "draws")) {
        double sum = 0;
        clock_t start = clock();
        for (long i = 0; i < count; i++) sum += gsl_rng_uniform(rng);
        result(count, start, sum / count);
    } else if (!strcmp(argv[1], "normal")) {
        double squares = 0;
        clock_t start = clock();
        for (long i = 0; i < count; i++) {
            double z = gsl_ran_gaussian_ziggurat(rng, 1);
            squares += z * z;
        }
        result(count, start, squares / count);
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
        h->highest = ((int64_t)1 << 50) - 1, h->half_magnitude = 10, h->half_count = 1024, h->mask = 2047;
        h->length = (50 - 11 + 2) * 1024, h->minimum = INT64_MAX, h->counts = calloc((size_t)h->length, sizeof(int64_t));
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
