/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

/*
 * What tests/bench/worker measures: wolfSSL alone, the TPM alone, cryptod from
 * outside, and enforce/ in its own process.  Times are nanoseconds.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "wire/wire.h"

/* A stop watch: wall time, and what this process used of a processor. */
struct lap {
	uint64_t	wall;
	uint64_t	cpu;
};

uint64_t lap_now(void);
struct lap lap_start(void);
void lap_stop(struct lap *l);

/* One of wolfSSL's operations for about so long; NOT_FOUND for a name that
 * is none. */
enum err bare_run(const char *name, unsigned ms, uint64_t *count,
    struct lap *lap);

/* The same with tpm/, which checks what comes back, and a software TPM that is
 * new: "sign", a signature of the root key, and "step", one of the epoch's
 * counter.  The TPM is made before the time begins. */
enum err chip_run(const char *name, unsigned ms, uint64_t *count,
    struct lap *lap);

/* A key pair and a signature for bare_verify(). */
struct bare_signed;
enum err bare_signed_new(size_t len, struct bare_signed **out);
enum err bare_signed_check(struct bare_signed *s);

/* Where a connection goes: the channel of this domain. */
struct target {
	const char	*vm_id;
	const char	*path;
};

#define KEPT_MAX 256

/* Some of the answers, whole envelopes. */
struct kept {
	size_t		n;
	struct span	at[KEPT_MAX];
};

/* The requests of one connection, all made before the first is sent. */
struct order {
	int		 fd;
	uint8_t		*bytes;
	size_t		*ends;		/* of each request in bytes */
	size_t		 n;
	size_t		 sent;
	size_t		 answered;
	uint64_t	*times;		/* sent at; then how long it took */
	uint8_t		*in;
	size_t		 in_len;
};

/* Room for n requests over a new connection to path. */
enum err order_new(const char *path, size_t n, struct order *out);
void order_drop(struct order *o);
/* Add a request, framed. */
enum err order_add(struct order *o, const struct msg *m);

struct outcome {
	uint64_t	 answered;
	uint64_t	 granted;
	struct lap	 lap;
	uint64_t	*times;		/* sorted, answered of them */
};

/* Send all of them, at most so many outstanding on each connection, and take
 * all answers.  The first connection's first are kept. */
enum err orders_run(struct order *o, size_t n, size_t outstanding,
    struct outcome *out, struct kept *kept);

/* Tokens in the kept answers, verified again and again for about so long, in
 * turn with as many signatures by wolfSSL alone. */
struct verified {
	uint64_t	count;
	struct lap	full, bare;
};
enum err verify_run(const char *trust, const struct target *from,
    const struct kept *kept, unsigned ms, struct verified *out);

/* An event log of 64 KiB, with a rule for each of its events, given to a
 * zygote for about so long: from the question to the verdict of a new child,
 * who must find it good. */
struct appraised_logs {
	uint64_t	count, wall, longest;
	size_t		bytes;
};
enum err logs_run(unsigned ms, struct appraised_logs *out);

#endif
