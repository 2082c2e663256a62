/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include "attest/eventlog.h"
#include "tests/events.h"

/* Pieces of logs: numbers are little-endian. */
#define Z4 "00000000"
#define Z20 Z4 Z4 Z4 Z4 Z4
#define D20 "11111111 11111111 11111111 11111111 11111111"
#define D32 D20 "11111111 11111111 11111111"
#define SEPARATOR1 Z4 "04000000" D20 "04000000" Z4
#define TOLD1 Z4 "03000000" Z20
/* Its data from byte 32 on: class, version, errata, uintn, count at 56. */
#define SIGNED "53706563204944204576656e74303300"
#define SPEC(size) TOLD1 size SIGNED Z4
#define ONE_BANK "01000000 0b002000"
#define HEAD SPEC("21000000") "00020002" ONE_BANK "00"		/* 65 */
#define SEPARATOR2 Z4 "04000000 01000000 0b00" D32 "04000000" Z4	/* 54 */
#define TOLD2(size) Z4 "03000000 00000000" size
#define LOCALITY "537461727475704c6f63616c69747900"

/* What a log is that opens (why is NULL), or where and why it does not. */
static const struct row {
	const char	*name;
	const char	*hex;
	const char	*why;
	size_t		 n;		/* events, or the offset */
	uint8_t		 locality;
} rows[] = {
	{ "a SHA-1 event", SEPARATOR1, NULL, 1, 0 },
	{ "two of them", SEPARATOR1 SEPARATOR1, NULL, 2, 0 },
	{ "an event without data", "04000000 0d000000" D20 Z4, NULL, 1, 0 },
	{ "a first event that says less than a header",
	    TOLD1 "04000000 53706563", NULL, 1, 0 },
	{ "a header, but not of Event03",
	    TOLD1 "10000000 53706563204944204576656e74303200" SEPARATOR1,
	    NULL, 2, 0 },
	{ "what is measured is no header",
	    Z4 "04000000" Z20 "21000000" SIGNED Z4 "00020002" ONE_BANK "00"
	    SEPARATOR1, NULL, 2, 0 },
	{ "a header alone", HEAD, NULL, 1, 0 },
	{ "a header and an event", HEAD SEPARATOR2, NULL, 2, 0 },
	{ "words of the vendor",
	    SPEC("23000000") "00020002" ONE_BANK "02abcd" SEPARATOR2, NULL,
	    2, 0 },
	{ "an algorithm that nobody knows",
	    SPEC("21000000") "00020002 01000000 99990300 00"
	    "01000000 0d000000 01000000 9999 abcdef 00000000", NULL, 2, 0 },
	{ "what is only told may have no digest", HEAD TOLD2(Z4), NULL, 2, 0 },
	{ "what is only told may be of no PCR",
	    HEAD "ffffffff 03000000" Z4 Z4, NULL, 2, 0 },
	{ "locality 0", HEAD TOLD2("11000000") LOCALITY "00" SEPARATOR2,
	    NULL, 3, 0 },
	{ "locality 3", HEAD TOLD2("11000000") LOCALITY "03" SEPARATOR2,
	    NULL, 3, 3 },
	{ "locality 3 of SHA-1 events", TOLD1 "11000000" LOCALITY "03"
	    SEPARATOR1, NULL, 2, 3 },
	{ "locality 4", HEAD TOLD2("11000000") LOCALITY "04" SEPARATOR2,
	    NULL, 3, 4 },
	{ "a locality that the next event completes",
	    HEAD TOLD2("0f000000") "537461727475704c6f63616c697479"
	    SEPARATOR2, NULL, 3, 0 },
	{ "another PCR may begin before",
	    HEAD "01000000 04000000 01000000 0b00" D32 Z4
	    TOLD2("11000000") LOCALITY "03", NULL, 3, 3 },
	{ "an H-CRTM", HEAD "00000000 10000080 01000000 0b00" D32 Z4
	    SEPARATOR2, NULL, 3, 4 },
	{ "an H-CRTM in two parts",
	    HEAD "00000000 10000080 01000000 0b00" D32 Z4
	    "00000000 10000080 01000000 0b00" D32 Z4, NULL, 3, 4 },
	{ "an H-CRTM that was announced",
	    HEAD TOLD2("11000000") LOCALITY "04"
	    "00000000 10000080 01000000 0b00" D32 Z4, NULL, 3, 4 },
	{ "an H-CRTM of another PCR",
	    HEAD SEPARATOR2 "01000000 10000080 01000000 0b00" D32 Z4,
	    NULL, 3, 0 },

	{ "nothing", "", "there is nothing in it", 0, 0 },
	{ "half a PCR", "0000", "the log ends within an event", 0, 0 },
	{ "half a type", Z4 "0400", "the log ends within an event", 4, 0 },
	{ "half a digest", Z4 "04000000 11", "the log ends within an event",
	    8, 0 },
	{ "no size", Z4 "04000000" D20, "the log ends within an event", 28,
	    0 },
	{ "data one byte short", Z4 "04000000" D20 "04000000 000000",
	    "an event's data go past the log's end", 32, 0 },
	{ "data of four gigabytes", Z4 "04000000" D20 "ffffffff" Z4,
	    "an event's data go past the log's end", 32, 0 },
	{ "a byte behind a SHA-1 event", SEPARATOR1 "00",
	    "the log ends within an event", 36, 0 },
	{ "a byte behind an event", HEAD SEPARATOR2 "00",
	    "the log ends within an event", 119, 0 },
	{ "PCR 24", "18000000 04000000" D20 Z4, "there is no such PCR", 0,
	    0 },
	{ "PCR 24 behind a header", HEAD "18000000 04000000" Z4 Z4,
	    "there is no such PCR", 65, 0 },
	{ "version 1.2", SPEC("21000000") "02010002" ONE_BANK "00",
	    "the header's version is not 2.0", 54, 0 },
	{ "version 2.1", SPEC("21000000") "01020002" ONE_BANK "00",
	    "the header's version is not 2.0", 54, 0 },
	{ "a header of its first words", SPEC("14000000"),
	    "the log ends within an event", 52, 0 },
	{ "no algorithm", SPEC("1d000000") "00020002 00000000 00",
	    "the header has no algorithms, or too many", 60, 0 },
	{ "nine algorithms", SPEC("41000000") "00020002 09000000"
	    "01f00100 02f00100 03f00100 04f00100 05f00100 06f00100"
	    "07f00100 08f00100 09f00100 00",
	    "the header has no algorithms, or too many", 60, 0 },
	{ "four thousand million algorithms",
	    SPEC("21000000") "00020002 ffffffff 0b002000 00",
	    "the header has no algorithms, or too many", 60, 0 },
	{ "more algorithms than the header holds",
	    SPEC("21000000") "00020002 02000000 0b002000 00" SEPARATOR2,
	    "the log ends within an event", 64, 0 },
	{ "an algorithm twice", SPEC("25000000") "00020002 02000000"
	    "0b002000 0b002000 00",
	    "the header has an algorithm twice", 68, 0 },
	{ "SHA-256 of 20 bytes", SPEC("21000000") "00020002 01000000"
	    "0b001400 00", "the header has a digest of a wrong size", 64, 0 },
	{ "digests of no bytes", SPEC("21000000") "00020002 01000000"
	    "99990000 00", "the header has a digest of a wrong size", 64, 0 },
	{ "digests of 65 bytes", SPEC("21000000") "00020002 01000000"
	    "99994100 00", "the header has a digest of a wrong size", 64, 0 },
	{ "a vendor who says more than he said",
	    SPEC("21000000") "00020002" ONE_BANK "01" SEPARATOR2,
	    "the log ends within an event", 65, 0 },
	{ "a byte behind the vendor",
	    SPEC("22000000") "00020002" ONE_BANK "00 00",
	    "the header goes on behind its end", 65, 0 },
	{ "two digests where there is one algorithm",
	    HEAD Z4 "04000000 02000000 0b00" D32 "0b00" D32 Z4,
	    "more digests than the header has algorithms", 77, 0 },
	{ "four thousand million digests", HEAD Z4 "04000000 ffffffff 0b00",
	    "more digests than the header has algorithms", 77, 0 },
	{ "a digest of another algorithm",
	    HEAD Z4 "04000000 01000000 0400" D20 Z4,
	    "an algorithm that the header has not", 79, 0 },
	{ "a digest twice", SPEC("25000000") "00020002 02000000"
	    "0b002000 04001400 00"
	    Z4 "04000000 02000000 0b00" D32 "0b00" D32 Z4,
	    "two digests of one algorithm", 117, 0 },
	{ "a digest that is cut off", HEAD Z4 "04000000 01000000 0b00" D20,
	    "the log ends within an event", 79, 0 },
	{ "data behind the end", HEAD Z4 "04000000 01000000 0b00" D32
	    "05000000" Z4, "an event's data go past the log's end", 115, 0 },
	{ "a locality that is not said", HEAD TOLD2("10000000") LOCALITY,
	    "a StartupLocality that is none", 65, 0 },
	{ "a locality of two bytes", HEAD TOLD2("12000000") LOCALITY "0000",
	    "a StartupLocality that is none", 65, 0 },
	{ "a locality of PCR 1",
	    HEAD "01000000 03000000 00000000 11000000" LOCALITY "03",
	    "a StartupLocality that is none", 65, 0 },
	{ "locality 1", HEAD TOLD2("11000000") LOCALITY "01",
	    "a startup at an impossible locality", 65, 0 },
	{ "locality 5", HEAD TOLD2("11000000") LOCALITY "05",
	    "a startup at an impossible locality", 65, 0 },
	{ "two localities", HEAD TOLD2("11000000") LOCALITY "03"
	    TOLD2("11000000") LOCALITY "03",
	    "a StartupLocality where PCR 0 has begun", 98, 0 },
	{ "a locality too late", HEAD SEPARATOR2 TOLD2("11000000") LOCALITY
	    "03", "a StartupLocality where PCR 0 has begun", 119, 0 },
	{ "an H-CRTM too late",
	    HEAD SEPARATOR2 "00000000 10000080 01000000 0b00" D32 Z4,
	    "an H-CRTM event where PCR 0 has begun", 119, 0 },
	{ "an H-CRTM at another locality",
	    HEAD TOLD2("11000000") LOCALITY "03"
	    "00000000 10000080 01000000 0b00" D32 Z4,
	    "an H-CRTM event where PCR 0 has begun", 98, 0 },
};

/* Behind its last byte is the end of an allocation, for those who watch. */
static void
test_row(void **state)
{
	const struct row *row = *state;
	uint8_t bytes[512] = { 0 };
	const size_t len = unhex(row->hex, bytes, sizeof(bytes));
	uint8_t *in = test_malloc(len + 1);
	struct eventlog_flaw flaw = { 0, NULL };
	struct eventlog log;
	struct event e = { .next = 0 };
	size_t n = 0;
	enum err got;

	memcpy(in + 1, bytes, len);
	got = eventlog_open((struct span){ in + 1, len }, &log, &flaw);
	if (row->why != NULL) {
		assert_err(got, ERR_MALFORMED);
		assert_string_equal(flaw.why, row->why);
		assert_int_equal(flaw.at, row->n);
		test_free(in);
		return;
	}
	assert_err(got, ERR_OK);
	while (eventlog_next(&log, &e)) {
		assert_int_equal(e.digest[0].len, log.agile && (n == 0 ||
		    !event_extends(&e)) ? 0 : log.bank[0].len);
		assert_int_equal(e.index, n++);
	}
	assert_int_equal(e.next, len);
	assert_int_equal(n, row->n);
	assert_int_equal(log.events, row->n);
	assert_int_equal(log.locality, row->locality);
	test_free(in);
}

/* Computed with Python's hashlib, over b"crtm" and four zeros in PCR 0. */
static const struct replay {
	const char	*name;
	uint16_t	 alg;
	uint8_t		 locality;	/* 4: by an H-CRTM event "HCRTM" */
	const char	*pcr0;
	const char	*pcr17;		/* b"launch" */
} replays[] = {
	{ "SHA-1", BANK_SHA1, 0,
	    "4d25abf33dc13076b4f8eae715444d5e87543419",
	    "59f7601ebdcdc9d984ee0f30dc48643a510f9434" },
	{ "SHA-1, locality 3", BANK_SHA1, 3,
	    "a209f5b34aa31a52172d85f5c2505a41245a901b", NULL },
	{ "SHA-1, H-CRTM", BANK_SHA1, 4,
	    "0b1e8bf34642aca22c5cc80e638cc3e849970d17", NULL },
	{ "SHA-256", BANK_SHA256, 0,
	    "ac710df96afacf8666265eb73551fde6c93502840692e3050626890be4f81242",
	    "1432f60d0a7486b3404987a5c8a190d4fd1d70b540456a1a15623c8badcb40b8"
	},
	{ "SHA-256, locality 3", BANK_SHA256, 3,
	    "24b161f82a56cfbdca1162be901802c32f89436521b230b9d61aa2cb6411565e",
	    NULL },
	{ "SHA-256, H-CRTM", BANK_SHA256, 4,
	    "ccfc3d09ffaf75030da4334f6a08bb7f5c15d925474d2e0eed3a623492feb631",
	    NULL },
	{ "SHA-384", BANK_SHA384, 0,
	    "d20a3a7817bcc965b4fa6bf95044517ab57462e0ad07502584b1497b9dae93a1"
	    "a1545b9811f352029927681436047a78",
	    "c2fb2b7ce0e6a49b558a104a3e204c4f61bc53fb679ec9b2e206d7f7b438a10e"
	    "f59c65b0396b5d5c2c4857c74e3c0f8a" },
	{ "SHA-384, locality 3", BANK_SHA384, 3,
	    "89cbfec946d3f1f4de18ac1ec99b34b9b89381232db168a20a4e0fae2412e1e8"
	    "2dbb31ed7beac0f86c4fa24da810da4c", NULL },
	{ "SHA-384, H-CRTM", BANK_SHA384, 4,
	    "c03eaca7689401281ae7c88b801123c47da4d86dca846e3e074ab4cd47dbcff1"
	    "9032eaf121d49e0b21e6e92ece805c02", NULL },
};

static const uint8_t zeros[4];

static void
write_boot(struct events *l, uint8_t locality, bool launch)
{
	uint8_t said[17] = "StartupLocality";

	said[16] = locality;
	if (locality == 4)
		events_add(l, 0, EV_HCRTM, span_text("HCRTM"));
	else if (locality != 0)
		events_tell(l, 0, SPAN(said));
	events_add(l, 0, EV_CRTM_VERSION, span_text("crtm"));
	events_tell(l, 0, span_text("not measured"));
	for (uint32_t pcr = 0; pcr < 2; pcr++)
		events_add(l, pcr, EV_SEPARATOR, SPAN(zeros));
	if (launch)
		events_add(l, 17, 0x501, span_text("launch"));
}

static void
check_value(const struct eventlog_pcrs *p, unsigned pcr, const char *hex)
{
	uint8_t want[HASH_LEN_MAX] = { 0 };
	const size_t n = unhex(hex, want, sizeof(want));

	assert_int_equal(p->len, n);
	assert_memory_equal(p->value[pcr], want, n);
}

static void
test_replay(void **state)
{
	static const uint16_t banks[] = { 0x0012, BANK_SHA1, BANK_SHA384,
	    BANK_SHA256 };
	const struct replay *r = *state;
	static struct events l;
	struct eventlog_flaw flaw;
	struct eventlog_pcrs p;
	struct eventlog log;

	for (size_t n = 0; n <= ROWS(banks); n += ROWS(banks)) {
		if (n == 0 && r->alg != BANK_SHA1)
			continue;
		events_begin(&l, banks, n);
		write_boot(&l, r->locality, r->pcr17 != NULL);
		assert_err(eventlog_open(events_span(&l), &log, &flaw),
		    ERR_OK);
		assert_err(eventlog_replay(&log, r->alg, &p), ERR_OK);
		check_value(&p, 0, r->pcr0);
		assert_int_equal(p.extended, r->pcr17 ? 0x20003 : 3);
		if (r->pcr17 != NULL)
			check_value(&p, 17, r->pcr17);
		assert_int_equal(p.value[16][0], 0);
		assert_int_equal(p.value[18][0], 0xff);
		assert_int_equal(p.value[22][p.len - 1], 0xff);
		assert_int_equal(p.value[23][0], 0);
	}
}

static void
test_banks_that_do_not_replay(void **state)
{
	static const uint16_t banks[] = { 0x0012, BANK_SHA256, BANK_SHA1 };
	static struct events l;
	uint8_t bytes[256] = { 0 };
	struct eventlog_flaw flaw;
	struct eventlog_pcrs p;
	struct eventlog log;

	(void)state;
	events_begin(&l, banks, ROWS(banks));
	write_boot(&l, 0, false);
	assert_err(eventlog_open(events_span(&l), &log, &flaw), ERR_OK);
	assert_err(eventlog_replay(&log, 0x0012, &p), ERR_NOT_FOUND);
	assert_err(eventlog_replay(&log, BANK_SHA384, &p), ERR_NOT_FOUND);
	log.in.len = 0;
	assert_err(eventlog_replay(&log, BANK_SHA384, &p), ERR_NOT_FOUND);
	/* An event that has a digest in one bank only. */
	events_put(&l, (struct span){ bytes, unhex(Z4 "04000000 01000000"
	    "0b00" D32 Z4, bytes, sizeof(bytes)) });
	assert_err(eventlog_open(events_span(&l), &log, &flaw), ERR_OK);
	assert_err(eventlog_replay(&log, BANK_SHA256, &p), ERR_OK);
	assert_err(eventlog_replay(&log, BANK_SHA1, &p), ERR_NOT_FOUND);
}

static void
test_what_a_digest_covers(void **state)
{
	static const uint16_t banks[] = { 0x0012, BANK_SHA256 };
	static struct events l;
	struct event e = { .next = 0 };
	struct eventlog_flaw flaw;
	struct eventlog log;

	(void)state;
	events_begin(&l, banks, ROWS(banks));
	events_add(&l, 8, EV_IPL, span_text("ls"));
	events_measure(&l, 8, EV_IPL, span_text("ls"),
	    span_text("grub_cmd: ls"));
	assert_err(eventlog_open(events_span(&l), &log, &flaw), ERR_OK);
	assert_true(eventlog_next(&log, &e));
	assert_false(event_covers(&log, &e, 1));	/* the header */
	assert_true(eventlog_next(&log, &e));
	assert_true(event_covers(&log, &e, 1));
	assert_false(event_covers(&log, &e, 0));	/* SM3 */
	assert_true(eventlog_next(&log, &e));
	assert_false(event_covers(&log, &e, 1));
}

static void
test_a_launch_begins_once(void **state)
{
	static const uint16_t bank = BANK_SHA256;
	static struct events l;
	struct eventlog_flaw flaw;
	struct eventlog_pcrs p;
	struct eventlog log;

	(void)state;
	events_begin(&l, &bank, 1);
	events_add(&l, 22, 0x501, span_text("launch"));
	events_add(&l, 22, 0x502, span_text("kernel"));
	assert_err(eventlog_open(events_span(&l), &log, &flaw), ERR_OK);
	assert_err(eventlog_replay(&log, BANK_SHA256, &p), ERR_OK);
	check_value(&p, 22,
	    "452b42cbb37fdaf2cf40084db8e7ef88dca29573814c51e177f30b15f4e7093c");
}

static void
test_a_log_has_its_bound(void **state)
{
	static struct events l;
	static uint8_t filler[EVENTLOG_MAX];
	struct eventlog_flaw flaw;
	struct eventlog log;

	(void)state;
	events_begin(&l, NULL, 0);
	events_add(&l, 0, EV_IPL, (struct span){ filler, EVENTLOG_MAX - 32 });
	assert_err(eventlog_open(events_span(&l), &log, &flaw), ERR_OK);
	events_begin(&l, NULL, 0);
	events_add(&l, 0, EV_IPL, (struct span){ filler, EVENTLOG_MAX - 31 });
	assert_err(eventlog_open(events_span(&l), &log, &flaw),
	    ERR_MALFORMED);
	assert_string_equal(flaw.why, "longer than a log may be");
}

/* A log that is cut opens only where an event ends. */
static void
test_every_cut_is_seen(void **state)
{
	static const uint16_t banks[] = { BANK_SHA1, BANK_SHA256 };
	static struct events l;
	struct eventlog_flaw flaw;
	struct eventlog log;
	size_t whole = 0;

	(void)state;
	events_begin(&l, banks, ROWS(banks));
	write_boot(&l, 3, true);
	for (size_t n = 0; n <= l.len; n++) {
		const struct span cut = { l.at, n };

		if (eventlog_open(cut, &log, &flaw) == ERR_OK)
			whole += 1;
		else
			assert_in_range(flaw.at, 0, n);
	}
	assert_int_equal(whole, 7);
}

static void
test_banks_have_names(void **state)
{
	uint16_t alg = 0;
	enum hash_alg hash;

	(void)state;
	assert_string_equal(bank_name(BANK_SHA384), "sha384");
	assert_null(bank_name(0x10));
	assert_int_equal(bank_len(0x10), 0);
	assert_err(bank_find(span_text("sm3_256"), &alg), ERR_OK);
	assert_int_equal(alg, 0x12);
	assert_err(bank_find(span_text("md5"), &alg), ERR_NOT_FOUND);
	assert_err(bank_hash(0x12, &hash), ERR_NOT_FOUND);
	assert_err(bank_hash(0x10, &hash), ERR_NOT_FOUND);
	assert_err(bank_hash(BANK_SHA512, &hash), ERR_OK);
	assert_int_equal(hash_len(hash), bank_len(BANK_SHA512));
}

#define OTHERS 6

int
main(void)
{
	struct CMUnitTest tests[OTHERS + ROWS(rows) + ROWS(replays)] = {
		cmocka_unit_test(test_banks_that_do_not_replay),
		cmocka_unit_test(test_what_a_digest_covers),
		cmocka_unit_test(test_a_launch_begins_once),
		cmocka_unit_test(test_a_log_has_its_bound),
		cmocka_unit_test(test_every_cut_is_seen),
		cmocka_unit_test(test_banks_have_names),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[OTHERS + i] = ROW_TEST(rows[i].name, test_row,
		    &rows[i]);
	for (size_t i = 0; i < ROWS(replays); i++)
		tests[OTHERS + ROWS(rows) + i] = ROW_TEST(replays[i].name,
		    test_replay, &replays[i]);
	return cmocka_run_group_tests_name("eventlog", tests, NULL, NULL);
}
