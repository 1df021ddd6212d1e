// Whole numbers of any size in base 2^32: schoolbook and Karatsuba products
// (1962), division by Knuth's algorithm D (TAOCP 4.3.1), powers modulo a number
// by square and multiply, conversion to decimal. With them: a factorial, a
// large Fibonacci number by doubling, the first thousand digits of pi by
// Machin's formula (1706), a Mersenne prime by Lucas and Lehmer.
// Stresses: i64 products of i32 halves, carries, i64 division, malloc.
#include "common.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { karatsuba_limbs = 24 };

typedef struct {
  uint32_t *limbs; // the lowest first
  int count;       // without leading zeros
} Number;

static Number make(int count) {
  Number x = {calloc((size_t)count + 1, sizeof(uint32_t)), count};
  return x;
}

static Number trim(Number x) {
  while (x.count && !x.limbs[x.count - 1])
    x.count--;
  return x;
}

static Number from_word(uint64_t word) {
  Number x = make(2);
  x.limbs[0] = (uint32_t)word;
  x.limbs[1] = (uint32_t)(word >> 32);
  return trim(x);
}

// Frees what `target` held.
static void replace(Number *target, Number value) {
  free(target->limbs);
  *target = value;
}

static int compare(Number x, Number y) {
  if (x.count != y.count)
    return x.count < y.count ? -1 : 1;
  for (int i = x.count; i-- > 0;)
    if (x.limbs[i] != y.limbs[i])
      return x.limbs[i] < y.limbs[i] ? -1 : 1;
  return 0;
}

// Adds y to the limbs at `to`, as far up as the carry goes.
static void add_limbs(uint32_t *to, const uint32_t *y, int count) {
  uint64_t carry = 0;
  for (int i = 0; i < count || carry; i++) {
    carry += (uint64_t)to[i] + (i < count ? y[i] : 0);
    to[i] = (uint32_t)carry;
    carry >>= 32;
  }
}

static void subtract_limbs(uint32_t *from, const uint32_t *y, int count) {
  uint64_t borrow = 0;
  for (int i = 0; i < count || borrow; i++) {
    uint64_t difference = (uint64_t)from[i] - (i < count ? y[i] : 0) - borrow;
    from[i] = (uint32_t)difference;
    borrow = difference >> 63;
  }
}

static Number add(Number x, Number y) {
  Number sum = make((x.count > y.count ? x.count : y.count) + 1);
  memcpy(sum.limbs, x.limbs, (size_t)x.count * sizeof *x.limbs);
  add_limbs(sum.limbs, y.limbs, y.count);
  return trim(sum);
}

// x must not be less than y.
static Number subtract(Number x, Number y) {
  Number difference = make(x.count);
  memcpy(difference.limbs, x.limbs, (size_t)x.count * sizeof *x.limbs);
  subtract_limbs(difference.limbs, y.limbs, y.count);
  return trim(difference);
}

static void multiply_school(const uint32_t *x, int x_count, const uint32_t *y,
                            int y_count, uint32_t *product) {
  memset(product, 0, (size_t)(x_count + y_count) * sizeof *product);
  for (int i = 0; i < x_count; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < y_count; j++) {
      carry += (uint64_t)x[i] * y[j] + product[i + j];
      product[i + j] = (uint32_t)carry;
      carry >>= 32;
    }
    product[i + y_count] = (uint32_t)carry;
  }
}

// Multiplies two numbers of n limbs into 2n limbs. With x = a + bB, y = c + dB:
// xy = ac + ((a + b)(c + d) - ac - bd)B + bdBB.
static void multiply_karatsuba(const uint32_t *x, const uint32_t *y, int n,
                               uint32_t *product) {
  if (n < karatsuba_limbs) {
    multiply_school(x, n, y, n, product);
    return;
  }
  int low = n / 2, high = n - low, sum = high + 1;
  uint32_t *memory = calloc(4 * (size_t)sum + 2, sizeof *memory);
  uint32_t *a_b = memory, *c_d = memory + sum, *middle = memory + 2 * sum;
  memcpy(a_b, x + low, (size_t)high * sizeof *x);
  memcpy(c_d, y + low, (size_t)high * sizeof *y);
  add_limbs(a_b, x, low);
  add_limbs(c_d, y, low);
  multiply_karatsuba(a_b, c_d, sum, middle);
  multiply_karatsuba(x, y, low, product);
  multiply_karatsuba(x + low, y + low, high, product + 2 * low);
  subtract_limbs(middle, product, 2 * low);
  subtract_limbs(middle, product + 2 * low, 2 * high);
  int count = 2 * sum;
  while (count && !middle[count - 1])
    count--;
  add_limbs(product + low, middle, count);
  free(memory);
}

static Number multiply(Number x, Number y) {
  Number product = make(x.count + y.count);
  if (x.count == y.count)
    multiply_karatsuba(x.limbs, y.limbs, x.count, product.limbs);
  else
    multiply_school(x.limbs, x.count, y.limbs, y.count, product.limbs);
  return trim(product);
}

// Divides in place by a word and returns the remainder.
static uint32_t divide_word(Number *x, uint32_t divisor) {
  uint64_t rest = 0;
  for (int i = x->count; i-- > 0;) {
    rest = rest << 32 | x->limbs[i];
    x->limbs[i] = (uint32_t)(rest / divisor);
    rest %= divisor;
  }
  *x = trim(*x);
  return (uint32_t)rest;
}

static Number shift_left(Number x, int bits) {
  Number shifted = make(x.count + bits / 32 + 1);
  for (int i = 0; i < x.count; i++) {
    uint64_t wide = (uint64_t)x.limbs[i] << (bits % 32);
    shifted.limbs[i + bits / 32] |= (uint32_t)wide;
    shifted.limbs[i + bits / 32 + 1] = (uint32_t)(wide >> 32);
  }
  return trim(shifted);
}

static Number shift_right(Number x, int bits) {
  if (x.count <= bits / 32)
    return make(0);
  Number shifted = make(x.count - bits / 32);
  for (int i = 0; i < shifted.count; i++) {
    const uint32_t *limb = x.limbs + i + bits / 32;
    uint64_t wide = limb[0] | (i + 1 < shifted.count ? (uint64_t)limb[1] : 0)
                                  << 32;
    shifted.limbs[i] = (uint32_t)(wide >> (bits % 32));
  }
  return trim(shifted);
}

// Guesses a limb of the quotient from the top three limbs of what is left and
// the top two of the divisor; at most one too large.
static uint32_t guess_limb(const uint32_t *top, uint32_t high, uint32_t low) {
  uint64_t two = (uint64_t)top[0] << 32 | top[-1];
  uint64_t guess = two / high, rest = two % high;
  while (guess >> 32 || guess * low > (rest << 32 | top[-2])) {
    guess--;
    rest += high;
    if (rest >> 32)
      break;
  }
  return (uint32_t)guess;
}

// Takes guess * y from the limbs at x; true if that was once too often.
static bool take_multiple(uint32_t *x, Number y, uint32_t guess) {
  uint64_t carry = 0, borrow = 0;
  for (int i = 0; i < y.count; i++) {
    carry += (uint64_t)guess * y.limbs[i];
    uint64_t difference = (uint64_t)x[i] - (uint32_t)carry - borrow;
    x[i] = (uint32_t)difference;
    borrow = difference >> 63;
    carry >>= 32;
  }
  uint64_t difference = (uint64_t)x[y.count] - carry - borrow;
  x[y.count] = (uint32_t)difference;
  return difference >> 63;
}

static void add_back(uint32_t *x, Number y) {
  uint64_t carry = 0;
  for (int i = 0; i < y.count; i++) {
    carry += (uint64_t)x[i] + y.limbs[i];
    x[i] = (uint32_t)carry;
    carry >>= 32;
  }
  x[y.count] += (uint32_t)carry;
}

// Divides x by y, of two limbs or more; gives the quotient or the remainder.
static Number divide(Number x, Number y, bool want_rest) {
  int bits = 0;
  while (!(y.limbs[y.count - 1] << bits >> 31))
    bits++;
  Number left = shift_left(x, bits), divisor = shift_left(y, bits);
  int n = divisor.count, steps = x.count - n + 1;
  Number quotient = make(steps > 0 ? steps : 0);
  for (int i = steps; i-- > 0;) {
    uint32_t guess = guess_limb(left.limbs + i + n, divisor.limbs[n - 1],
                                divisor.limbs[n - 2]);
    if (take_multiple(left.limbs + i, divisor, guess)) {
      guess--;
      add_back(left.limbs + i, divisor);
    }
    quotient.limbs[i] = guess;
  }
  Number rest = shift_right(trim(left), bits);
  free(left.limbs);
  free(divisor.limbs);
  free(want_rest ? quotient.limbs : rest.limbs);
  return want_rest ? rest : trim(quotient);
}

// Returns the digits, to be freed.
static char *to_decimal(Number x) {
  Number left = shift_left(x, 0);
  size_t capacity = (size_t)x.count * 10 + 11, at = capacity;
  char *text = malloc(capacity);
  text[--at] = 0;
  do {
    uint32_t group = divide_word(&left, 1000000000);
    for (int i = 0; i < 9 && (left.count || group || i == 0); i++) {
      text[--at] = (char)('0' + group % 10);
      group /= 10;
    }
  } while (left.count);
  memmove(text, text + at, capacity - at);
  free(left.limbs);
  return text;
}

static void show(const char *name, Number x) {
  char *text = to_decimal(x);
  size_t length = strlen(text);
  printf("%-10s %5u digits %.20s...%s %016" PRIx64 "\n", name, (unsigned)length,
         text, text + (length > 20 ? length - 20 : 0),
         checksum(checksum_start, text, length));
  free(text);
}

static void show_factorial(uint32_t n) {
  Number product = from_word(1);
  for (uint32_t i = 2; i <= n; i++) {
    Number factor = from_word(i);
    replace(&product, multiply(product, factor));
    free(factor.limbs);
  }
  show("factorial", product);
  free(product.limbs);
}

// F(2k) = F(k) (2 F(k+1) - F(k)), F(2k+1) = F(k)^2 + F(k+1)^2.
static void show_fibonacci(uint32_t n) {
  Number a = from_word(0), b = from_word(1);
  for (int bit = 31; bit >= 0; bit--) {
    Number twice = shift_left(b, 1), rest = subtract(twice, a);
    Number aa = multiply(a, a), bb = multiply(b, b);
    replace(&a, multiply(a, rest));
    replace(&b, add(aa, bb));
    if (n >> bit & 1) {
      Number next = add(a, b);
      free(a.limbs);
      a = b;
      b = next;
    }
    free(twice.limbs), free(rest.limbs), free(aa.limbs), free(bb.limbs);
  }
  show("fibonacci", a);
  free(a.limbs), free(b.limbs);
}

// Returns arctan(1 / x) * one by its power series.
static Number inverse_tangent(Number one, uint32_t x) {
  Number power = shift_left(one, 0), sum[2] = {make(0), make(0)};
  divide_word(&power, x);
  for (uint32_t i = 0; power.count; i++) {
    Number term = shift_left(power, 0);
    divide_word(&term, 2 * i + 1);
    replace(&sum[i % 2], add(sum[i % 2], term));
    divide_word(&power, x * x);
    free(term.limbs);
  }
  Number result = subtract(sum[0], sum[1]);
  free(sum[0].limbs), free(sum[1].limbs), free(power.limbs);
  return result;
}

// pi = 16 arctan(1/5) - 4 arctan(1/239), with nine digits to spare.
static void show_pi(int groups) {
  Number one = from_word(1), billion = from_word(1000000000);
  for (int i = 0; i <= groups; i++)
    replace(&one, multiply(one, billion));
  Number a = inverse_tangent(one, 5), b = inverse_tangent(one, 239);
  replace(&a, shift_left(a, 4));
  replace(&b, shift_left(b, 2));
  Number pi = subtract(a, b);
  divide_word(&pi, 1000000000);
  show("pi", pi);
  free(one.limbs), free(billion.limbs), free(a.limbs), free(b.limbs);
  free(pi.limbs);
}

// Is 2^p - 1 prime? s -> s^2 - 2 ends at 0 after p - 2 steps from 4.
static void test_mersenne(int p) {
  Number one = from_word(1), two = from_word(2), s = from_word(4);
  Number power = shift_left(one, p), m = subtract(power, one);
  for (int i = 0; i < p - 2; i++) {
    Number square = multiply(s, s), less = subtract(square, two);
    replace(&s, divide(less, m, true));
    free(square.limbs), free(less.limbs);
  }
  printf("2^%d - 1 is %s\n", p, s.count ? "not prime" : "prime");
  free(one.limbs), free(two.limbs), free(s.limbs);
  free(power.limbs), free(m.limbs);
}

static Number random_number(Random *random, int count) {
  Number x = make(count);
  for (int i = 0; i < count; i++)
    x.limbs[i] = random_below(random, 4) ? random_next(random)
                                         : 0u - random_below(random, 2);
  x.limbs[count - 1] |= 1;
  return x;
}

// x = (x / y) y + x % y, and the remainder is less than y.
static void check_division(int cases) {
  Random random = {6};
  int wrong = 0;
  for (int i = 0; i < cases; i++) {
    Number x = random_number(&random, 1 + (int)random_below(&random, 90));
    Number y = random_number(&random, 2 + (int)random_below(&random, 40));
    Number quotient = divide(x, y, false), rest = divide(x, y, true);
    Number product = multiply(quotient, y), sum = add(product, rest);
    wrong += compare(sum, x) != 0 || compare(rest, y) >= 0;
    free(x.limbs), free(y.limbs), free(quotient.limbs), free(rest.limbs);
    free(product.limbs), free(sum.limbs);
  }
  printf("division: %d of %d wrong\n", wrong, cases);
}

static void show_power(void) {
  Random random = {13};
  Number base = random_number(&random, 16),
         modulus = random_number(&random, 16);
  Number result = from_word(1);
  for (int bit = 0; bit < 256; bit++) {
    Number square = multiply(result, result);
    if (random_below(&random, 2))
      replace(&square, multiply(square, base));
    replace(&result, divide(square, modulus, true));
    free(square.limbs);
  }
  show("power", result);
  free(base.limbs), free(modulus.limbs), free(result.limbs);
}

int main(void) {
  check_division(1500);
  show_factorial(1500);
  show_fibonacci(100000);
  show_pi(112);
  show_power();
  test_mersenne(1277);
  test_mersenne(1279);
  return 0;
}
