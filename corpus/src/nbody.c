// Moves sixteen bodies under their gravity for twelve thousand steps, once in
// doubles and once in floats, by the leapfrog in its kick-drift-kick form
// (Verlet 1967), and prints energy, momentum and positions. Square roots are
// the only function needed, so the result is exact to the last bit.
// Stresses: f64 and f32 multiply, add, divide and sqrt; structures in memory.
#include "common.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { body_count = 16, steps = 12000 };

typedef struct {
  double place[3];
  double speed[3];
  double mass;
} Body;

typedef struct {
  float place[3];
  float speed[3];
  float mass;
} SmallBody;

static const double softening = 1e-4;
static const double step_length = 1.0 / 2048;

// One heavy body in the middle, the others on near-circular inclined orbits.
static void place_bodies(Body *bodies) {
  Random random = {17};
  memset(bodies, 0, body_count * sizeof *bodies);
  bodies[0].mass = 1;
  for (int i = 1; i < body_count; i++) {
    Body *b = &bodies[i];
    double radius = 0.5 + 0.25 * i, slope = random_unit(&random) - 0.5;
    double turn = 2 * random_unit(&random) - 1, side = sqrt(1 - turn * turn);
    double speed = sqrt(1 / radius);
    b->mass = 1e-3 * random_unit(&random);
    b->place[0] = radius * turn;
    b->place[1] = radius * side;
    b->speed[0] = -speed * side;
    b->speed[1] = speed * turn;
    b->speed[2] = 0.2 * speed * slope;
  }
}

static void pull(Body *a, Body *b, double step) {
  double d[3], square = softening;
  for (int k = 0; k < 3; k++) {
    d[k] = b->place[k] - a->place[k];
    square += d[k] * d[k];
  }
  double factor = step / (square * sqrt(square));
  for (int k = 0; k < 3; k++) {
    a->speed[k] += d[k] * factor * b->mass;
    b->speed[k] -= d[k] * factor * a->mass;
  }
}

static void kick(Body *bodies, double step) {
  for (int i = 0; i < body_count; i++)
    for (int j = i + 1; j < body_count; j++)
      pull(&bodies[i], &bodies[j], step);
}

static void drift(Body *bodies, double step) {
  for (int i = 0; i < body_count; i++)
    for (int k = 0; k < 3; k++)
      bodies[i].place[k] += step * bodies[i].speed[k];
}

static double energy(const Body *bodies) {
  double sum = 0;
  for (int i = 0; i < body_count; i++) {
    const Body *a = &bodies[i];
    for (int k = 0; k < 3; k++)
      sum += 0.5 * a->mass * a->speed[k] * a->speed[k];
    for (int j = i + 1; j < body_count; j++) {
      double square = softening;
      for (int k = 0; k < 3; k++) {
        double d = bodies[j].place[k] - a->place[k];
        square += d * d;
      }
      sum -= a->mass * bodies[j].mass / sqrt(square);
    }
  }
  return sum;
}

static void run_double(void) {
  Body bodies[body_count];
  place_bodies(bodies);
  double before = energy(bodies);
  for (int step = 0; step < steps; step++) {
    kick(bodies, step_length / 2);
    drift(bodies, step_length);
    kick(bodies, step_length / 2);
  }
  printf("double: energy %.12f, then %.12f\n", before, energy(bodies));
  uint64_t sum = checksum_start;
  for (int i = 0; i < body_count; i++) {
    const double *p = bodies[i].place;
    for (int k = 0; k < 3; k++)
      sum = checksum_double(sum, p[k]);
    printf("%2d %12.9f %12.9f %12.9f\n", i, p[0], p[1], p[2]);
  }
  printf("double: places %016" PRIx64 "\n", sum);
}

static void shrink_bodies(const Body *from, SmallBody *to) {
  for (int i = 0; i < body_count; i++) {
    for (int k = 0; k < 3; k++) {
      to[i].place[k] = (float)from[i].place[k];
      to[i].speed[k] = (float)from[i].speed[k];
    }
    to[i].mass = (float)from[i].mass;
  }
}

static void pull_small(SmallBody *a, SmallBody *b, float step) {
  float x = b->place[0] - a->place[0], y = b->place[1] - a->place[1],
        z = b->place[2] - a->place[2];
  float square = (float)softening + x * x + y * y + z * z;
  float factor = step / (square * sqrtf(square));
  float pull_a = factor * b->mass, pull_b = factor * a->mass;
  a->speed[0] += x * pull_a, b->speed[0] -= x * pull_b;
  a->speed[1] += y * pull_a, b->speed[1] -= y * pull_b;
  a->speed[2] += z * pull_a, b->speed[2] -= z * pull_b;
}

static void run_float(void) {
  Body bodies[body_count];
  SmallBody small[body_count];
  place_bodies(bodies);
  shrink_bodies(bodies, small);
  for (int step = 0; step < steps; step++) {
    for (int i = 0; i < body_count; i++)
      for (int j = i + 1; j < body_count; j++)
        pull_small(&small[i], &small[j], (float)step_length);
    for (int i = 0; i < body_count; i++)
      for (int k = 0; k < 3; k++)
        small[i].place[k] += (float)step_length * small[i].speed[k];
  }
  uint64_t sum = checksum_start;
  for (int i = 0; i < body_count; i++)
    for (int k = 0; k < 3; k++)
      sum = checksum(sum, &small[i].place[k], sizeof(float));
  printf("float: first at %.6f %.6f, last at %.6f %.6f, places %016" PRIx64
         "\n",
         (double)small[0].place[0], (double)small[0].place[1],
         (double)small[body_count - 1].place[0],
         (double)small[body_count - 1].place[1], sum);
}

int main(void) {
  run_double();
  run_float();
  return 0;
}
