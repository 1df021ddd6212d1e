// Draws the Mandelbrot set (Brooks and Matelski 1978) three times: in doubles
// as text, in floats and in 64-bit fixed point with 28 fraction bits as escape
// counts, and compares how many points differ. The cardioid and the disc are
// not skipped, since the deep inner loop is the point here.
// Stresses: f64, f32 and i64 arithmetic in a tight loop with two exits.
#include "common.h"
#include <inttypes.h>
#include <stdio.h>

enum { width = 224, height = 160, limit = 500, fraction = 28 };

typedef struct {
  uint16_t at[height][width]; // steps until escape, at most `limit`
} Picture;

static int escape_double(double cr, double ci) {
  double r = 0, i = 0;
  int step = 0;
  for (; step < limit && r * r + i * i <= 4; step++) {
    double next = r * r - i * i + cr;
    i = 2 * r * i + ci;
    r = next;
  }
  return step;
}

static int escape_float(float cr, float ci) {
  float r = 0, i = 0;
  int step = 0;
  for (; step < limit && r * r + i * i <= 4; step++) {
    float next = r * r - i * i + cr;
    i = 2 * r * i + ci;
    r = next;
  }
  return step;
}

static int64_t multiply_fixed(int64_t x, int64_t y) {
  return (x * y) >> fraction;
}

static int escape_fixed(int64_t cr, int64_t ci) {
  int64_t r = 0, i = 0;
  int step = 0;
  for (; step < limit; step++) {
    int64_t rr = multiply_fixed(r, r), ii = multiply_fixed(i, i);
    if (rr + ii > (int64_t)4 << fraction)
      break;
    i = 2 * multiply_fixed(r, i) + ci;
    r = rr - ii + cr;
  }
  return step;
}

static void draw_double(Picture *picture) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      picture->at[y][x] = (uint16_t)escape_double(-2.25 + 3.0 * x / width,
                                                  -1.25 + 2.5 * y / height);
}

static void draw_float(Picture *picture) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      picture->at[y][x] =
          (uint16_t)escape_float(-2.25f + 3.0f * (float)x / (float)width,
                                 -1.25f + 2.5f * (float)y / (float)height);
}

static void draw_fixed(Picture *picture) {
  const int64_t one = (int64_t)1 << fraction;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      picture->at[y][x] =
          (uint16_t)escape_fixed(-9 * one / 4 + 3 * one * x / width,
                                 -5 * one / 4 + 5 * one * y / (2 * height));
}

// Prints every eighth row and fourth column, darker for later escapes.
static void print_picture(const Picture *picture) {
  static const char shades[] = " .,:;i1tfLG08@";
  for (int y = 0; y < height; y += 8) {
    for (int x = 0; x < width; x += 4) {
      int steps = picture->at[y][x], shade = 0;
      for (; steps > 2 && shade < 12; steps -= steps / 3)
        shade++;
      putchar(shades[picture->at[y][x] == limit ? 13 : shade]);
    }
    putchar('\n');
  }
}

static int count_different(const Picture *a, const Picture *b) {
  int different = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      different += a->at[y][x] != b->at[y][x];
  return different;
}

static void report(const char *name, const Picture *picture,
                   const Picture *reference) {
  uint32_t steps = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      steps += picture->at[y][x];
  printf("%-6s %7u steps, %4d points differ, %016" PRIx64 "\n", name,
         (unsigned)steps, count_different(picture, reference),
         checksum(checksum_start, picture, sizeof *picture));
}

int main(void) {
  static Picture doubles, floats, fixed;
  draw_double(&doubles);
  draw_float(&floats);
  draw_fixed(&fixed);
  print_picture(&doubles);
  report("double", &doubles, &doubles);
  report("float", &floats, &doubles);
  report("fixed", &fixed, &doubles);
  return 0;
}
