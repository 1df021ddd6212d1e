// Dense linear algebra in several forms: a product of doubles by blocks, one of
// floats by rows, one of 32-bit integers by Strassen's recursion (1969), a
// solved system by LU decomposition with partial pivoting, and the power of a
// matrix modulo the prime 2^31 - 1. The products are checked by Freivalds'
// method (1977): multiply by a vector and compare. Stresses: nested loops with
// strided loads, address arithmetic, f64, f32, i32, i64 multiply and remainder.
#include "common.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { size = 216, block = 24, strassen_size = 256, cutoff = 16 };

static const uint64_t prime = ((uint64_t)1 << 31) - 1;

static void multiply_blocked(const double *a, const double *b, double *c) {
  memset(c, 0, sizeof(double) * size * size);
  for (int kk = 0; kk < size; kk += block)
    for (int jj = 0; jj < size; jj += block)
      for (int i = 0; i < size; i++)
        for (int k = kk; k < kk + block; k++) {
          double factor = a[i * size + k];
          for (int j = jj; j < jj + block; j++)
            c[i * size + j] += factor * b[k * size + j];
        }
}

static void run_blocked(void) {
  static double a[size * size], b[size * size], c[size * size];
  Random random = {1};
  for (int i = 0; i < size * size; i++) {
    a[i] = random_unit(&random) - 0.5;
    b[i] = random_unit(&random) - 0.5;
  }
  multiply_blocked(a, b, c);
  double trace = 0, worst = 0;
  for (int i = 0; i < size; i++) {
    double direct = 0, column_wise = 0;
    trace += c[i * size + i];
    for (int k = 0; k < size; k++) {
      double row = 0;
      for (int j = 0; j < size; j++)
        row += b[k * size + j];
      direct += a[i * size + k] * row;
      column_wise += c[i * size + k];
    }
    worst = fmax(worst, fabs(direct - column_wise));
  }
  printf("blocked:  trace %.12f, %s, %016" PRIx64 "\n", trace,
         worst < 1e-10 ? "right" : "WRONG",
         checksum(checksum_start, c, sizeof c));
}

static void run_rows(void) {
  static float a[size][size], b[size][size], c[size][size];
  Random random = {2};
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++) {
      a[i][j] = (float)random_below(&random, 1000) / 1000;
      b[j][i] = (float)random_below(&random, 1000) / 1000;
    }
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++) {
      float sum = 0;
      for (int k = 0; k < size; k++)
        sum += a[i][k] * b[j][k];
      c[i][j] = sum;
    }
  printf("rows:     corner %.6f, %016" PRIx64 "\n", (double)c[0][0],
         checksum(checksum_start, c, sizeof c));
}

// One square part of a larger matrix.
typedef struct {
  uint32_t *at;
  int stride;
} Part;

static Part quarter(Part whole, int row, int column, int half) {
  whole.at += row * half * whole.stride + column * half;
  return whole;
}

// Writes x + sign * y into `sum`.
static void add_parts(Part x, Part y, uint32_t sign, Part sum, int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      sum.at[i * sum.stride + j] =
          x.at[i * x.stride + j] + sign * y.at[i * y.stride + j];
}

static void multiply_small(Part x, Part y, Part product, int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      uint32_t sum = 0;
      for (int k = 0; k < n; k++)
        sum += x.at[i * x.stride + k] * y.at[k * y.stride + j];
      product.at[i * product.stride + j] = sum;
    }
}

// The seven products as quarters to add: left = x[0] + sign * x[1], and so on;
// a quarter of -1 stands for nothing.
typedef struct {
  int8_t left[2], left_sign, right[2], right_sign;
} Product;

static const Product products[7] = {
    {{0, 3}, 1, {0, 3}, 1},   {{2, 3}, 1, {0, -1}, 1}, {{0, -1}, 1, {1, 3}, -1},
    {{3, -1}, 1, {2, 0}, -1}, {{0, 1}, 1, {3, -1}, 1}, {{2, 0}, -1, {0, 1}, 1},
    {{1, 3}, -1, {2, 3}, 1},
};

// How much of each product goes into each quarter of the result.
static const int8_t shares[4][7] = {
    {1, 0, 0, 1, -1, 0, 1},
    {0, 0, 1, 0, 1, 0, 0},
    {0, 1, 0, 1, 0, 0, 0},
    {1, -1, 1, 0, 0, 1, 0},
};

static void gather(Part whole, const int8_t *which, int sign, Part sum,
                   int half) {
  Part x = quarter(whole, which[0] / 2, which[0] % 2, half), y = x;
  if (which[1] >= 0)
    y = quarter(whole, which[1] / 2, which[1] % 2, half);
  add_parts(x, y, which[1] >= 0 ? (uint32_t)sign : 0, sum, half);
}

static void strassen(Part x, Part y, Part product, int n) {
  if (n <= cutoff) {
    multiply_small(x, y, product, n);
    return;
  }
  int half = n / 2, area = half * half;
  uint32_t *memory = malloc(3 * (size_t)area * sizeof *memory);
  Part left = {memory, half}, right = {memory + area, half},
       result = {memory + 2 * area, half};
  for (int i = 0; i < n; i++)
    memset(product.at + i * product.stride, 0, (size_t)n * sizeof *memory);
  for (int p = 0; p < 7; p++) {
    gather(x, products[p].left, products[p].left_sign, left, half);
    gather(y, products[p].right, products[p].right_sign, right, half);
    strassen(left, right, result, half);
    for (int q = 0; q < 4; q++) {
      Part target = quarter(product, q / 2, q % 2, half);
      if (shares[q][p])
        add_parts(target, result, (uint32_t)shares[q][p], target, half);
    }
  }
  free(memory);
}

static void run_strassen(void) {
  enum { n = strassen_size };
  static uint32_t a[n * n], b[n * n], fast[n * n], slow[n * n];
  Random random = {3};
  for (int i = 0; i < n * n; i++) {
    a[i] = random_next(&random);
    b[i] = random_next(&random);
  }
  strassen((Part){a, n}, (Part){b, n}, (Part){fast, n}, n);
  multiply_small((Part){a, n}, (Part){b, n}, (Part){slow, n}, n);
  printf("strassen: corner %u, %s, %016" PRIx64 "\n", (unsigned)fast[0],
         memcmp(fast, slow, sizeof fast) ? "WRONG" : "right",
         checksum(checksum_start, fast, sizeof fast));
}

static void swap_rows(double *x, double *y) {
  for (int j = 0; j <= size; j++) {
    double kept = x[j];
    x[j] = y[j];
    y[j] = kept;
  }
}

// Brings rows of `size` coefficients and one right-hand side to upper triangle
// form and returns the determinant.
static double eliminate(double (*rows)[size + 1]) {
  double determinant = 1;
  for (int k = 0; k < size; k++) {
    int pivot = k;
    for (int i = k + 1; i < size; i++)
      if (fabs(rows[i][k]) > fabs(rows[pivot][k]))
        pivot = i;
    if (pivot != k) {
      swap_rows(rows[pivot], rows[k]);
      determinant = -determinant;
    }
    determinant *= rows[k][k];
    for (int i = k + 1; i < size; i++) {
      double factor = rows[i][k] / rows[k][k];
      for (int j = k; j <= size; j++)
        rows[i][j] -= factor * rows[k][j];
    }
  }
  return determinant;
}

// The right-hand side belongs to the solution 0, 1, 2, ...
static void run_solve(void) {
  static double rows[size][size + 1];
  Random random = {4};
  for (int i = 0; i < size; i++) {
    rows[i][size] = 0;
    for (int j = 0; j < size; j++) {
      rows[i][j] = random_unit(&random) - 0.5;
      rows[i][size] += rows[i][j] * j;
    }
  }
  double determinant = eliminate(rows), solution[size], worst = 0;
  for (int i = size; i-- > 0;) {
    double sum = rows[i][size];
    for (int j = i + 1; j < size; j++)
      sum -= rows[i][j] * solution[j];
    solution[i] = sum / rows[i][i];
    worst = fmax(worst, fabs(solution[i] - i));
  }
  printf("solve:    determinant %.9e, %s\n", determinant,
         worst < 1e-7 ? "right" : "WRONG");
}

enum { order = 12 };

typedef struct {
  uint64_t at[order][order];
} Modular;

static Modular multiply_modular(const Modular *x, const Modular *y) {
  Modular product;
  for (int i = 0; i < order; i++)
    for (int j = 0; j < order; j++) {
      uint64_t sum = 0;
      for (int k = 0; k < order; k++)
        sum = (sum + x->at[i][k] * y->at[k][j]) % prime;
      product.at[i][j] = sum;
    }
  return product;
}

// Counts walks on a ring with one chord: the power of its adjacency matrix.
static void run_power(void) {
  Modular base = {0}, power = {0};
  for (int i = 0; i < order; i++) {
    base.at[i][(i + 1) % order] = base.at[(i + 1) % order][i] = 1;
    power.at[i][i] = 1;
  }
  base.at[0][order / 3] = base.at[order / 3][0] = 1;
  for (uint64_t exponent = 1000000000000000003u; exponent; exponent >>= 1) {
    if (exponent & 1)
      power = multiply_modular(&power, &base);
    base = multiply_modular(&base, &base);
  }
  printf("power:    walks %" PRIu64 ", %016" PRIx64 "\n", power.at[0][5],
         checksum(checksum_start, &power, sizeof power));
}

int main(void) {
  run_blocked();
  run_rows();
  run_strassen();
  run_solve();
  run_power();
  return 0;
}
