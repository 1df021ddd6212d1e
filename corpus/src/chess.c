// A chess board on 120 squares, its legal moves counted to a given depth from
// five well-known positions (the numbers are those of the chess programming
// community's "perft" tables), then a search for the best move by alpha-beta
// (McCarthy; Knuth and Moore 1975) with captures to the end, killer moves and a
// hash table with keys after Zobrist (1970).
// Stresses: branches, small tables, recursion, structures copied by value.
#include "common.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum {
  empty,
  pawn,
  knight,
  bishop,
  rook,
  queen,
  king,
  black = 8, // added to a piece
  outside = 16,
};

enum {
  most_moves = 256,
  most_depth = 32,
  mate = 30000,
  table_bits = 13,
};

typedef struct {
  uint8_t at[120];  // ten to a row, two rows and one column of border
  uint8_t side;     // 0 for white, `black` for black
  uint8_t castling; // bits: white short, white long, black short, black long
  uint8_t passed;   // the square a pawn just jumped over, or 0
  uint8_t kings[2];
} Board;

typedef struct {
  uint8_t from, to;
  uint8_t promoted; // piece without colour, or empty
  uint8_t captured; // piece that stands on `to`, or empty
} Move;

typedef struct {
  Move moves[most_moves];
  int count;
} MoveList;

static const int8_t directions[] = {-11, -10, -9, -1, 1, 9, 10, 11};
static const int8_t jumps[] = {-21, -19, -12, -8, 8, 12, 19, 21};

static bool is_enemy(const Board *board, int piece) {
  return piece && piece < outside && (piece & black) != board->side;
}

static void add_move(MoveList *list, const Board *board, int from, int to) {
  list->moves[list->count++] =
      (Move){(uint8_t)from, (uint8_t)to, empty, board->at[to]};
}

static void add_pawn_move(MoveList *list, const Board *board, int from,
                          int to) {
  if (to >= 30 && to < 90) {
    add_move(list, board, from, to);
    return;
  }
  for (int piece = queen; piece >= knight; piece--) {
    add_move(list, board, from, to);
    list->moves[list->count - 1].promoted = (uint8_t)piece;
  }
}

static void add_pawn_moves(MoveList *list, const Board *board, int from) {
  int step = board->side ? 10 : -10;
  bool home = board->side ? from / 10 == 3 : from / 10 == 8;
  if (!board->at[from + step]) {
    add_pawn_move(list, board, from, from + step);
    if (home && !board->at[from + 2 * step])
      add_move(list, board, from, from + 2 * step);
  }
  for (int to = from + step - 1; to <= from + step + 1; to += 2)
    if (is_enemy(board, board->at[to]) || to == board->passed)
      add_pawn_move(list, board, from, to);
}

// Adds moves along some directions, one step or as far as they go.
static void add_steps(MoveList *list, const Board *board, int from,
                      const int8_t *steps, bool slide) {
  for (int i = 0; i < 8; i++) {
    if (!steps[i])
      continue;
    for (int to = from + steps[i];; to += steps[i]) {
      if (!board->at[to] || is_enemy(board, board->at[to]))
        add_move(list, board, from, to);
      if (board->at[to] || !slide)
        break;
    }
  }
}

static bool slides_along(int piece, int direction) {
  bool straight =
      direction == 1 || direction == -1 || direction == 10 || direction == -10;
  return piece == queen || piece == (straight ? rook : bishop);
}

// Does the side `by` attack this square?
static bool is_attacked(const Board *board, int square, int by) {
  int step = by ? -10 : 10;
  if (board->at[square + step - 1] == (pawn | by) ||
      board->at[square + step + 1] == (pawn | by))
    return true;
  for (int i = 0; i < 8; i++) {
    if (board->at[square + jumps[i]] == (knight | by) ||
        board->at[square + directions[i]] == (king | by))
      return true;
    int to = square + directions[i];
    while (!board->at[to])
      to += directions[i];
    int piece = board->at[to];
    if (piece < outside && (piece & black) == by &&
        slides_along(piece & 7, directions[i]))
      return true;
  }
  return false;
}

static bool in_check(const Board *board, int side) {
  return is_attacked(board, board->kings[side != 0], side ^ black);
}

static void add_castling(MoveList *list, const Board *board) {
  int rights = board->castling >> (board->side ? 2 : 0);
  int e = board->kings[board->side != 0], enemy = board->side ^ black;
  const uint8_t *at = board->at;
  if (!(rights & 3) || is_attacked(board, e, enemy))
    return;
  if (rights & 1 && !at[e + 1] && !at[e + 2] &&
      !is_attacked(board, e + 1, enemy))
    add_move(list, board, e, e + 2);
  if (rights & 2 && !at[e - 1] && !at[e - 2] && !at[e - 3] &&
      !is_attacked(board, e - 1, enemy))
    add_move(list, board, e, e - 2);
}

static void add_piece_moves(MoveList *list, const Board *board, int from) {
  static const int8_t diagonals[8] = {-11, -9, 9, 11};
  static const int8_t straights[8] = {-10, -1, 1, 10};
  switch (board->at[from] & 7) {
  case pawn:
    add_pawn_moves(list, board, from);
    break;
  case knight:
    add_steps(list, board, from, jumps, false);
    break;
  case bishop:
    add_steps(list, board, from, diagonals, true);
    break;
  case rook:
    add_steps(list, board, from, straights, true);
    break;
  case queen:
    add_steps(list, board, from, directions, true);
    break;
  case king:
    add_steps(list, board, from, directions, false);
    break;
  }
}

// Lists all moves but for the rule that the king may not be left in check.
static void list_moves(MoveList *list, const Board *board) {
  list->count = 0;
  for (int row = 20; row < 100; row += 10)
    for (int from = row + 1; from <= row + 8; from++) {
      int piece = board->at[from];
      if (piece && (piece & black) == board->side)
        add_piece_moves(list, board, from);
    }
  add_castling(list, board);
}

static int rights_kept(int square) {
  switch (square) {
  case 21:
    return ~8;
  case 25:
    return ~12;
  case 28:
    return ~4;
  case 91:
    return ~2;
  case 95:
    return ~3;
  case 98:
    return ~1;
  default:
    return ~0;
  }
}

static void move_rook(Board *board, int from, int to) {
  board->at[to] = board->at[from];
  board->at[from] = empty;
}

// Makes a move on a copy; false if it leaves the own king in check.
static bool play(const Board *before, Move move, Board *board) {
  *board = *before;
  int piece = board->at[move.from], kind = piece & 7, side = board->side;
  board->at[move.from] = empty;
  board->at[move.to] = (uint8_t)(move.promoted ? move.promoted | side : piece);
  board->castling &= (uint8_t)(rights_kept(move.from) & rights_kept(move.to));
  board->passed = 0;
  int distance = move.to - move.from;
  if (kind == pawn && move.to == before->passed)
    board->at[move.to + (side ? -10 : 10)] = empty;
  if (kind == pawn && (distance == 20 || distance == -20))
    board->passed = (uint8_t)(move.from + distance / 2);
  if (kind == king) {
    board->kings[side != 0] = move.to;
    if (distance == 2)
      move_rook(board, move.to + 1, move.to - 1);
    if (distance == -2)
      move_rook(board, move.to - 2, move.to + 1);
  }
  board->side ^= black;
  return !in_check(board, side);
}

static uint64_t count_leaves(const Board *board, int depth) {
  MoveList list;
  Board after;
  list_moves(&list, board);
  uint64_t leaves = 0;
  for (int i = 0; i < list.count; i++)
    if (play(board, list.moves[i], &after))
      leaves += depth > 1 ? count_leaves(&after, depth - 1) : 1;
  return leaves;
}

static int piece_of(char c) {
  static const char letters[] = " PNBRQK";
  char upper = c >= 'a' ? (char)(c - 'a' + 'A') : c;
  return (int)(strchr(letters, upper) - letters) | (c >= 'a' ? black : 0);
}

// Reads the notation of Forsyth and Edwards, without the counters.
static void set_board(Board *board, const char *text) {
  memset(board, 0, sizeof *board);
  memset(board->at, outside, sizeof board->at);
  for (int row = 20; row < 100; row += 10, text++)
    for (int square = row + 1; square <= row + 8; text++) {
      if (*text >= '1' && *text <= '8') {
        for (int n = *text - '0'; n; n--)
          board->at[square++] = empty;
        continue;
      }
      int piece = piece_of(*text);
      if ((piece & 7) == king)
        board->kings[piece > black] = (uint8_t)square;
      board->at[square++] = (uint8_t)piece;
    }
  board->side = *text == 'b' ? black : 0;
  for (text += 2; *text && *text != ' '; text++) {
    const char *found = strchr("KQkq", *text);
    if (found)
      board->castling |= (uint8_t)(1 << (found - "KQkq"));
  }
}

typedef struct {
  uint64_t key;
  Move best;
  int16_t score;
  int8_t depth;
  int8_t bound; // 1: at least the score, -1: at most, 0: exactly
} Entry;

typedef struct {
  uint64_t keys[120][16];
  Entry table[1 << table_bits];
  Move killers[most_depth];
  uint64_t nodes;
} Search;

static uint64_t key_of(const Search *search, const Board *board) {
  uint64_t key = (uint64_t)board->castling * 0x9e3779b97f4a7c15u ^
                 (uint64_t)board->passed * 0xbf58476d1ce4e5b9u ^
                 (uint64_t)board->side * 0x94d049bb133111ebu;
  for (int row = 20; row < 100; row += 10)
    for (int square = row + 1; square <= row + 8; square++)
      if (board->at[square])
        key ^= search->keys[square][board->at[square]];
  return key;
}

// Material, and a little for the middle and for pawns that went far.
static int evaluate(const Board *board) {
  static const int16_t values[7] = {0, 100, 320, 330, 500, 900, 0};
  int score = 0;
  for (int row = 0; row < 8; row++)
    for (int column = 0; column < 8; column++) {
      int piece = board->at[21 + 10 * row + column], kind = piece & 7;
      if (!piece)
        continue;
      int near_row = row < 4 ? row : 7 - row;
      int near_column = column < 4 ? column : 7 - column;
      int value =
          values[kind] + (kind == king ? -4 : 4) * (near_row + near_column);
      if (kind == pawn)
        value += 6 * (piece & black ? row : 7 - row);
      score += (piece & black) == board->side ? value : -value;
    }
  return score;
}

static bool same_move(Move a, Move b) {
  return a.from == b.from && a.to == b.to && a.promoted == b.promoted;
}

// Brings the most promising of the moves from i on to place i.
static void choose_next(MoveList *list, int i, const Board *board, Move hashed,
                        Move killer) {
  int best = i, best_worth = -1;
  for (int j = i; j < list->count; j++) {
    Move m = list->moves[j];
    int worth = m.promoted;
    if (same_move(m, hashed))
      worth = 1000;
    else if (m.captured)
      worth = 100 + 8 * (m.captured & 7) - (board->at[m.from] & 7);
    else if (same_move(m, killer))
      worth = 50;
    if (worth > best_worth) {
      best_worth = worth;
      best = j;
    }
  }
  Move kept = list->moves[i];
  list->moves[i] = list->moves[best];
  list->moves[best] = kept;
}

static int search_captures(Search *search, const Board *board, int alpha,
                           int beta) {
  search->nodes++;
  int score = evaluate(board);
  if (score >= beta)
    return score;
  if (score > alpha)
    alpha = score;
  MoveList list;
  Board after;
  list_moves(&list, board);
  for (int i = 0; i < list.count; i++) {
    choose_next(&list, i, board, (Move){0}, (Move){0});
    if (!list.moves[i].captured)
      break;
    if (!play(board, list.moves[i], &after))
      continue;
    int value = -search_captures(search, &after, -beta, -alpha);
    if (value > score)
      score = value;
    if (value > alpha)
      alpha = value;
    if (alpha >= beta)
      break;
  }
  return score;
}

static int search_moves(Search *search, const Board *board, int depth,
                        int alpha, int beta, int ply, Move *best_move);

// Looks in the table; true if the stored score settles the question.
static bool is_settled(const Entry *entry, int depth, int alpha, int beta) {
  if (entry->depth < depth)
    return false;
  return entry->bound == 0 || (entry->bound > 0 && entry->score >= beta) ||
         (entry->bound < 0 && entry->score <= alpha);
}

static int search_node(Search *search, const Board *board, int depth, int alpha,
                       int beta, int ply) {
  if (depth <= 0)
    return search_captures(search, board, alpha, beta);
  uint64_t key = key_of(search, board);
  Entry *entry = &search->table[key & ((1 << table_bits) - 1)];
  Move best = {0};
  if (entry->key == key) {
    if (is_settled(entry, depth, alpha, beta))
      return entry->score;
    best = entry->best;
  }
  int score = search_moves(search, board, depth, alpha, beta, ply, &best);
  int bound = score >= beta ? 1 : score <= alpha ? -1 : 0;
  *entry = (Entry){key, best, (int16_t)score, (int8_t)depth, (int8_t)bound};
  return score;
}

static int search_moves(Search *search, const Board *board, int depth,
                        int alpha, int beta, int ply, Move *best_move) {
  MoveList list;
  Board after;
  Move hashed = *best_move;
  int score = -mate;
  search->nodes++;
  list_moves(&list, board);
  for (int i = 0; i < list.count; i++) {
    choose_next(&list, i, board, hashed, search->killers[ply]);
    if (!play(board, list.moves[i], &after))
      continue;
    int value = -search_node(search, &after, depth - 1, -beta, -alpha, ply + 1);
    if (value > score) {
      score = value;
      *best_move = list.moves[i];
    }
    if (value > alpha)
      alpha = value;
    if (alpha >= beta) {
      if (!list.moves[i].captured)
        search->killers[ply] = list.moves[i];
      break;
    }
  }
  if (score == -mate)
    return in_check(board, board->side) ? -mate + ply : 0;
  return score;
}

static void print_square(int square) {
  printf("%c%d", 'a' + square % 10 - 1, 10 - square / 10);
}

static void run_search(const char *text, int depth) {
  static Search search;
  memset(&search, 0, sizeof search);
  Random random = {64};
  for (int i = 0; i < 120; i++)
    for (int j = 0; j < 16; j++)
      search.keys[i][j] = random_word(&random);
  Board board;
  set_board(&board, text);
  Move best = {0};
  for (int d = 1; d <= depth; d++) {
    int score = search_moves(&search, &board, d, -mate, mate, 0, &best);
    printf("depth %d: ", d);
    print_square(best.from);
    print_square(best.to);
    printf(" %d, %" PRIu64 " nodes\n", score, search.nodes);
  }
}

static void run_count(const char *text, int depth, uint64_t expected) {
  Board board;
  set_board(&board, text);
  uint64_t leaves = count_leaves(&board, depth);
  printf("%" PRIu64 " leaves at depth %d, %s\n", leaves, depth,
         leaves == expected ? "right" : "WRONG");
}

int main(void) {
  static const char start[] =
      "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq";
  static const char tangled[] =
      "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq";
  run_count(start, 4, 197281);
  run_count(tangled, 3, 97862);
  run_count("8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w -", 4, 43238);
  run_count("r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq", 3,
            9467);
  run_count("rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ", 3, 62379);
  run_search(tangled, 4);
  // The first of Reinfeld's 1001 (1955): a mate in three half moves.
  run_search("2rr3k/pp3pp1/1nnqbN1p/3pN3/2pP4/2P3Q1/PPB4P/R4RK1 w -", 4);
  return 0;
}
