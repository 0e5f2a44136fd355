#ifndef RINGSIDE_H
#define RINGSIDE_H

/* Ringside's C interface: what the Python package, and any other language, builds on.
 *
 * Integers are 64 bits wide and numbers are doubles, so that a caller needs no knowledge of how
 * narrower arguments are passed. Times are nanoseconds. Nothing here throws or aborts on bad input.
 *
 * Functions that return `ringside_code` return one of the codes below. Functions that return a
 * pointer return NULL on failure. Either way ringside_error_text() says what happened. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RINGSIDE_API __attribute__((visibility("default")))

typedef int64_t ringside_code;
enum {
    RINGSIDE_OK = 0,
    RINGSIDE_END_OF_DATA = 1,
    RINGSIDE_MARKET_FEED = 2,
    RINGSIDE_ORDER_RESPONSE = 3,
    RINGSIDE_ORDER_ID_EXISTS = 10,
    RINGSIDE_REQUEST_IN_FLIGHT = 11,
    RINGSIDE_ORDER_NOT_FOUND = 12,
    RINGSIDE_INVALID_REQUEST = 13,
    RINGSIDE_INVALID_ORDER_STATUS = 14,
    RINGSIDE_UNKNOWN_ASSET = 16,     /* asset number out of range */
    RINGSIDE_REQUEST_RING_FULL = 20, /* the venue does not keep up; nothing was sent */
    RINGSIDE_CLOSED = 21,            /* the session was closed before */
    RINGSIDE_VENUE_LOST = 22,        /* the venue service ended while it was in use */
    RINGSIDE_RECORDER_FULL = 23,     /* the recorder has no room for the row */
    RINGSIDE_DATA_ERROR = 100,       /* damaged data; every later call returns it, too */
    RINGSIDE_FAILURE = 101           /* anything else that went wrong */
};

/* Kind of the last failure in this thread; the exit status of Ringside's programs. */
enum {
    RINGSIDE_ERROR_INTERNAL = 1,
    RINGSIDE_ERROR_USAGE = 2,
    RINGSIDE_ERROR_DATA = 3,
    RINGSIDE_ERROR_IO = 4,
    RINGSIDE_ERROR_BUS = 5,
    RINGSIDE_ERROR_VENUE_LOST = 6
};
RINGSIDE_API int64_t ringside_error_kind(void);
/* Valid until the next failure in this thread; empty when nothing has failed. */
RINGSIDE_API const char* ringside_error_text(void);
RINGSIDE_API const char* ringside_version(void);

/* ---- What is simulated ---- */

typedef struct ringside_venue ringside_venue;

/* One recorded market event; HftBacktest's event_dtype. */
typedef struct {
    uint64_t ev;
    int64_t exch_ts, local_ts;
    double px, qty;
    uint64_t order_id;
    int64_t ival;
    double fval;
} ringside_event;

/* One measured order round trip. */
typedef struct {
    int64_t req_ts, exch_ts, resp_ts, padding;
} ringside_latency_row;

enum {
    RINGSIDE_QUEUE_RISK_ADVERSE,
    RINGSIDE_QUEUE_POWER_PROB,
    RINGSIDE_QUEUE_POWER_PROB2,
    RINGSIDE_QUEUE_POWER_PROB3,
    RINGSIDE_QUEUE_LOG_PROB,
    RINGSIDE_QUEUE_LOG_PROB2,
    RINGSIDE_QUEUE_L3_FIFO
};
enum { RINGSIDE_EXCHANGE_NO_PARTIAL_FILL, RINGSIDE_EXCHANGE_PARTIAL_FILL };
enum { RINGSIDE_FEE_VALUE, RINGSIDE_FEE_QTY, RINGSIDE_FEE_FLAT };

/* A description without assets; `compat` simulates as HftBacktest 2.4 does, defects included. */
RINGSIDE_API ringside_venue* ringside_venue_new(int64_t compat);
RINGSIDE_API void ringside_venue_free(ringside_venue*);
/* Adds the next asset; the ringside_asset_* functions below describe the one added last. Arrays are
 * not copied: they must stay as they are until the session that was opened on them is freed. */
RINGSIDE_API ringside_code ringside_venue_add_asset(ringside_venue*, const char* symbol,
                                                    double tick_size, double lot_size);
RINGSIDE_API ringside_code ringside_asset_contract(ringside_venue*, int64_t inverse, double size);
RINGSIDE_API ringside_code ringside_asset_data_file(ringside_venue*, const char* path);
RINGSIDE_API ringside_code ringside_asset_data_rows(ringside_venue*, const ringside_event*,
                                                    int64_t count);
RINGSIDE_API ringside_code ringside_asset_snapshot_file(ringside_venue*, const char* path);
RINGSIDE_API ringside_code ringside_asset_snapshot_rows(ringside_venue*, const ringside_event*,
                                                        int64_t count);
RINGSIDE_API ringside_code ringside_asset_feed_offset(ringside_venue*, int64_t offset_ns);
RINGSIDE_API ringside_code ringside_asset_latency(ringside_venue*, int64_t entry_ns,
                                                  int64_t response_ns);
RINGSIDE_API ringside_code ringside_asset_latency_file(ringside_venue*, const char* path);
RINGSIDE_API ringside_code ringside_asset_latency_rows(ringside_venue*, const ringside_latency_row*,
                                                       int64_t count);
RINGSIDE_API ringside_code ringside_asset_latency_data_offset(ringside_venue*, int64_t offset_ns);
RINGSIDE_API ringside_code ringside_asset_queue(ringside_venue*, int64_t kind, double power);
RINGSIDE_API ringside_code ringside_asset_exchange(ringside_venue*, int64_t kind);
RINGSIDE_API ringside_code ringside_asset_fee(ringside_venue*, int64_t kind, double maker,
                                              double taker);
/* Added to the fee of buys and of sells, as parts of the executed value; not to flat fees. */
RINGSIDE_API ringside_code ringside_asset_directional_fee(ringside_venue*, double buyer,
                                                          double seller);
/* Way of modifies and cancels to the venue, where it differs from that of ringside_asset_latency(),
 * which is to be called before. No request overtakes one that was sent before it. */
RINGSIDE_API ringside_code ringside_asset_entry_latencies(ringside_venue*, int64_t modify_ns,
                                                          int64_t cancel_ns);
/* Books keep only levels of these prices, both included. */
RINGSIDE_API ringside_code ringside_asset_range(ringside_venue*, double lower, double upper);

/* ---- Models of the caller's ---- */

/* Functions that the simulation calls, in the thread that lets time pass, until the session is
 * freed. A result must depend on the arguments alone, and on what a queue model keeps in `state`;
 * one outside of its bounds ends the session with a message that has the model's `name`. */

enum { RINGSIDE_QUEUE_STATE_SIZE = 8 };

/* An own order at rest, at the moment of an event that concerns it. */
typedef struct {
    uint64_t order_id;
    int64_t side; /* 1 buy, -1 sell */
    int64_t price_tick;
    double leaves_qty;
    int64_t exch_ts;                      /* of the event */
    int64_t best_bid_tick, best_ask_tick; /* of the exchange's book, with the event in it */
    double tick_size, lot_size;
} ringside_queued_order;

/* `state` is what the model keeps for the order: RINGSIDE_QUEUE_STATE_SIZE numbers, 0 when it comes
 * to rest. The functions return 0, or anything else to end the session. */
typedef int64_t (*ringside_queue_new_order)(double* state, const ringside_queued_order*,
                                            double level_qty);
typedef int64_t (*ringside_queue_trade)(double* state, const ringside_queued_order*, double qty);
typedef int64_t (*ringside_queue_depth)(double* state, const ringside_queued_order*, double before,
                                        double after);
/* Asked after each trade: the quantity, 0 or more, that trades have reached since last asked. */
typedef double (*ringside_queue_filled)(double* state, const ringside_queued_order*);
/* `kind` is 1 for a submit, 2 a modify, 3 a cancel. Below 0: refused on the way, and that is heard
 * after so long. */
typedef int64_t (*ringside_entry_latency)(int64_t kind, int64_t req_ts);
typedef int64_t (*ringside_response_latency)(int64_t exch_ts);
/* `amount` is the executed value; a negative fee is a rebate. */
typedef double (*ringside_fee_of)(int64_t maker, int64_t side, double price, double qty,
                                  double amount);

RINGSIDE_API ringside_code ringside_asset_custom_queue(ringside_venue*, const char* name,
                                                       ringside_queue_new_order,
                                                       ringside_queue_trade, ringside_queue_depth,
                                                       ringside_queue_filled);
/* No entry latency is below `least_entry_ns`, refusals excepted, and no response latency below
 * `least_response_ns`. */
RINGSIDE_API ringside_code ringside_asset_custom_latency(ringside_venue*, const char* name,
                                                         ringside_entry_latency,
                                                         ringside_response_latency,
                                                         int64_t least_entry_ns,
                                                         int64_t least_response_ns);
RINGSIDE_API ringside_code ringside_asset_custom_fee(ringside_venue*, const char* name,
                                                     ringside_fee_of);

/* ---- A bot's session ---- */

typedef struct ringside_session ringside_session;
typedef struct ringside_asset ringside_asset;

/* What follows may be read in place, without a call, by strategies that are compiled at run time.
 * They may be kept compiled while this library changes: a layout that changes takes functions of
 * other names with it, ringside_asset_at() above all. */

/* An order in the session's table, where it stays until it is cleared. */
typedef struct {
    uint64_t order_id;
    int64_t price_tick, qty_lots, leaves_lots, exec_lots, exec_price_tick;
    double exec_fee;
    int64_t exch_timestamp, exch_timestamp_at_request, local_timestamp;
    uint64_t request;
    int64_t confirmed_price_tick, confirmed_qty_lots;
    double queue_ahead;
    int8_t side;
    uint8_t time_in_force, order_type, status, req, maker;
} ringside_order;

typedef struct {
    uint64_t order_id;
    const ringside_order* order; /* NULL where there is none */
} ringside_order_slot;

/* The orders of an asset. By id: the slots are searched from
 * order_id * 0x9e3779b97f4a7c15 (modulo 2^64) >> shift upwards, up to the first without an order;
 * behind the last comes the first. There are 2^(64 - shift). */
typedef struct {
    const ringside_order* const* orders; /* in the order of submission */
    int64_t count;
    const ringside_order_slot* slots;
    uint64_t shift;
} ringside_orders;

struct ringside_asset {
    const ringside_orders* orders; /* empty once the session is closed */
    double tick_size;
    ringside_session* session;
    int64_t no;
};

/* Simulates the venue in this process. */
RINGSIDE_API ringside_session* ringside_open(const ringside_venue*);
/* Attaches to a venue service, live or replaying. */
RINGSIDE_API ringside_session* ringside_connect(const char* bus, const char* bot_name);
/* On a live bus: SIGINT and SIGTERM end the session's time, once; calls that let time pass return
 * RINGSIDE_END_OF_DATA from then on. A second signal does what it did before. */
RINGSIDE_API ringside_code ringside_stop_on_signals(ringside_session*);
/* On a live bus: whether a book that breaks, orders that are not taken for now, and refused requests
 * end the session's time likewise; they are counted in any case. */
RINGSIDE_API ringside_code ringside_stop_on_error(ringside_session*, int64_t stop);
RINGSIDE_API int64_t ringside_live_errors(const ringside_session*);
/* Ends the session; again: does nothing. Its handles stay valid, and show nothing, until
 * ringside_free(). */
RINGSIDE_API ringside_code ringside_close(ringside_session*);
RINGSIDE_API void ringside_free(ringside_session*);
/* Writes every request and response to a .npy file, which appears under its name on close. */
RINGSIDE_API ringside_code ringside_log_orders(ringside_session*, const char* path);

RINGSIDE_API int64_t ringside_current_timestamp(const ringside_session*);
RINGSIDE_API int64_t ringside_num_assets(const ringside_session*);
RINGSIDE_API int64_t ringside_events_processed(const ringside_session*);
RINGSIDE_API ringside_code ringside_elapse(ringside_session*, int64_t duration_ns);
RINGSIDE_API ringside_code ringside_wait_next_feed(ringside_session*, int64_t include_order_resp,
                                                   int64_t timeout_ns);
RINGSIDE_API ringside_code ringside_wait_order_response(ringside_session*, int64_t asset_no,
                                                        uint64_t order_id, int64_t timeout_ns);
RINGSIDE_API ringside_code ringside_go_to_end(ringside_session*);

/* `side` is 1 (buy) or -1 (sell). */
RINGSIDE_API ringside_code ringside_submit(ringside_session*, int64_t asset_no, int64_t side,
                                           uint64_t order_id, double price, double qty,
                                           int64_t time_in_force, int64_t order_type, int64_t wait);
RINGSIDE_API ringside_code ringside_modify(ringside_session*, int64_t asset_no, uint64_t order_id,
                                           double price, double qty, int64_t wait);
RINGSIDE_API ringside_code ringside_cancel(ringside_session*, int64_t asset_no, uint64_t order_id,
                                           int64_t wait);
/* An asset number of -1 means all assets. */
RINGSIDE_API ringside_code ringside_clear_inactive_orders(ringside_session*, int64_t asset_no);
RINGSIDE_API ringside_code ringside_clear_last_trades(ringside_session*, int64_t asset_no);
RINGSIDE_API ringside_code ringside_keep_last_trades(ringside_session*, int64_t asset_no,
                                                     int64_t expected);

/* ---- What a session shows of one asset ---- */

/* NULL when out of range. Valid until the session is freed. */
RINGSIDE_API ringside_asset* ringside_asset_at(ringside_session*, int64_t asset_no);
RINGSIDE_API ringside_session* ringside_asset_session(const ringside_asset*);
RINGSIDE_API int64_t ringside_asset_no(const ringside_asset*);

RINGSIDE_API double ringside_position(const ringside_asset*);
RINGSIDE_API double ringside_balance(const ringside_asset*);
RINGSIDE_API double ringside_fee(const ringside_asset*);
RINGSIDE_API int64_t ringside_num_trades(const ringside_asset*);
RINGSIDE_API double ringside_trading_volume(const ringside_asset*);
RINGSIDE_API double ringside_trading_value(const ringside_asset*);

/* Valid until the session is closed; empty from then on. */
RINGSIDE_API const char* ringside_symbol(const ringside_asset*);
RINGSIDE_API double ringside_tick_size(const ringside_asset*);
RINGSIDE_API double ringside_lot_size(const ringside_asset*);
/* Prices are NaN, ticks INT64_MIN (bid) or INT64_MAX (ask), quantities 0 where a side is empty. */
RINGSIDE_API double ringside_best_bid(const ringside_asset*);
RINGSIDE_API double ringside_best_ask(const ringside_asset*);
RINGSIDE_API int64_t ringside_best_bid_tick(const ringside_asset*);
RINGSIDE_API int64_t ringside_best_ask_tick(const ringside_asset*);
RINGSIDE_API double ringside_best_bid_qty(const ringside_asset*);
RINGSIDE_API double ringside_best_ask_qty(const ringside_asset*);
RINGSIDE_API double ringside_bid_qty_at_tick(const ringside_asset*, int64_t tick);
RINGSIDE_API double ringside_ask_qty_at_tick(const ringside_asset*, int64_t tick);
/* Levels of both sides. */
RINGSIDE_API int64_t ringside_depth_levels(const ringside_asset*);
/* Writes up to `capacity` levels as snapshot rows: bids from the best down, then asks from the best
 * up; returns how many. */
RINGSIDE_API int64_t ringside_depth_snapshot(const ringside_asset*, ringside_event* rows,
                                             int64_t capacity);
/* Quantities by tick of a book with a range, from its first tick to its last; NULL without one.
 * Valid until the session is freed. */
RINGSIDE_API const double* ringside_bid_depth(const ringside_asset*);
RINGSIDE_API const double* ringside_ask_depth(const ringside_asset*);
RINGSIDE_API int64_t ringside_range_first_tick(const ringside_asset*);
RINGSIDE_API int64_t ringside_range_last_tick(const ringside_asset*);

/* Trades since the last clear. Valid until time passes. */
RINGSIDE_API const ringside_event* ringside_last_trades(const ringside_asset*);
RINGSIDE_API int64_t ringside_last_trades_count(const ringside_asset*);
/* exch_ts and local_ts of the last market event; NULL before the first. */
RINGSIDE_API const int64_t* ringside_feed_latency(const ringside_asset*);
/* req_ts, exch_ts and resp_ts of the last answer from the venue; NULL before the first. */
RINGSIDE_API const int64_t* ringside_order_latency(const ringside_asset*);

/* ---- Orders ---- */

/* HftBacktest's order_dtype. */
typedef struct {
    double qty, leaves_qty, exec_qty;
    int64_t exec_price_tick, price_tick;
    double tick_size;
    int64_t exch_timestamp, local_timestamp;
    uint64_t order_id;
    uint64_t reserved[2];
    uint8_t maker, order_type, req, status;
    int8_t side;
    uint8_t time_in_force;
    uint8_t padding[2];
} ringside_order_record;

RINGSIDE_API int64_t ringside_orders_count(const ringside_asset*);
/* By place in the order of submission; NULL past the end. */
RINGSIDE_API const ringside_order* ringside_orders_at(const ringside_asset*, int64_t place);
RINGSIDE_API const ringside_order* ringside_orders_find(const ringside_asset*, uint64_t order_id);
/* Returns 0 and writes nothing once the session is closed. */
RINGSIDE_API int64_t ringside_order_read(const ringside_asset*, const ringside_order*,
                                         ringside_order_record*);

RINGSIDE_API uint64_t ringside_order_id(const ringside_asset*, const ringside_order*);
RINGSIDE_API double ringside_order_price(const ringside_asset*, const ringside_order*);
RINGSIDE_API double ringside_order_exec_price(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_price_tick(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_exec_price_tick(const ringside_asset*, const ringside_order*);
RINGSIDE_API double ringside_order_qty(const ringside_asset*, const ringside_order*);
RINGSIDE_API double ringside_order_leaves_qty(const ringside_asset*, const ringside_order*);
RINGSIDE_API double ringside_order_exec_qty(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_side(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_status(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_req(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_type(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_time_in_force(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_cancellable(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_maker(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_exch_timestamp(const ringside_asset*, const ringside_order*);
RINGSIDE_API int64_t ringside_order_local_timestamp(const ringside_asset*, const ringside_order*);

/* ---- Recorder ---- */

/* One sample of one asset; HftBacktest's record_dtype. */
typedef struct {
    int64_t timestamp;
    double price, position, balance, fee;
    int64_t num_trades;
    double trading_volume, trading_value;
} ringside_record;

typedef struct ringside_recorder ringside_recorder;

/* Room for `capacity` samples of all assets; with `grows`, for more when they are full. */
RINGSIDE_API ringside_recorder* ringside_recorder_new(int64_t num_assets, int64_t capacity,
                                                      int64_t grows);
RINGSIDE_API void ringside_recorder_free(ringside_recorder*);
RINGSIDE_API ringside_code ringside_recorder_record(ringside_recorder*, const ringside_session*);
/* Rows of all assets, sample by sample. Valid until the recorder grows or is freed. */
RINGSIDE_API ringside_record* ringside_recorder_rows(const ringside_recorder*);
RINGSIDE_API int64_t ringside_recorder_size(const ringside_recorder*);
RINGSIDE_API int64_t ringside_recorder_capacity(const ringside_recorder*);
RINGSIDE_API int64_t ringside_recorder_num_assets(const ringside_recorder*);

#ifdef __cplusplus
}
#endif

#endif
