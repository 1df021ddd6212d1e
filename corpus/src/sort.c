// Sorts the same data by several methods and compares the results: quicksort
// with median of three (Hoare 1961, Sedgewick 1978) and a closing insertion
// sort, heapsort (Williams 1964), bottom-up merge sort (von Neumann), radix
// sort by bytes (Seward 1954) on 64-bit keys, Shell sort with Ciura's gaps on
// doubles, and the library's qsort on records by a comparison function.
// Stresses: i32, i64 and f64 compares, loads and stores, call_indirect.
#include "common.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { count = 60000, record_count = 12000, small = 12 };

typedef struct {
  uint32_t key;   // repeats often
  uint16_t order; // position before sorting
  char name[10];
} Record;

typedef void Sorter(int32_t *items, int32_t *scratch, int n);

static void swap(int32_t *a, int32_t *b) {
  int32_t kept = *a;
  *a = *b;
  *b = kept;
}

static void insertion_sort(int32_t *items, int32_t *scratch, int n) {
  (void)scratch;
  for (int i = 1; i < n; i++) {
    int32_t item = items[i];
    int j = i;
    for (; j > 0 && items[j - 1] > item; j--)
      items[j] = items[j - 1];
    items[j] = item;
  }
}

// Puts the median of the first, middle and last item into the middle.
static int32_t choose_pivot(int32_t *items, int n) {
  int32_t *low = items, *middle = items + n / 2, *high = items + n - 1;
  if (*middle < *low)
    swap(middle, low);
  if (*high < *low)
    swap(high, low);
  if (*high < *middle)
    swap(high, middle);
  return *middle;
}

// Leaves runs shorter than `small` unsorted, for one insertion sort to finish.
static void partition_down(int32_t *items, int n) {
  while (n > small) {
    int32_t pivot = choose_pivot(items, n);
    int i = 0, j = n - 1;
    for (;; i++, j--) {
      while (items[i] < pivot)
        i++;
      while (items[j] > pivot)
        j--;
      if (i >= j)
        break;
      swap(&items[i], &items[j]);
    }
    partition_down(items, i);
    items += i;
    n -= i;
  }
}

static void quick_sort(int32_t *items, int32_t *scratch, int n) {
  partition_down(items, n);
  insertion_sort(items, scratch, n);
}

static void sift_down(int32_t *items, int root, int n) {
  int32_t item = items[root];
  for (int child; (child = 2 * root + 1) < n; root = child) {
    if (child + 1 < n && items[child + 1] > items[child])
      child++;
    if (items[child] <= item)
      break;
    items[root] = items[child];
  }
  items[root] = item;
}

static void heap_sort(int32_t *items, int32_t *scratch, int n) {
  (void)scratch;
  for (int root = n / 2; root-- > 0;)
    sift_down(items, root, n);
  for (int last = n - 1; last > 0; last--) {
    swap(&items[0], &items[last]);
    sift_down(items, 0, last);
  }
}

static void merge(const int32_t *from, int32_t *to, int middle, int end) {
  int i = 0, j = middle;
  for (int k = 0; k < end; k++)
    to[k] =
        i < middle && (j >= end || from[i] <= from[j]) ? from[i++] : from[j++];
}

static void merge_sort(int32_t *items, int32_t *scratch, int n) {
  for (int width = 1; width < n; width *= 2) {
    for (int start = 0; start < n; start += 2 * width) {
      int left = n - start;
      int middle = width < left ? width : left;
      int end = 2 * width < left ? 2 * width : left;
      merge(items + start, scratch + start, middle, end);
    }
    memcpy(items, scratch, (size_t)n * sizeof *items);
  }
}

static void radix_sort(uint64_t *items, uint64_t *scratch, int n) {
  for (int shift = 0; shift < 64; shift += 8) {
    uint32_t starts[257] = {0};
    for (int i = 0; i < n; i++)
      starts[(items[i] >> shift & 255) + 1]++;
    for (int i = 0; i < 256; i++)
      starts[i + 1] += starts[i];
    for (int i = 0; i < n; i++)
      scratch[starts[items[i] >> shift & 255]++] = items[i];
    memcpy(items, scratch, (size_t)n * sizeof *items);
  }
}

static void shell_sort(double *items, int n) {
  static const int gaps[] = {8858, 3937, 1750, 701, 301, 132, 57, 23, 10, 4, 1};
  for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
    for (int i = gaps[g]; i < n; i++) {
      double item = items[i];
      int j = i;
      for (; j >= gaps[g] && items[j - gaps[g]] > item; j -= gaps[g])
        items[j] = items[j - gaps[g]];
      items[j] = item;
    }
}

static int by_key(const void *a, const void *b) {
  const Record *x = a, *y = b;
  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return (int)x->order - (int)y->order;
}

static int by_name(const void *a, const void *b) {
  const Record *x = a, *y = b;
  int difference = strcmp(x->name, y->name);
  return difference ? difference : by_key(a, b);
}

static void run_sorter(const char *name, Sorter *sorter) {
  static int32_t items[count], scratch[count];
  Random random = {2024};
  for (int i = 0; i < count; i++)
    items[i] = (int32_t)random_next(&random);
  sorter(items, scratch, count);
  int wrong = 0;
  for (int i = 1; i < count; i++)
    wrong += items[i - 1] > items[i];
  printf("%-6s %016" PRIx64 " %d out of order, median %d\n", name,
         checksum(checksum_start, items, sizeof items), wrong,
         (int)items[count / 2]);
}

static void run_radix(void) {
  static uint64_t items[count], scratch[count];
  Random random = {7};
  for (int i = 0; i < count; i++)
    items[i] = random_word(&random) >> (i & 31);
  radix_sort(items, scratch, count);
  printf("radix  %016" PRIx64 " median %" PRIu64 "\n",
         checksum(checksum_start, items, sizeof items), items[count / 2]);
}

static void run_shell(void) {
  static double items[count];
  Random random = {99};
  for (int i = 0; i < count; i++)
    items[i] = random_unit(&random) * 2 - 1;
  shell_sort(items, count);
  printf("shell  %016" PRIx64 " median %.12f\n",
         checksum(checksum_start, items, sizeof items), items[count / 2]);
}

static void run_records(const char *name,
                        int (*compare)(const void *, const void *)) {
  static Record records[record_count];
  Random random = {5};
  for (int i = 0; i < record_count; i++) {
    records[i].key = random_below(&random, 500);
    records[i].order = (uint16_t)i;
    for (int j = 0; j < 9; j++)
      records[i].name[j] = (char)('a' + random_below(&random, j < 3 ? 2 : 26));
  }
  qsort(records, record_count, sizeof *records, compare);
  printf("%-6s %016" PRIx64 " first %s, last %s\n", name,
         checksum(checksum_start, records, sizeof records), records[0].name,
         records[record_count - 1].name);
}

int main(void) {
  run_sorter("quick", quick_sort);
  run_sorter("heap", heap_sort);
  run_sorter("merge", merge_sort);
  run_radix();
  run_shell();
  run_records("key", by_key);
  run_records("name", by_name);
  return 0;
}
