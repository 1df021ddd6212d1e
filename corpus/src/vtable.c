// Objects with tables of functions, as a compiler of C++ lays them out: a
// discrete-event simulation of a workshop in which jobs of several classes pass
// through stations of several classes. Events wait in a binary heap (Williams
// 1964); each is dispatched twice, by the station's class and by the job's (the
// visitor of Gamma, Helm, Johnson and Vlissides 1994). Stations have their own
// queues, first come or shortest first; all objects come from malloc.
// Stresses: call_indirect of several types, pointer chasing, malloc and free.
#include "common.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { station_count = 12, job_total = 50000, most_events = 256 };

typedef struct Job Job;
typedef struct Station Station;
typedef struct Shop Shop;

typedef struct {
  const char *name;
  int (*next_station)(Job *, Shop *); // -1 when done
  double (*work)(const Job *, double speed);
  void (*leave)(Job *, Shop *);
} JobClass;

struct Job {
  const JobClass *class;
  Job *next; // in a queue
  uint32_t id;
  int step;
  double entered, size;
};

typedef struct {
  const char *name;
  void (*put)(Station *, Job *);
  Job *(*take)(Station *);
  double (*time_for)(Station *, const Job *);
} StationClass;

struct Station {
  const StationClass *class;
  int id;
  Job *first, *last; // those that wait
  Job *busy_with;
  double speed;
  int waiting, longest;
  double worked;
};

typedef struct {
  double time;
  uint32_t order; // of two events at one time, the earlier made goes first
  Station *station;
} Event;

struct Shop {
  double now;
  Station *stations[station_count];
  Event events[most_events]; // a heap, the next at 1
  int event_count;
  uint32_t event_order;
  Random random;
  uint64_t trace;
  uint32_t done[4];
  double stay[4]; // summed, by class
};

static bool is_sooner(const Event *a, const Event *b) {
  return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static void add_event(Shop *shop, double time, Station *station) {
  Event event = {time, shop->event_order++, station};
  int i = ++shop->event_count;
  for (; i > 1 && is_sooner(&event, &shop->events[i / 2]); i /= 2)
    shop->events[i] = shop->events[i / 2];
  shop->events[i] = event;
}

static Event take_event(Shop *shop) {
  Event next = shop->events[1], moved = shop->events[shop->event_count--];
  int i = 1;
  for (int child; (child = 2 * i) <= shop->event_count; i = child) {
    if (child < shop->event_count &&
        is_sooner(&shop->events[child + 1], &shop->events[child]))
      child++;
    if (is_sooner(&moved, &shop->events[child]))
      break;
    shop->events[i] = shop->events[child];
  }
  shop->events[i] = moved;
  return next;
}

static void put_last(Station *station, Job *job) {
  job->next = NULL;
  if (station->first)
    station->last->next = job;
  else
    station->first = job;
  station->last = job;
}

static void put_by_size(Station *station, Job *job) {
  Job **link = &station->first;
  while (*link && (*link)->size <= job->size)
    link = &(*link)->next;
  job->next = *link;
  *link = job;
}

static void put_first(Station *station, Job *job) {
  job->next = station->first;
  station->first = job;
}

static Job *take_first(Station *station) {
  Job *job = station->first;
  station->first = job->next;
  return job;
}

static double time_steady(Station *station, const Job *job) {
  return job->class->work(job, station->speed);
}

// Gets slower the more it has worked, and is mended now and then.
static double time_wearing(Station *station, const Job *job) {
  double wear = station->worked / 4000;
  wear -= (double)(int64_t)wear;
  return job->class->work(job, station->speed * (1 - 0.5 * wear));
}

static double time_warming(Station *station, const Job *job) {
  return job->class->work(job, station->speed) + (station->waiting ? 0 : 0.25);
}

static const StationClass station_classes[] = {
    {"lathe", put_last, take_first, time_steady},
    {"press", put_by_size, take_first, time_wearing},
    {"oven", put_last, take_first, time_warming},
    {"bench", put_first, take_first, time_steady},
};

static double work_by_size(const Job *job, double speed) {
  return job->size / speed;
}

static double work_fixed(const Job *job, double speed) {
  return (1 + 0.125 * (job->step & 3)) / speed;
}

static double work_square(const Job *job, double speed) {
  return job->size * job->size / (2 * speed);
}

// Through all stations of its kind in turn.
static int next_in_line(Job *job, Shop *shop) {
  (void)shop;
  int station = (int)(job->id % 3) + 3 * job->step;
  return station < station_count ? station : -1;
}

// To the less busy of two stations chosen at random, five times.
static int next_of_two(Job *job, Shop *shop) {
  if (job->step >= 5)
    return -1;
  int a = (int)random_below(&shop->random, station_count);
  int b = (int)random_below(&shop->random, station_count);
  return shop->stations[a]->waiting <= shop->stations[b]->waiting ? a : b;
}

static int next_shortest(Job *job, Shop *shop) {
  if (job->step >= 2)
    return -1;
  int best = 0;
  for (int i = 1; i < station_count; i++)
    if (shop->stations[i]->waiting < shop->stations[best]->waiting)
      best = i;
  return best;
}

static int next_by_number(Job *job, Shop *shop) {
  (void)shop;
  if (job->step >= 4)
    return -1;
  return (int)((job->id * 7 + (uint32_t)job->step * 5) % station_count);
}

static void leave(Job *job, Shop *shop);
static void leave_twice(Job *job, Shop *shop);

static const JobClass job_classes[] = {
    {"part", next_in_line, work_by_size, leave},
    {"repair", next_of_two, work_square, leave},
    {"rush", next_shortest, work_fixed, leave},
    {"batch", next_by_number, work_by_size, leave_twice},
};

static void start_work(Station *station, Shop *shop) {
  if (station->busy_with || !station->first)
    return;
  Job *job = station->class->take(station);
  station->waiting--;
  station->busy_with = job;
  double time = station->class->time_for(station, job);
  station->worked += time;
  add_event(shop, shop->now + time, station);
}

static void send_on(Job *job, Shop *shop) {
  int next = job->class->next_station(job, shop);
  if (next < 0) {
    job->class->leave(job, shop);
    return;
  }
  Station *station = shop->stations[next];
  job->step++;
  station->class->put(station, job);
  if (++station->waiting > station->longest)
    station->longest = station->waiting;
  start_work(station, shop);
}

static void leave(Job *job, Shop *shop) {
  int class = (int)(job->class - job_classes);
  shop->done[class]++;
  shop->stay[class] += shop->now - job->entered;
  shop->trace = checksum_word(shop->trace, job->id);
  free(job);
}

// A batch that is done becomes one more part.
static void leave_twice(Job *job, Shop *shop) {
  shop->done[3]++;
  shop->stay[3] += shop->now - job->entered;
  job->class = &job_classes[0];
  job->step = 0;
  job->entered = shop->now;
  send_on(job, shop);
}

static void enter_job(Shop *shop, uint32_t id) {
  Job *job = malloc(sizeof *job);
  uint32_t class = random_below(&shop->random, 4);
  *job = (Job){.class = &job_classes[class],
               .id = id,
               .entered = shop->now,
               .size = 0.5 + random_unit(&shop->random)};
  send_on(job, shop);
}

static void finish_work(Station *station, Shop *shop) {
  Job *job = station->busy_with;
  station->busy_with = NULL;
  send_on(job, shop);
  start_work(station, shop);
}

// An event without a station lets a new job in and sets the time of the next.
static void handle(Shop *shop, const Event *event, uint32_t *entered) {
  shop->now = event->time;
  if (event->station) {
    finish_work(event->station, shop);
    return;
  }
  enter_job(shop, (*entered)++);
  if (*entered < job_total)
    add_event(shop, shop->now + 0.9 * random_unit(&shop->random), NULL);
}

static void report(const Shop *shop) {
  printf("closed at %.9f, trace %016" PRIx64 "\n", shop->now, shop->trace);
  for (int i = 0; i < 4; i++)
    printf("%-6s %5u done, mean stay %.9f\n", job_classes[i].name,
           (unsigned)shop->done[i], shop->stay[i] / shop->done[i]);
  for (int i = 0; i < station_count; i++) {
    const Station *station = shop->stations[i];
    printf("%-5s %2d worked %14.9f, at most %3d waited\n", station->class->name,
           station->id, station->worked, station->longest);
  }
}

int main(void) {
  static Shop shop;
  shop.random.state = 2112;
  shop.trace = checksum_start;
  for (int i = 0; i < station_count; i++) {
    Station *station = calloc(1, sizeof *station);
    station->class = &station_classes[i % 4];
    station->id = i;
    station->speed = 1 + 0.125 * (i % 5);
    shop.stations[i] = station;
  }
  uint32_t entered = 0;
  add_event(&shop, 0, NULL);
  while (shop.event_count) {
    Event event = take_event(&shop);
    handle(&shop, &event, &entered);
  }
  report(&shop);
  for (int i = 0; i < station_count; i++)
    free(shop.stations[i]);
  return 0;
}
