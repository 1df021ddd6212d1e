// Two hash tables side by side: one open-addressed from 64-bit keys to values
// with Robin Hood probing and backward-shift deletion (Celis 1986), and one
// chained from strings to counts, its nodes and keys from malloc, growing as
// it fills. The hash functions are splitmix64's finalizer (Steele, Lea, Flood
// 2014) and FNV-1a. A plain array answers the same questions as a check.
// Stresses: i64 multiplies and shifts, unpredictable branches, loads that
// depend on loads, malloc and free, strings.
#include "common.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  uint64_t key;
  uint32_t value;
  uint32_t distance; // 1 + steps from the key's home; 0 if the slot is free
} Slot;

typedef struct {
  Slot *slots;
  uint32_t mask; // number of slots - 1, a power of two less one
  uint32_t used;
} Table;

typedef struct Node {
  struct Node *next;
  uint32_t hash;
  uint32_t count;
  char key[]; // ends in NUL
} Node;

typedef struct {
  Node **buckets;
  uint32_t bucket_count;
  uint32_t node_count;
} Dictionary;

static uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

static void table_init(Table *table, uint32_t size) {
  table->slots = calloc(size, sizeof *table->slots);
  table->mask = size - 1;
  table->used = 0;
}

static Slot *table_find(const Table *table, uint64_t key) {
  uint32_t i = (uint32_t)mix(key) & table->mask;
  for (uint32_t distance = 1;; distance++, i = (i + 1) & table->mask) {
    Slot *slot = &table->slots[i];
    if (slot->distance < distance)
      return NULL;
    if (slot->key == key)
      return slot;
  }
}

// Places an entry whose key is new; the poorer entry keeps a contested slot.
static void table_place(Table *table, Slot entry) {
  uint32_t i = (uint32_t)mix(entry.key) & table->mask;
  entry.distance = 1;
  for (; table->slots[i].distance; i = (i + 1) & table->mask) {
    if (table->slots[i].distance < entry.distance) {
      Slot evicted = table->slots[i];
      table->slots[i] = entry;
      entry = evicted;
    }
    entry.distance++;
  }
  table->slots[i] = entry;
  table->used++;
}

static void table_grow(Table *table) {
  Table bigger;
  table_init(&bigger, 2 * (table->mask + 1));
  for (uint32_t i = 0; i <= table->mask; i++)
    if (table->slots[i].distance)
      table_place(&bigger, table->slots[i]);
  free(table->slots);
  *table = bigger;
}

static void table_put(Table *table, uint64_t key, uint32_t value) {
  Slot *slot = table_find(table, key);
  if (slot) {
    slot->value = value;
    return;
  }
  if (8 * (uint64_t)table->used >= 7 * (uint64_t)table->mask)
    table_grow(table);
  table_place(table, (Slot){.key = key, .value = value});
}

static bool table_remove(Table *table, uint64_t key) {
  Slot *slot = table_find(table, key);
  if (!slot)
    return false;
  uint32_t i = (uint32_t)(slot - table->slots);
  for (;;) {
    uint32_t next = (i + 1) & table->mask;
    if (table->slots[next].distance <= 1)
      break;
    table->slots[i] = table->slots[next];
    table->slots[i].distance--;
    i = next;
  }
  table->slots[i].distance = 0;
  table->used--;
  return true;
}

static uint32_t longest_probe(const Table *table) {
  uint32_t longest = 0;
  for (uint32_t i = 0; i <= table->mask; i++)
    if (table->slots[i].distance > longest)
      longest = table->slots[i].distance;
  return longest;
}

// Keys are spread over 64 bits but come from a small range, so that the array
// of expected values can shadow the table.
static void run_table(void) {
  enum { range = 20000, steps = 300000 };
  static uint32_t expected[range]; // value + 1, or 0 if absent
  Table table;
  table_init(&table, 16);
  Random random = {11};
  uint32_t wrong = 0, removed = 0;
  for (uint32_t step = 0; step < steps; step++) {
    uint32_t small = random_below(&random, range), action = step % 5;
    uint64_t key = small * 0x9e3779b97f4a7c15u;
    if (action < 2) {
      table_put(&table, key, step);
      expected[small] = step + 1;
    } else if (action < 4) {
      Slot *slot = table_find(&table, key);
      wrong += (slot ? slot->value + 1 : 0) != expected[small];
    } else {
      bool there = table_remove(&table, key);
      wrong += there != (expected[small] != 0);
      removed += there;
      expected[small] = 0;
    }
  }
  uint64_t sum = checksum_start;
  for (uint32_t i = 0; i <= table.mask; i++)
    sum = checksum_word(sum, table.slots[i].distance ? table.slots[i].key : 0);
  printf("table: %u entries in %u slots, %u removed, longest probe %u\n",
         (unsigned)table.used, (unsigned)table.mask + 1, (unsigned)removed,
         (unsigned)longest_probe(&table));
  printf("table: %u wrong, layout %016" PRIx64 "\n", (unsigned)wrong, sum);
  free(table.slots);
}

static uint32_t hash_string(const char *text) {
  uint32_t hash = 2166136261u;
  for (; *text; text++)
    hash = (hash ^ (uint8_t)*text) * 16777619u;
  return hash;
}

static void dictionary_grow(Dictionary *words) {
  uint32_t count = words->bucket_count ? 2 * words->bucket_count : 8;
  Node **buckets = calloc(count, sizeof *buckets);
  for (uint32_t i = 0; i < words->bucket_count; i++)
    for (Node *n = words->buckets[i], *next; n; n = next) {
      next = n->next;
      n->next = buckets[n->hash % count];
      buckets[n->hash % count] = n;
    }
  free(words->buckets);
  words->buckets = buckets;
  words->bucket_count = count;
}

static void dictionary_count(Dictionary *words, const char *key) {
  if (words->node_count >= words->bucket_count)
    dictionary_grow(words);
  uint32_t hash = hash_string(key);
  Node **bucket = &words->buckets[hash % words->bucket_count];
  for (Node *n = *bucket; n; n = n->next)
    if (n->hash == hash && !strcmp(n->key, key)) {
      n->count++;
      return;
    }
  size_t length = strlen(key) + 1;
  Node *n = malloc(sizeof *n + length);
  *n = (Node){.next = *bucket, .hash = hash, .count = 1};
  memcpy(n->key, key, length);
  *bucket = n;
  words->node_count++;
}

// Writes a pronounceable word; the product of two draws makes some frequent.
static void make_word(Random *random, char *word) {
  static const char onsets[] = "bdfgklmnprst", vowels[] = "aeiou";
  uint32_t number = random_below(random, 120) * random_below(random, 120);
  do {
    *word++ = onsets[number % 12];
    *word++ = vowels[number / 12 % 5];
    number /= 60;
  } while (number);
  *word = 0;
}

static const Node *most_frequent(const Dictionary *words) {
  const Node *best = NULL;
  for (uint32_t i = 0; i < words->bucket_count; i++)
    for (const Node *n = words->buckets[i]; n; n = n->next)
      if (!best || n->count > best->count ||
          (n->count == best->count && strcmp(n->key, best->key) < 0))
        best = n;
  return best;
}

static void dictionary_free(Dictionary *words) {
  for (uint32_t i = 0; i < words->bucket_count; i++)
    for (Node *n = words->buckets[i], *next; n; n = next) {
      next = n->next;
      free(n);
    }
  free(words->buckets);
}

static void run_dictionary(uint64_t seed) {
  Dictionary words = {0};
  Random random = {seed};
  for (int i = 0; i < 100000; i++) {
    char word[16];
    make_word(&random, word);
    dictionary_count(&words, word);
  }
  uint64_t sum = 0;
  for (uint32_t i = 0; i < words.bucket_count; i++)
    for (const Node *n = words.buckets[i]; n; n = n->next)
      sum += checksum_word(n->hash, n->count);
  const Node *best = most_frequent(&words);
  printf("words: %u different, most frequent %s %u times, sum %016" PRIx64 "\n",
         (unsigned)words.node_count, best->key, (unsigned)best->count, sum);
  dictionary_free(&words);
}

int main(void) {
  run_table();
  run_dictionary(3);
  run_dictionary(4);
  return 0;
}
