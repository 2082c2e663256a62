/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "tests/vigil.h"

#define MIN	UINT64_C(60000)
#define GOOD	(15 * MIN)

/* A verifier's hours, told line by line: what happens, what the machine wants
 * then, and whether tokens are good.  A question that it wants is asked. */

#define t vigil

/* ---- what happens ---- */

static void go(uint64_t ms) { t.now.boot_ms += ms; t.now.wall += ms / 1000; }
static void nothing(uint64_t n) { (void)n; }

static void
shows(uint64_t version)
{
	struct msg m = { .type = MSG_key_metadata_resp };

	assert_int_equal(t.request.type, MSG_key_metadata_req);
	m.key_metadata_resp.object = vigil_metadata(version, t.object);
	vigil_tell(&m);
}

static void
publishes(uint64_t version)
{
	assert_int_equal(standing_heard(&t.s, vigil_metadata(version, t.object),
	    t.now), REASON_none);
}

static void
another_publishes(uint64_t version)
{
	t.other_root = true;
	assert_int_equal(standing_heard(&t.s, vigil_metadata(version, t.object),
	    t.now), REASON_keys_signature);
	t.other_root = false;
}

static void
errs(uint64_t why)
{
	struct msg m;

	reason_refuse((enum reason)why, NULL, &m);
	m.error.has_request_id = true;
	vigil_tell(&m);
}

static void
errs_strangely(uint64_t n)
{
	struct msg m;

	(void)n;
	reason_refuse(REASON_tpm_failed, NULL, &m);
	m.error.has_request_id = true;
	assert_err(WIRE_SET_TEXT(m.error.reason, span_text("new.word")),
	    ERR_OK);
	vigil_tell(&m);
}

/* What is no answer to what was asked changes nothing. */
static void
babbles(uint64_t n)
{
	struct msg m = { .type = MSG_evidence_resp };

	(void)n;
	assert_false(standing_answer(&t.s, &m, t.now));
	reason_refuse(REASON_tpm_failed, NULL, &m);
	m.error.has_request_id = false;
	assert_false(standing_answer(&t.s, &m, t.now));
}

static void
answers_otherwise(uint64_t n)
{
	struct msg m = { .type = MSG_status_resp };

	(void)n;
	vigil_tell(&m);
}

static void
breaks(uint64_t why)
{
	standing_lost(&t.s, (enum reason)why, t.now);
}

static void
with_other_values(uint64_t version)
{
	quoter_select(&t.q, ATTEST_SHA256, 0x8081, 0xa5);
	vigil_quote(version);
	quoter_select(&t.q, ATTEST_SHA256, 0x8081, 0x5a);
}

static void
with_another_key(uint64_t version)
{
	t.q.key[5] ^= 1;
	vigil_quote(version);
	t.q.key[5] ^= 1;
}

static void
after_a_reset(uint64_t version)
{
	t.q.reset_count++;
	t.q.clock_ms = 0;
	vigil_quote(version);
}

static void
before_a_reset(uint64_t version)
{
	t.q.reset_count--;
	vigil_quote(version);
	t.q.reset_count++;
}

static void
with_its_clock_back(uint64_t version)
{
	t.q.clock_ms -= 5;
	vigil_quote(version);
	t.q.clock_ms += 5;
}

static void
unsure(uint64_t version)
{
	t.q.safe = 0;
	t.q.clock_ms += 14 * MIN;
	vigil_quote(version);
	t.q.safe = 1;
}

static void
of_another_root(uint64_t version)
{
	t.other_root = true;
	vigil_quote(version);
	t.other_root = false;
}

static void
apart(uint64_t version)
{
	t.apart = true;
	vigil_quote(version);
	t.apart = false;
}

static void
without_room(uint64_t version)
{
	t.disk_is_full = true;
	vigil_quote(version);
	t.disk_is_full = false;
}

static void
wakes_with_stale_keys(uint64_t seconds)
{
	t.now.wall += seconds;
}

/* ---- the lines ---- */

struct line {
	void			(*what)(uint64_t n);
	uint64_t		 n;
	enum standing_wish	 wish;
	enum reason		 now, why;
};

#define R(reason)	REASON_##reason
#define ASK(n)		STANDING_ASK, R(n)
#define LOOK(n)		STANDING_LOOK, R(n)
#define WAIT(n)		STANDING_WAIT, R(n)
#define HANG_UP(n)	STANDING_HANG_UP, R(n)
#define PROVEN		{ nothing, 0, ASK(peer_unproven), R(peer_unproven) }, \
			{ vigil_quote, 5, WAIT(none), R(none) }

static const struct row {
	const char	*name;
	struct line	 lines[16];
} rows[] = {
	{ "asked for before a quarter of an hour is over", {
	    PROVEN,
	    { go, MIN - 1, WAIT(none), R(none) },
	    { go, 1, LOOK(none), R(none) },
	    { shows, 5, WAIT(none), R(none) },
	    { go, 13 * MIN - 1, LOOK(none), R(none) },
	    { shows, 5, WAIT(none), R(none) },
	    { go, 1, ASK(none), R(none) },
	    { vigil_quote, 5, WAIT(none), R(none) },
	    { go, GOOD - 1, ASK(none), R(none) },
	    { go, 1, WAIT(peer_unproven), R(peer_unproven) },
	    { vigil_quote, 5, WAIT(none), R(none) } } },
	{ "good for a quarter of an hour from the question", {
	    { nothing, 0, ASK(peer_unproven), R(peer_unproven) },
	    { go, 20000, WAIT(peer_unproven), R(peer_unproven) },
	    { vigil_quote, 5, WAIT(none), R(none) },
	    { go, GOOD - 20001, ASK(none), R(none) },
	    { go, 1, WAIT(peer_unproven), R(peer_unproven) } } },
	{ "asked for before the metadata are stale", {
	    { nothing, 0, ASK(peer_unproven), R(peer_unproven) },
	    { wakes_with_stale_keys, 0, WAIT(peer_unproven),
		R(peer_unproven) },
	    { vigil_quote, 5, WAIT(none), R(none) },
	    { wakes_with_stale_keys, 3600 + 29, WAIT(none), R(none) },
	    { wakes_with_stale_keys, 1, WAIT(keys_stale), R(none) } } },
	{ "newer metadata are asked for at once, and used when proven", {
	    PROVEN,
	    { go, 2000, WAIT(none), R(none) },
	    { publishes, 6, ASK(none), R(none) },
	    { vigil_quote, 6, WAIT(none), R(none) },
	    { publishes, 6, WAIT(none), R(none) } } },
	{ "seen by a look as well", {
	    PROVEN,
	    { go, MIN, LOOK(none), R(none) },
	    { shows, 6, ASK(none), R(none) },
	    { vigil_quote, 6, WAIT(none), R(none) } } },
	{ "once a second and no oftener", {
	    PROVEN,
	    { publishes, 6, WAIT(none), R(none) },
	    { go, 999, WAIT(none), R(none) },
	    { go, 1, ASK(none), R(none) },
	    { vigil_quote, 6, WAIT(none), R(none) } } },
	{ "newer ones between question and answer", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { publishes, 7, WAIT(none), R(none) },
	    { vigil_quote, 6, WAIT(none), R(none) },
	    { go, 1000, ASK(none), R(none) },
	    { vigil_quote, 7, WAIT(none), R(none) },
	    { go, 1000, WAIT(none), R(none) } } },
	{ "metadata of another root are not asked about", {
	    PROVEN,
	    { go, 2000, WAIT(none), R(none) },
	    { another_publishes, 6, WAIT(none), R(none) } } },
	{ "a look that shows what cannot be has to be proven", {
	    PROVEN,
	    { go, MIN, LOOK(none), R(none) },
	    { shows, 2, ASK(none), R(none) },
	    { vigil_quote, 2, WAIT(peer_unproven), R(keys_old) } } },
	{ "a look that is refused is no news", {
	    PROVEN,
	    { go, MIN, LOOK(none), R(none) },
	    { errs, R(keys_pending), WAIT(none), R(none) },
	    { go, MIN, LOOK(none), R(none) } } },
	{ "other values end it at once", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { with_other_values, 5, WAIT(peer_unproven), R(quote_pcr) },
	    { go, 999, WAIT(peer_unproven), R(quote_pcr) },
	    { go, 1, ASK(peer_unproven), R(quote_pcr) },
	    { vigil_quote, 5, WAIT(none), R(none) } } },
	{ "another key ends it", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { with_another_key, 5, WAIT(peer_unproven), R(quote_ak) } } },
	{ "metadata of another root end it", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { of_another_root, 6, WAIT(peer_unproven),
		R(keys_signature) } } },
	{ "a proof that cannot be remembered is none", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { without_room, 5, WAIT(peer_unproven), R(state_commit) },
	    { go, 1000, ASK(peer_unproven), R(state_commit) },
	    { vigil_quote, 5, WAIT(none), R(none) } } },
	{ "a reset begins it anew", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { after_a_reset, 5, WAIT(none), R(none) } } },
	{ "a tpm from before a reset is refused until it is forgotten", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { after_a_reset, 5, WAIT(none), R(none) },
	    { go, 14 * MIN, ASK(none), R(none) },
	    { before_a_reset, 6, WAIT(peer_unproven), R(quote_clock) },
	    { go, 1000, ASK(peer_unproven), R(quote_clock) },
	    { before_a_reset, 7, WAIT(peer_unproven), R(quote_clock) } } },
	{ "a clock that went back is refused", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { with_its_clock_back, 5, WAIT(peer_unproven),
		R(quote_clock) } } },
	{ "a tpm that is unsure for an hour after a reset", {
	    { nothing, 0, ASK(peer_unproven), R(peer_unproven) },
	    { unsure, 5, WAIT(none), R(none) },
	    { go, 14 * MIN, ASK(none), R(none) },
	    { unsure, 5, WAIT(none), R(none) },
	    { go, 14 * MIN, ASK(none), R(none) },
	    { unsure, 5, WAIT(none), R(none) },
	    { go, 14 * MIN, ASK(none), R(none) },
	    { unsure, 5, WAIT(none), R(none) },
	    { go, 14 * MIN, ASK(none), R(none) },
	    { unsure, 5, WAIT(none), R(none) },
	    { go, 14 * MIN, ASK(none), R(none) },
	    { unsure, 5, WAIT(peer_unproven), R(quote_unsafe) } } },
	{ "unsure after it was sure", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { unsure, 5, WAIT(peer_unproven), R(quote_unsafe) } } },
	{ "metadata published in between are asked for once more", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { apart, 5, ASK(none), R(none) },
	    { vigil_quote, 6, WAIT(none), R(none) },
	    { go, 14 * MIN, ASK(none), R(none) },
	    { apart, 6, ASK(none), R(none) },
	    { apart, 6, WAIT(peer_unproven), R(quote_bound) } } },
	{ "silence proves nothing, and it runs out", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { go, 29999, WAIT(none), R(none) },
	    { go, 1, HANG_UP(none), R(answer_late) },
	    { go, 1000, ASK(none), R(answer_late) },
	    { go, 28999, WAIT(none), R(answer_late) },
	    { go, 1, WAIT(peer_unproven), R(answer_late) },
	    { go, 1000, HANG_UP(peer_unproven), R(answer_late) },
	    { go, 1999, WAIT(peer_unproven), R(answer_late) },
	    { go, 1, ASK(peer_unproven), R(answer_late) },
	    { vigil_quote, 5, WAIT(none), R(none) } } },
	{ "an error neither", {
	    PROVEN,
	    { go, 14 * MIN, ASK(none), R(none) },
	    { errs, R(tpm_failed), WAIT(none), R(tpm_failed) },
	    { go, 1000, ASK(none), R(tpm_failed) },
	    { errs_strangely, 0, WAIT(none), R(answer_request) },
	    { go, 2000, ASK(none), R(answer_request) },
	    { answers_otherwise, 0, WAIT(none), R(answer_request) },
	    { go, 3999, WAIT(none), R(answer_request) },
	    { go, 1, ASK(none), R(answer_request) } } },
	{ "nor a connection that breaks", {
	    PROVEN,
	    { breaks, R(answer_late), WAIT(none), R(answer_late) },
	    { go, 1000, ASK(none), R(answer_late) },
	    { vigil_quote, 5, WAIT(none), R(none) } } },
	{ "and what follows a proof is the first again", {
	    { nothing, 0, ASK(peer_unproven), R(peer_unproven) },
	    { errs, R(tpm_late), WAIT(peer_unproven), R(tpm_late) },
	    { go, 1000, ASK(peer_unproven), R(tpm_late) },
	    { errs, R(tpm_late), WAIT(peer_unproven), R(tpm_late) },
	    { go, 2000, ASK(peer_unproven), R(tpm_late) },
	    { vigil_quote, 5, WAIT(none), R(none) },
	    { breaks, R(answer_late), WAIT(none), R(answer_late) },
	    { go, 1000, ASK(none), R(answer_late) } } },
	{ "news are news once", {
	    { nothing, 0, ASK(peer_unproven), R(peer_unproven) },
	    { with_other_values, 5, WAIT(peer_unproven), R(quote_pcr) },
	    { go, 1000, ASK(peer_unproven), R(quote_pcr) },
	    { with_other_values, 5, WAIT(peer_unproven), R(quote_pcr) },
	    { go, 1000, WAIT(peer_unproven), R(quote_pcr) },
	    { publishes, 6, ASK(peer_unproven), R(quote_pcr) },
	    { with_other_values, 6, WAIT(peer_unproven), R(quote_pcr) },
	    { go, 1000, WAIT(peer_unproven), R(quote_pcr) },
	    { publishes, 6, WAIT(peer_unproven), R(quote_pcr) } } },
	{ "nor what nobody asked for", {
	    PROVEN,
	    { babbles, 0, WAIT(none), R(none) },
	    { go, 14 * MIN, ASK(none), R(none) },
	    { babbles, 0, WAIT(none), R(none) },
	    { vigil_quote, 5, WAIT(none), R(none) } } },
	{ "a machine that slept for an hour", {
	    PROVEN,
	    { go, 60 * MIN, ASK(peer_unproven), R(peer_unproven) } } },
};

static void
play(const struct line *l)
{
	enum standing_wish wish;

	l->what(l->n);
	wish = standing_turn(&t.s, t.now);
	assert_int_equal(wish, l->wish);
	assert_string_equal(reason_code(standing_now(&t.s, t.now)),
	    reason_code(l->now));
	assert_string_equal(reason_code(t.s.why), reason_code(l->why));
	if (wish == STANDING_ASK || wish == STANDING_LOOK)
		assert_err(standing_request(&t.s, wish, vigil_drbg, t.now,
		    &t.request), ERR_OK);
	else if (wish == STANDING_WAIT)
		assert_true(standing_due(&t.s) > t.now.boot_ms);
}

static void
test_row(void **state)
{
	const struct row *row = *state;

	vigil_begin(true);
	for (size_t i = 0; i < ROWS(row->lines) &&
	    row->lines[i].what != NULL; i++)
		play(&row->lines[i]);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("standing", tests, vigil_start,
	    vigil_stop);
}
