/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "ctl/show.h"
#include "tests/fill.h"

static struct msg m;
static uint8_t buf[WIRE_MAX];

/* What is printed of one item; the caller frees it. */
static char *
print(struct span item, enum msg_type type, bool json)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_err(sheet_new(json, SHEET_MAP, &s), ERR_OK);
	assert_err(show_item(s, item, type), ERR_OK);
	assert_int_equal(sheet_depth(s), 1);
	assert_err(sheet_print(s, f), ERR_OK);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void
assert_shows(struct span item, enum msg_type type, const char *what)
{
	for (int json = 0; json < 2; json++) {
		char *text = print(item, type, json);

		assert_non_null(strstr(text, what));
		free(text);
	}
}

/* The smallest and the largest of every type, bare and in an envelope. */
static void
test_whatever_is_in_the_table_is_shown(void **state)
{
	(void)state;
	for (unsigned type = 1; type < wire_nspecs; type++) {
		struct span item = { buf, 0 };

		for (unsigned how = SMALLEST; how <= FITTING; how += FITTING) {
			fill(&m, (enum msg_type)type, (enum fullness)how);
			assert_err(wire_encode_object(&m, buf, sizeof(buf),
			    &item.len), ERR_OK);
			assert_shows(item, (enum msg_type)type,
			    wire_name((enum msg_type)type));
			if (wire_spec((enum msg_type)type)->class !=
			    CLASS_MESSAGE)
				continue;
			assert_err(wire_encode(&m, buf, sizeof(buf),
			    &item.len), ERR_OK);
			assert_shows(item, MSG_NONE,
			    wire_name((enum msg_type)type));
		}
	}
}

/* Only its receiver can open it; its size is all there is to see. */
static void
test_a_wrapped_secret_is_only_counted(void **state)
{
	static const uint8_t wrapped[] = "\xd8\x60\x46sealed";
	char *text;

	(void)state;
	text = print((struct span){ wrapped, sizeof(wrapped) - 1 }, MSG_NONE,
	    false);
	assert_non_null(strstr(text, "COSE_Encrypt"));
	assert_non_null(strstr(text, "(9 bytes, hidden)"));
	assert_null(strstr(text, "sealed"));
	free(text);
}

/* No bytes are two published objects, so that they need not be named. */
static void
test_published_objects_need_no_name(void **state)
{
	static const enum msg_type types[] = {
		MSG_key_metadata, MSG_revocation_list, MSG_revocation_page,
		MSG_checkpoint, MSG_trust, MSG_trust_file, MSG_act,
		MSG_evidence, MSG_audit_log,
	};

	(void)state;
	for (size_t i = 0; i < ROWS(types); i++)
		for (unsigned how = SMALLEST; how <= FITTING; how += FITTING) {
			struct span item = { buf, 0 };

			fill(&m, types[i], (enum fullness)how);
			assert_err(wire_encode_object(&m, buf, sizeof(buf),
			    &item.len), ERR_OK);
			assert_shows(item, MSG_NONE, wire_name(types[i]));
		}
}

static void
test_codes_and_secrets_are_hidden(void **state)
{
	struct span item = { buf, 0 };
	char *text;

	(void)state;
	fill(&m, MSG_totp_validate_req, SMALLEST);
	assert_err(WIRE_SET_TEXT(m.totp_validate_req.totp_code,
	    span_text("123456")), ERR_OK);
	assert_err(wire_encode(&m, buf, sizeof(buf), &item.len), ERR_OK);
	for (int json = 0; json < 2; json++) {
		text = print(item, MSG_NONE, json);
		assert_null(strstr(text, "123456"));
		assert_null(strstr(text, "313233343536"));
		free(text);
	}
	fill(&m, MSG_entropy_pub, SMALLEST);
	memset(m.entropy_pub.entropy_chunk.at, 0xab, 64);
	assert_err(wire_encode(&m, buf, sizeof(buf), &item.len), ERR_OK);
	text = print(item, MSG_NONE, true);
	assert_null(strstr(text, "abab"));
	free(text);
}

/* A trust file in a trust file, and so on: as deep as there is room. */
static void
test_what_is_nested_without_end_is_shown_to_a_depth(void **state)
{
	static uint8_t inner[16384];
	struct span item = { buf, 0 };

	(void)state;
	fill(&m, MSG_trust_file, SMALLEST);
	for (int i = 0; i < 100; i++) {
		assert_err(wire_encode_object(&m, buf, sizeof(buf),
		    &item.len), ERR_OK);
		memcpy(inner, buf, item.len);
		m.trust_file.object = (struct span){ inner, item.len };
	}
	assert_shows(item, MSG_NONE, "trust_file");
}

static const struct row {
	const char	*name;
	const char	*hex;
	enum msg_type	 type;
	enum err	 want;
} rows[] = {
	{ "a number", "01", MSG_NONE, ERR_NOT_FOUND },
	{ "an unknown map", "a1 6161 01", MSG_NONE, ERR_NOT_FOUND },
	{ "an envelope of no type", "a2 64626f6479 a0 6474797065 6161", MSG_NONE, ERR_NOT_FOUND },
	{ "an envelope cut off", "a2 64626f6479 a0 64747970", MSG_NONE, ERR_MALFORMED },
	{ "not what was named", "a1 6161 01", MSG_status_req, ERR_MALFORMED },
	{ "a tag without a signature", "d2 80", MSG_NONE, ERR_MALFORMED },
	{ "a token without one", "d83d d2 80", MSG_NONE, ERR_MALFORMED },
	{ "a key of no curve", "a3 01 01 20 06 21 40", MSG_NONE, ERR_MALFORMED },
	{ "nothing", "", MSG_NONE, ERR_NOT_FOUND },
};

static void
test_row(void **state)
{
	struct sheet *s OWNED(sheet_drop) = NULL;
	const struct row *row = *state;
	uint8_t in[64];
	const struct span item = { in, unhex(row->hex, in, sizeof(in)) };

	assert_err(sheet_new(true, SHEET_MAP, &s), ERR_OK);
	assert_err(show_item(s, item, row->type), row->want);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 5] = {
		cmocka_unit_test(test_whatever_is_in_the_table_is_shown),
		cmocka_unit_test(test_published_objects_need_no_name),
		cmocka_unit_test(test_a_wrapped_secret_is_only_counted),
		cmocka_unit_test(test_codes_and_secrets_are_hidden),
		cmocka_unit_test(
		    test_what_is_nested_without_end_is_shown_to_a_depth),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[5 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("ctl_show", tests, NULL, NULL);
}
