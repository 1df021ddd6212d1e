// A ray tracer after Whitted (1980): spheres and a chequered floor, two lamps
// with shadows, mirrors and glass with total reflection, four samples a point,
// and a hierarchy of boxes over some two hundred spheres (Kay and Kajiya 1986).
// Only + - * / and square roots, so the picture is exact; the powers of
// highlights are whole and done by squaring.
// Stresses: f64 in small structures returned by value, recursion, branches on
// floats, a tree in memory.
#include "common.h"
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum {
  width = 72,
  height = 48,
  sphere_count = 200,
  deepest = 5,
  leaf_size = 4
};

typedef struct {
  double x, y, z;
} Vector;

typedef struct {
  Vector from, along; // `along` has length 1
} Ray;

typedef struct {
  Vector centre;
  double radius;
  Vector colour;
  double mirror; // how much is reflected
  double glass;  // how much passes; 0 if opaque
} Sphere;

typedef struct {
  Vector low, high;
  int first, count; // the spheres below
  int left, right;  // children, or -1 in a leaf
} Box;

typedef struct {
  Sphere spheres[sphere_count];
  Box boxes[2 * sphere_count];
  int box_count;
} Scene;

typedef struct {
  double distance;
  const Sphere *sphere; // NULL if it is the floor
  Vector place, normal;
} Hit;

static const double nearest = 1e-6, farthest = 1e9;

static Vector add(Vector a, Vector b) {
  return (Vector){a.x + b.x, a.y + b.y, a.z + b.z};
}

static Vector subtract(Vector a, Vector b) {
  return (Vector){a.x - b.x, a.y - b.y, a.z - b.z};
}

static Vector scale(Vector a, double by) {
  return (Vector){a.x * by, a.y * by, a.z * by};
}

static Vector blend(Vector a, Vector b) {
  return (Vector){a.x * b.x, a.y * b.y, a.z * b.z};
}

static double dot(Vector a, Vector b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

static Vector unit(Vector a) {
  return scale(a, 1 / sqrt(dot(a, a)));
}

static double axis_of(Vector a, int axis) {
  return axis == 0 ? a.x : axis == 1 ? a.y : a.z;
}

static Vector lowest(Vector a, Vector b) {
  return (Vector){a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y,
                  a.z < b.z ? a.z : b.z};
}

static Vector highest(Vector a, Vector b) {
  return (Vector){a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y,
                  a.z > b.z ? a.z : b.z};
}

static void sort_spheres(Sphere *spheres, int count, int axis) {
  for (int i = 1; i < count; i++) {
    Sphere sphere = spheres[i];
    int j = i;
    for (; j > 0 &&
           axis_of(spheres[j - 1].centre, axis) > axis_of(sphere.centre, axis);
         j--)
      spheres[j] = spheres[j - 1];
    spheres[j] = sphere;
  }
}

static int widest_axis(const Box *box) {
  Vector size = subtract(box->high, box->low);
  if (size.x >= size.y && size.x >= size.z)
    return 0;
  return size.y >= size.z ? 1 : 2;
}

// Makes a box around some spheres and boxes for either half of them.
static int build_boxes(Scene *scene, int first, int count) {
  int index = scene->box_count++;
  Box *box = &scene->boxes[index];
  *box = (Box){{farthest, farthest, farthest},
               {-farthest, -farthest, -farthest},
               first,
               count,
               -1,
               -1};
  for (int i = first; i < first + count; i++) {
    const Sphere *s = &scene->spheres[i];
    Vector r = {s->radius, s->radius, s->radius};
    box->low = lowest(box->low, subtract(s->centre, r));
    box->high = highest(box->high, add(s->centre, r));
  }
  if (count > leaf_size) {
    sort_spheres(scene->spheres + first, count, widest_axis(box));
    box->left = build_boxes(scene, first, count / 2);
    box->right = build_boxes(scene, first + count / 2, count - count / 2);
  }
  return index;
}

static void make_scene(Scene *scene) {
  Random random = {1980};
  for (int i = 0; i < sphere_count; i++) {
    Sphere *s = &scene->spheres[i];
    double u = 2 * random_unit(&random) - 1, v = 2 * random_unit(&random) - 1;
    s->radius = 0.1 + 0.25 * random_unit(&random);
    s->centre = (Vector){
        6 * u, s->radius + 2.5 * random_unit(&random) * random_unit(&random),
        6 + 5 * v};
    s->colour.x = random_unit(&random);
    s->colour.y = random_unit(&random);
    s->colour.z = random_unit(&random);
    s->mirror = i % 3 == 0 ? 0.4 : 0.05;
    s->glass = i % 7 == 0 ? 0.8 : 0;
  }
  scene->spheres[0] = (Sphere){{0, 1.5, 6}, 1.5, {0.9, 0.9, 0.9}, 0.7, 0};
  scene->spheres[1] = (Sphere){{-2, 0.8, 3}, 0.8, {1, 1, 1}, 0.1, 0.9};
  build_boxes(scene, 0, sphere_count);
}

// Narrows an interval of distances to what lies between two planes.
static void clip(double from, double along, double low, double high,
                 double *start, double *end) {
  double a = (low - from) / along, b = (high - from) / along;
  if (a > b) {
    double kept = a;
    a = b;
    b = kept;
  }
  if (a > *start)
    *start = a;
  if (b < *end)
    *end = b;
}

static bool meets_box(const Box *box, const Ray *ray, double limit) {
  double start = nearest, end = limit;
  clip(ray->from.x, ray->along.x, box->low.x, box->high.x, &start, &end);
  clip(ray->from.y, ray->along.y, box->low.y, box->high.y, &start, &end);
  clip(ray->from.z, ray->along.z, box->low.z, box->high.z, &start, &end);
  return start <= end;
}

// Returns the distance to a sphere, or `farthest`.
static double meet_sphere(const Sphere *sphere, const Ray *ray) {
  Vector to = subtract(sphere->centre, ray->from);
  double middle = dot(to, ray->along);
  double square =
      sphere->radius * sphere->radius - dot(to, to) + middle * middle;
  if (square < 0)
    return farthest;
  double half = sqrt(square);
  if (middle - half > nearest)
    return middle - half;
  return middle + half > nearest ? middle + half : farthest;
}

static void meet_boxes(const Scene *scene, int index, const Ray *ray,
                       Hit *hit) {
  const Box *box = &scene->boxes[index];
  if (!meets_box(box, ray, hit->distance))
    return;
  if (box->left >= 0) {
    meet_boxes(scene, box->left, ray, hit);
    meet_boxes(scene, box->right, ray, hit);
    return;
  }
  for (int i = box->first; i < box->first + box->count; i++) {
    double distance = meet_sphere(&scene->spheres[i], ray);
    if (distance < hit->distance) {
      hit->distance = distance;
      hit->sphere = &scene->spheres[i];
    }
  }
}

static bool find_hit(const Scene *scene, const Ray *ray, Hit *hit) {
  *hit = (Hit){.distance = farthest};
  meet_boxes(scene, 0, ray, hit);
  double floor = ray->along.y < 0 ? -ray->from.y / ray->along.y : farthest;
  if (floor > nearest && floor < hit->distance) {
    hit->distance = floor;
    hit->sphere = NULL;
  }
  if (hit->distance >= farthest)
    return false;
  hit->place = add(ray->from, scale(ray->along, hit->distance));
  hit->normal = (Vector){0, 1, 0};
  if (hit->sphere)
    hit->normal = unit(subtract(hit->place, hit->sphere->centre));
  return true;
}

static Vector colour_at(const Hit *hit) {
  if (hit->sphere)
    return hit->sphere->colour;
  int64_t square = (int64_t)floor(hit->place.x) + (int64_t)floor(hit->place.z);
  return square & 1 ? (Vector){0.9, 0.85, 0.7} : (Vector){0.2, 0.25, 0.3};
}

static double power_32(double x) {
  for (int i = 0; i < 5; i++)
    x *= x;
  return x;
}

static Vector shine(const Scene *scene, const Ray *ray, const Hit *hit) {
  static const Vector lamps[2] = {{-6, 9, -3}, {7, 5, 1}};
  Vector colour = colour_at(hit), sum = scale(colour, 0.15);
  for (int i = 0; i < 2; i++) {
    Vector to = subtract(lamps[i], hit->place);
    double distance = sqrt(dot(to, to));
    Ray shadow = {hit->place, scale(to, 1 / distance)};
    double facing = dot(hit->normal, shadow.along);
    Hit blocker;
    if (facing <= 0 ||
        (find_hit(scene, &shadow, &blocker) && blocker.distance < distance))
      continue;
    sum = add(sum, scale(colour, 0.6 * facing));
    Vector middle = unit(subtract(shadow.along, ray->along));
    double gloss = 0.5 * power_32(fmax(0, dot(middle, hit->normal)));
    sum = add(sum, (Vector){gloss, gloss, gloss});
  }
  return sum;
}

static Vector reflect(Vector along, Vector normal) {
  return subtract(along, scale(normal, 2 * dot(along, normal)));
}

// Bends a direction by Snell's law, or reflects it where none is left.
static Vector refract(Vector along, Vector normal) {
  double cosine = -dot(along, normal), ratio = 1 / 1.5;
  if (cosine < 0) {
    cosine = -cosine;
    normal = scale(normal, -1);
    ratio = 1.5;
  }
  double square = 1 - ratio * ratio * (1 - cosine * cosine);
  if (square < 0)
    return reflect(along, normal);
  return unit(
      add(scale(along, ratio), scale(normal, ratio * cosine - sqrt(square))));
}

static Vector trace(const Scene *scene, const Ray *ray, int depth) {
  Hit hit;
  if (!find_hit(scene, ray, &hit))
    return (Vector){0.3, 0.4 + 0.2 * ray->along.y, 0.6 + 0.4 * ray->along.y};
  double mirror = hit.sphere ? hit.sphere->mirror : 0.1;
  double glass = hit.sphere ? hit.sphere->glass : 0;
  Vector sum = scale(shine(scene, ray, &hit), (1 - mirror) * (1 - glass));
  if (depth >= deepest)
    return sum;
  Ray onward = {hit.place, reflect(ray->along, hit.normal)};
  sum = add(sum, scale(trace(scene, &onward, depth + 1), mirror));
  if (glass > 0) {
    onward.along = refract(ray->along, hit.normal);
    Vector through = blend(trace(scene, &onward, depth + 1), colour_at(&hit));
    sum = add(sum, scale(through, glass * (1 - mirror)));
  }
  return sum;
}

static Vector sample(const Scene *scene, double x, double y) {
  Ray ray = {{0, 2, -5}, {0, 0, 0}};
  ray.along = unit((Vector){(x - width / 2.0) / width * 1.2,
                            (height / 2.0 - y) / height * 0.7 - 0.2, 1});
  return trace(scene, &ray, 0);
}

static Vector draw_point(const Scene *scene, int x, int y) {
  Vector sum = {0, 0, 0};
  for (int i = 0; i < 4; i++)
    sum =
        add(sum, sample(scene, x + 0.25 + i % 2 * 0.5, y + 0.25 + i / 2 * 0.5));
  return scale(sum, 0.25);
}

int main(void) {
  static Scene scene;
  static const char shades[] = " .:-=+*%#@";
  make_scene(&scene);
  uint64_t sum = checksum_start;
  Vector mean = {0, 0, 0};
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++) {
      Vector colour = draw_point(&scene, x, y);
      mean = add(mean, scale(colour, 1.0 / (width * height)));
      sum = checksum_double(sum, colour.x + 2 * colour.y + 4 * colour.z);
      double grey = (colour.x + colour.y + colour.z) / 3;
      if (y % 2 == 0)
        putchar(shades[grey >= 1 ? 9 : (int)(grey * 10)]);
    }
    if (y % 2 == 0)
      putchar('\n');
  }
  printf("mean %.9f %.9f %.9f, %016" PRIx64 "\n", mean.x, mean.y, mean.z, sum);
  return 0;
}
