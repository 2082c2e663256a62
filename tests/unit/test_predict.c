/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "attest/predict.h"
#include "tests/events.h"

/*
 * Programs as small as they get: headers of 512 bytes, then sections.  Where
 * things are is by the PE format's specification, not by attest/pe.c.
 */
#define PE		64
#define OPTIONAL	(PE + 24)
#define ROWS_AT		(OPTIONAL + 240)
#define HEADERS		512

struct program {
	uint8_t	at[8192];
	size_t	len, sections;
};

static void
put(struct program *p, size_t at, uint64_t n, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p->at[at + i] = (uint8_t)(n >> 8 * i);
}

static void
begin(struct program *p)
{
	*p = (struct program){ .len = HEADERS };
	memcpy(p->at, "MZ", 2);
	put(p, 60, PE, 4);
	memcpy(p->at + PE, "PE\0", 4);
	put(p, PE + 20, 240, 2);
	put(p, OPTIONAL, 0x20b, 2);
	put(p, OPTIONAL + 60, HEADERS, 4);
	put(p, OPTIONAL + 64, 0xc0ffee, 4);
	put(p, OPTIONAL + 108, 16, 4);
}

static void
add(struct program *p, const char *name, const char *data, size_t in_memory)
{
	const size_t row = ROWS_AT + 40 * p->sections++, n = strlen(data);

	put(p, PE + 6, p->sections, 2);
	memcpy(p->at + row, name, strlen(name));
	put(p, row + 8, in_memory, 4);
	put(p, row + 16, n, 4);
	put(p, row + 20, p->len, 4);
	memcpy(p->at + p->len, data, n);
	p->len += n;
}

static void
sign(struct program *p, size_t n)
{
	put(p, OPTIONAL + 112 + 32, p->len, 4);
	put(p, OPTIONAL + 112 + 36, n, 4);
	memset(p->at + p->len, 's', n);
	p->len += n;
}

static struct span
span_of(const struct program *p)
{
	return (struct span){ p->at, p->len };
}

static void
write_program(struct program *p, const char *kernel, const char *initrd)
{
	begin(p);
	add(p, ".linux", kernel, strlen(kernel) - 1);
	add(p, ".initrd", initrd, strlen(initrd));
}

static enum err
digest(const struct program *p, uint8_t *out)
{
	return pe_digest(span_of(p), HASH_SHA256, out);
}

/* What Authenticode leaves out, done by hand. */
static void
digest_by_hand(const struct program *p, size_t signatures, uint8_t *out)
{
	const struct span parts[] = {
		{ p->at, OPTIONAL + 64 },
		{ p->at + OPTIONAL + 68, 112 + 32 - 68 },
		{ p->at + OPTIONAL + 112 + 40,
		    p->len - signatures - OPTIONAL - 112 - 40 },
	};

	assert_err(hash_parts(HASH_SHA256, parts, 3, out), ERR_OK);
}

static void
test_a_program_is_measured_without_its_signatures(void **state)
{
	uint8_t want[32], got[32], again[32];
	static struct program p;

	(void)state;
	write_program(&p, "kernel one.", "initrd one");
	digest_by_hand(&p, 0, want);
	assert_err(digest(&p, got), ERR_OK);
	assert_memory_equal(got, want, 32);
	put(&p, OPTIONAL + 64, 1234567, 4);	/* the checksum */
	sign(&p, 32);
	assert_err(digest(&p, again), ERR_OK);
	assert_memory_equal(again, want, 32);
	p.at[HEADERS] ^= 1;
	assert_err(digest(&p, again), ERR_OK);
	assert_memory_not_equal(again, want, 32);
}

/* All other bytes count: headers, sections, what is behind them. */
static void
test_each_other_byte_counts(void **state)
{
	uint8_t want[32], got[32];
	static struct program p;

	(void)state;
	write_program(&p, "kernel one.", "initrd one");
	memcpy(p.at + p.len, "behind", 6);
	p.len += 6;
	sign(&p, 8);
	assert_err(digest(&p, want), ERR_OK);
	for (size_t i = ROWS_AT + 80; i < p.len - 8; i++) {
		p.at[i] ^= 0x10;
		assert_err(digest(&p, got), ERR_OK);
		assert_memory_not_equal(got, want, 32);
		p.at[i] ^= 0x10;
	}
	for (size_t i = p.len - 8; i < p.len; i++) {
		p.at[i] ^= 0x10;
		assert_err(digest(&p, got), ERR_OK);
		assert_memory_equal(got, want, 32);
	}
}

static void
test_sections_are_taken_by_where_they_are(void **state)
{
	uint8_t want[32], got[32], row[40];
	static struct program p;

	(void)state;
	write_program(&p, "kernel one.", "initrd one");
	assert_err(digest(&p, want), ERR_OK);
	/* The table's order changes its own bytes and nothing else: put the
	 * same names and sizes on the rows, so that only the order counts. */
	memcpy(row, p.at + ROWS_AT, 40);
	memcpy(p.at + ROWS_AT, p.at + ROWS_AT + 40, 40);
	memcpy(p.at + ROWS_AT + 40, row, 40);
	digest_by_hand(&p, 0, want);
	assert_err(digest(&p, got), ERR_OK);
	assert_memory_equal(got, want, 32);
}

static void
test_a_program_of_32_bits(void **state)
{
	static struct program p;
	uint8_t got[32], want[32];
	struct span parts[3];

	(void)state;
	write_program(&p, "kernel one.", "initrd one");
	put(&p, OPTIONAL, 0x10b, 2);
	put(&p, OPTIONAL + 92, 16, 4);
	parts[0] = (struct span){ p.at, OPTIONAL + 64 };
	parts[1] = (struct span){ p.at + OPTIONAL + 68, 96 + 32 - 68 };
	parts[2] = (struct span){ p.at + OPTIONAL + 96 + 40,
	    p.len - OPTIONAL - 96 - 40 };
	assert_err(hash_parts(HASH_SHA256, parts, 3, want), ERR_OK);
	assert_err(digest(&p, got), ERR_OK);
	assert_memory_equal(got, want, 32);
	/* Without a directory for signatures nothing is left out of it. */
	put(&p, OPTIONAL + 92, 4, 4);
	parts[1] = (struct span){ p.at + OPTIONAL + 68,
	    p.len - OPTIONAL - 68 };
	assert_err(hash_parts(HASH_SHA256, parts, 2, want), ERR_OK);
	assert_err(digest(&p, got), ERR_OK);
	assert_memory_equal(got, want, 32);
}

/* What is no program, by the number that lies. */
static const struct lie {
	const char	*name;
	size_t		 at, size;
	uint64_t	 n;
} lies[] = {
	{ "no MZ", 0, 1, 'N' },
	{ "its head far away", 60, 4, 0xfffffff0 },
	{ "its head at the end", 60, 4, HEADERS + 20 },
	{ "no PE", PE, 1, 'Q' },
	{ "neither of 32 nor of 64 bits", OPTIONAL, 2, 0x30b },
	{ "headers past the end", OPTIONAL + 60, 4, 4096 },
	{ "headers before the directories", OPTIONAL + 60, 4,
	    OPTIONAL + 112 + 39 },
	{ "no headers", OPTIONAL + 60, 4, 0 },
	{ "97 sections", PE + 6, 2, 97 },
	{ "sections past the end", PE + 20, 2, 0xff00 },
	{ "more sections than there is room for", PE + 6, 2, 20 },
	{ "a section that begins past the end", ROWS_AT + 20, 4, 4096 },
	{ "a section that ends past the end", ROWS_AT + 16, 4, 4096 },
	{ "a section of four gigabytes", ROWS_AT + 16, 4, 0xffffffff },
	{ "one section over another", ROWS_AT + 16, 4, 21 },
	{ "signatures of four gigabytes", OPTIONAL + 112 + 36, 4,
	    0xffffffff },
	{ "signatures longer than what is left", OPTIONAL + 112 + 36, 4, 1 },
};

static void
test_lie(void **state)
{
	const struct lie *lie = *state;
	static struct program p;
	uint8_t out[32];

	write_program(&p, "kernel one.", "initrd one");
	assert_err(digest(&p, out), ERR_OK);
	put(&p, lie->at, lie->n, lie->size);
	assert_err(digest(&p, out), ERR_MALFORMED);
}

static void
test_every_cut_is_no_program(void **state)
{
	static struct program p;
	struct pe_section s;
	uint8_t out[32];

	(void)state;
	write_program(&p, "kernel one.", "initrd one");
	for (size_t n = 0; n < p.len; n++) {
		uint8_t *cut = test_malloc(n + 1);
		const struct span file = { cut + 1, n };

		memcpy(cut + 1, p.at, n);
		assert_err(pe_digest(file, HASH_SHA256, out), ERR_MALFORMED);
		assert_err(pe_section(file, 1, &s), ERR_NOT_FOUND);
		test_free(cut);
	}
}

static void
test_a_program_has_so_many_sections(void **state)
{
	static struct program p;
	uint8_t out[32];

	(void)state;
	begin(&p);
	p.len = 5000;
	put(&p, PE + 6, PE_SECTIONS_MAX, 2);
	assert_err(digest(&p, out), ERR_OK);
	put(&p, PE + 6, PE_SECTIONS_MAX + 1, 2);
	assert_err(digest(&p, out), ERR_MALFORMED);
}

static void
test_sections_have_names(void **state)
{
	static struct program p;
	struct pe_section s;

	(void)state;
	write_program(&p, "kernel one.", "initrd one");
	add(&p, "eightlet", "data", 4);
	add(&p, ".bss", "", 100);
	assert_err(pe_section(span_of(&p), 0, &s), ERR_OK);
	assert_true(span_equal(s.name, span_text(".linux")));
	assert_true(span_equal(s.data, span_text("kernel one")));
	assert_err(pe_section(span_of(&p), 2, &s), ERR_OK);
	assert_true(span_equal(s.name, span_text("eightlet")));
	assert_err(pe_section(span_of(&p), 3, &s), ERR_OK);
	assert_int_equal(s.data.len, 0);
	assert_err(pe_section(span_of(&p), 4, &s), ERR_NOT_FOUND);
}

/* ---- prediction ---- */

static struct program one, two;
static struct predict_swap swaps[2];

/* A boot of a program that is measured in three ways, and of a file. */
static void
write_boot(struct events *l, const struct program *p, const char *initrd,
    const char *file)
{
	static const uint16_t banks[] = { BANK_SHA1, BANK_SHA256 };
	static const uint8_t zeros[4];
	uint8_t authenticode[2][HASH_LEN_MAX];

	events_begin(l, banks, ROWS(banks));
	events_add(l, 4, EV_SEPARATOR, SPAN(zeros));
	events_measure(l, 4, EV_APPLICATION, span_text("-"),
	    span_text("path"));
	assert_err(pe_digest(span_of(p), HASH_SHA1, authenticode[0]),
	    ERR_OK);
	assert_err(pe_digest(span_of(p), HASH_SHA256, authenticode[1]),
	    ERR_OK);
	/* Its two digests: two algorithms and four bytes of size behind. */
	memcpy(l->at + l->len - 8 - 32, authenticode[1], 32);
	memcpy(l->at + l->len - 8 - 34 - 20, authenticode[0], 20);
	events_measure(l, 9, EV_IPL, span_of(p), span_text("/program"));
	events_measure(l, 11, EV_IPL, span_text(initrd),
	    span_text(".initrd"));
	events_measure(l, 9, EV_IPL, span_text(file), span_text("/file"));
}

static void
replayed(const struct events *l, uint16_t alg, struct eventlog_pcrs *out)
{
	struct eventlog_flaw flaw;
	struct eventlog log;

	assert_err(eventlog_open(events_span(l), &log, &flaw), ERR_OK);
	assert_err(eventlog_replay(&log, alg, out), ERR_OK);
}

static enum err
predicted(const struct events *l, uint16_t alg, size_t n,
    struct eventlog_pcrs *out)
{
	struct eventlog_flaw flaw;
	struct eventlog log;

	assert_err(eventlog_open(events_span(l), &log, &flaw), ERR_OK);
	return eventlog_predict(&log, alg, swaps, n, out);
}

static void
test_what_is_predicted_is_what_comes(void **state)
{
	static const uint16_t banks[] = { BANK_SHA1, BANK_SHA256 };
	static struct events old, new;
	struct eventlog_pcrs want, got;

	(void)state;
	write_program(&one, "kernel one.", "initrd one");
	write_program(&two, "kernel number two.", "initrd two");
	write_boot(&old, &one, "initrd one", "text");
	write_boot(&new, &two, "initrd two", "other text");
	swaps[0].was = span_of(&one);
	swaps[0].now = span_of(&two);
	swaps[1].was = span_text("text");
	swaps[1].now = span_text("other text");
	for (size_t i = 0; i < ROWS(banks); i++) {
		replayed(&new, banks[i], &want);
		assert_err(predicted(&old, banks[i], 2, &got), ERR_OK);
		assert_memory_equal(&got, &want, sizeof(got));
		assert_int_equal(swaps[0].met, 3);
		assert_int_equal(swaps[1].met, 1);
	}
	replayed(&old, BANK_SHA256, &want);
	assert_err(predicted(&old, BANK_SHA256, 0, &got), ERR_OK);
	assert_memory_equal(&got, &want, sizeof(got));
}

static void
test_what_was_not_measured_is_not_met(void **state)
{
	static struct events old;
	struct eventlog_pcrs want, got;

	(void)state;
	write_program(&one, "kernel one.", "initrd one");
	write_boot(&old, &one, "initrd one", "text");
	swaps[0].was = span_text("Text");
	swaps[0].now = span_text("other text");
	replayed(&old, BANK_SHA256, &want);
	assert_err(predicted(&old, BANK_SHA256, 1, &got), ERR_OK);
	assert_memory_equal(&got, &want, sizeof(got));
	assert_int_equal(swaps[0].met, 0);
}

static void
test_a_section_without_data_is_none(void **state)
{
	static struct events old;
	struct eventlog_pcrs p;

	(void)state;
	begin(&one);
	add(&one, ".bss", "", 0);
	events_begin(&old, NULL, 0);
	events_add(&old, 11, EV_IPL, span_text(""));
	swaps[0].was = swaps[0].now = span_of(&one);
	assert_err(predicted(&old, BANK_SHA1, 1, &p), ERR_OK);
	assert_int_equal(swaps[0].met, 0);
}

static void
test_what_cannot_be_measured_likewise(void **state)
{
	static struct events old;
	struct eventlog_pcrs p;

	(void)state;
	write_program(&one, "kernel one.", "initrd one");
	write_boot(&old, &one, "initrd one", "text");
	swaps[0].was = span_of(&one);
	swaps[0].now = span_text("no program");
	assert_err(predicted(&old, BANK_SHA256, 1, &p), ERR_MALFORMED);
	begin(&two);
	add(&two, ".linux", "kernel two", 10);
	swaps[0].now = span_of(&two);
	assert_err(predicted(&old, BANK_SHA256, 1, &p), ERR_MALFORMED);
	assert_err(predicted(&old, BANK_SHA384, 0, &p), ERR_NOT_FOUND);
}

/* Two sections that are equal, of which one changes: which was measured? */
static void
test_what_may_be_two_things(void **state)
{
	static struct events old;
	struct eventlog_pcrs p;

	(void)state;
	begin(&one);
	add(&one, ".linux", "the same", 8);
	add(&one, ".initrd", "the same", 8);
	events_begin(&old, NULL, 0);
	events_add(&old, 11, EV_IPL, span_text("the same"));
	begin(&two);
	add(&two, ".linux", "the same", 8);
	add(&two, ".initrd", "another", 7);
	swaps[0].was = span_of(&one);
	swaps[0].now = span_of(&two);
	assert_err(predicted(&old, BANK_SHA1, 1, &p), ERR_STATE);
	/* Both change alike, so it is all one. */
	begin(&two);
	add(&two, ".linux", "another", 7);
	add(&two, ".initrd", "another", 7);
	assert_err(predicted(&old, BANK_SHA1, 1, &p), ERR_OK);
	/* One file, told to become two. */
	swaps[0].was = swaps[1].was = span_text("the same");
	swaps[0].now = span_text("this");
	swaps[1].now = span_text("that");
	assert_err(predicted(&old, BANK_SHA1, 2, &p), ERR_STATE);
}

#define OTHERS 12

int
main(void)
{
	struct CMUnitTest tests[OTHERS + ROWS(lies)] = {
		cmocka_unit_test(
		    test_a_program_is_measured_without_its_signatures),
		cmocka_unit_test(test_each_other_byte_counts),
		cmocka_unit_test(test_sections_are_taken_by_where_they_are),
		cmocka_unit_test(test_a_program_of_32_bits),
		cmocka_unit_test(test_every_cut_is_no_program),
		cmocka_unit_test(test_a_program_has_so_many_sections),
		cmocka_unit_test(test_a_section_without_data_is_none),
		cmocka_unit_test(test_sections_have_names),
		cmocka_unit_test(test_what_is_predicted_is_what_comes),
		cmocka_unit_test(test_what_was_not_measured_is_not_met),
		cmocka_unit_test(test_what_cannot_be_measured_likewise),
		cmocka_unit_test(test_what_may_be_two_things),
	};

	for (size_t i = 0; i < ROWS(lies); i++)
		tests[OTHERS + i] = ROW_TEST(lies[i].name, test_lie,
		    &lies[i]);
	return cmocka_run_group_tests_name("predict", tests, NULL, NULL);
}
