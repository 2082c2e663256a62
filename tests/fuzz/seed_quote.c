/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Something good for each door of fuzz_quote, and something bad for each step
 * of an appraisal. */

#include <string.h>

#include "tests/fuzz/quote_flags.h"
#include "tests/fuzz/seed.h"

static enum err
put(const char *dir, char door, const char *name, struct span seed)
{
	return seed_write(dir, name, "seed", (struct span[]){
	    { (const uint8_t *)&door, 1 }, seed }, 2);
}

static enum err
put_evidence(const char *dir, struct court *c, const char *name,
    uint8_t flags)
{
	static uint8_t buf[8192];
	const uint8_t head[] = { 'a', flags };
	size_t len;

	quoter_evidence(&c->q, &c->e);
	TRY(evidence_encode(&c->e, buf, sizeof(buf), &len));
	return seed_write(dir, name, "evidence", (struct span[]){
	    SPAN(head), { buf, len } }, 2);
}

/* A scene as it should be, then changed. */
#define WITH(name, flags, change)                                       \
	do {                                                            \
		court_begin(&c);                                        \
		change;                                                 \
		TRY(put_evidence(dir, &c, name, flags));                \
	} while (0)

static enum err
put_steps(const char *dir)
{
	static struct court c;

	WITH("good", 0, (void)0);
	WITH("no-reference", FLAG_NO_REFERENCE, (void)0);
	WITH("no-memory", FLAG_NO_MEMORY, (void)0);
	WITH("ak", 0, c.q.key[0] = 1);
	WITH("attributes", 0, c.q.attributes = 0);
	WITH("magic", 0, c.q.magic = 0);
	WITH("type", 0, c.q.type = 0x8017);
	WITH("nonce", 0, c.q.extra.len = 31);
	WITH("sha1", 0, c.q.sig_hash = ATTEST_SHA1);
	WITH("selection", 0, c.q.bank[0].mask = 1u << 16 | 1u << 17 |
	    1u << 23);
	WITH("digest", 0, c.q.digest = SPAN(court_other));
	WITH("values", 0, memset(c.q.values, 7, sizeof(c.q.values)));
	WITH("reset", FLAG_STRICT, c.q.reset_count++);
	WITH("clock", 0, c.q.clock_ms = 0);
	WITH("safe", FLAG_UNSAFE, c.q.safe = 0);
	WITH("firmware", 0, c.q.firmware = 0);
	return ERR_OK;
}

static enum err
put_logs(const char *dir)
{
	static struct court c;

	WITH("log", FLAG_RULES | FLAG_LOG,
	    memset(c.q.values, 7, sizeof(c.q.values));
	    c.q.event_log = span_text("log"));
	TRY(put_evidence(dir, &c, "no-replay", FLAG_RULES | FLAG_LOG |
	    FLAG_NO_REPLAY));
	return put_evidence(dir, &c, "no-rules", FLAG_RULES | FLAG_LOG |
	    FLAG_NO_RULES);
}

static enum err
put_rsa(const char *dir)
{
	static const uint8_t head[] = { 0x01, 0x18, 0x00, 0x01, 0x00, 0x0b,
		0x00, 0x05, 0x00, 0x72, 0x00, 0x00, 0x00, 0x10, 0x00, 0x14,
		0x00, 0x0b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00 };
	uint8_t in[sizeof(head) + 256];

	memset(in, 0xff, sizeof(in));
	memcpy(in, head, sizeof(head));
	return put(dir, 'p', "rsa", SPAN(in));
}

enum err
seed_all(const char *dir)
{
	static uint8_t buf[8192], bound_at[EVIDENCE_BOUND_MAX];
	static struct court c;
	struct span bound;
	size_t len;

	court_begin(&c);
	quoter_evidence(&c.q, &c.e);
	TRY(put(dir, 'p', "ecc", c.e.ak));
	TRY(put(dir, 'q', "quote", c.e.attest));
	TRY(put(dir, 's', "signature", c.e.signature));
	TRY(evidence_bind_keys(court_challenge, court_other, bound_at,
	    &bound));
	TRY(put(dir, 'b', "bound", bound));
	TRY(evidence_encode(&c.e, buf, sizeof(buf), &len));
	TRY(put(dir, 'e', "evidence", (struct span){ buf, len }));
	TRY(put_rsa(dir));
	TRY(put_steps(dir));
	return put_logs(dir);
}
