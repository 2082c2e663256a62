/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "attest/event_words.h"

#define GUID "0123456789abcdef"
#define LOAD "aaaaaaaabbbbbbbbcccccccc"

static const struct row {
	const char	*name;
	uint32_t	 type;
	const char	*data;
	size_t		 len;
	const char	*says;
} rows[] = {
#define ROW(name, type, data, says) \
	{ name, type, data, sizeof(data) - 1, says }
	ROW("a separator", 4, "\0\0\0\0", "separator"),
	ROW("a separator of ones", 4, "\377\377\377\377", "separator"),
	ROW("an error", 4, "\1\0\0\0", "separator after an error"),
	ROW("an action", 0x80000007, "Calling EFI Application",
	    "action Calling EFI Application"),
	ROW("what stands behind a NUL", 0x80000007, "one\0two",
	    "action one"),
	ROW("what is no text", 0x80000007, "a\033[2J\n\177\377b",
	    "action a.[2J...b"),
	ROW("a type that nobody knows", 0x1234, "abc", ""),
	ROW("a startup", 3, "StartupLocality\0\3",
	    "told, not measured: startup at locality 3"),
	ROW("a startup that is cut off", 3, "StartupLocality",
	    "told, not measured: StartupLocality"),
	ROW("a startup without its locality", 3, "StartupLocality\0",
	    "told, not measured: StartupLocality"),
	ROW("a header", 3, "Spec ID Event03\0\0\0",
	    "told, not measured: Spec ID Event03"),
	ROW("nothing told", 3, "", "told, not measured"),
	ROW("a version", 8, "1\0.\0""2\0\0\0x\0",
	    "version of the root of measurement 1.2"),
	ROW("a boot loader", 0xd, "grub_cmd: ls\0",
	    "boot loader grub_cmd: ls"),
	ROW("a boot loader's wide text", 0xd, "q\0u\0i\0e\0t\0\0\0",
	    "boot loader quiet"),
	ROW("half a letter", 0xd, "q\0u", "boot loader q"),
	ROW("a boot loader that says nothing", 0xd, "", "boot loader"),
	ROW("a letter that is not ASCII", 0xd, "q\0\343\201t\0",
	    "boot loader q.t"),
	ROW("a flag", 0x80000001, GUID "\2\0\0\0\0\0\0\0"
	    "\1\0\0\0\0\0\0\0" "S\0B\0\1", "variable SB = 01"),
	ROW("a flag of four bytes", 0x80000001, GUID "\1\0\0\0\0\0\0\0"
	    "\4\0\0\0\0\0\0\0" "S\0\1\2\3\4", "variable S = 01020304"),
	ROW("a variable of five", 0x80000001, GUID "\1\0\0\0\0\0\0\0"
	    "\5\0\0\0\0\0\0\0" "S\0\1\2\3\4\5", "variable S, 5 bytes"),
	ROW("an empty variable", 0x80000001, GUID "\1\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0" "S\0", "variable S, empty"),
	ROW("a name past the end", 0x80000001, GUID "\2\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0" "S\0", "variable"),
	ROW("half a name", 0x80000001, GUID "\2\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0" "S\0B", "variable"),
	ROW("a name of many bytes", 0x80000001, GUID
	    "\0\0\0\0\0\0\0\200" "\0\0\0\0\0\0\0\0" "S\0", "variable"),
	ROW("a value past the end", 0x80000001, GUID "\1\0\0\0\0\0\0\0"
	    "\2\0\0\0\0\0\0\0" "S\0\1", "variable"),
	ROW("a variable without room", 0x80000001, GUID "\1\0\0\0\0\0\0\0"
	    "\1\0\0\0\0\0\0", "variable"),
	ROW("a program", 0x80000003, LOAD "\24\0\0\0\0\0\0\0"
	    "\1\1\4\0" "\4\4\14\0\\\0E\0F\0I\0" "\177\377\4\0",
	    "program \\EFI"),
	ROW("a program in two parts", 0x80000003, LOAD
	    "\20\0\0\0\0\0\0\0" "\4\4\10\0a\0\0\0" "\4\4\10\0b\0\0\0",
	    "program a b"),
	ROW("nodes that are no files", 0x80000003, LOAD
	    "\20\0\0\0\0\0\0\0" "\4\5\10\0a\0\0\0" "\5\4\10\0b\0\0\0",
	    "program"),
	ROW("a path past the end", 0x80000003, LOAD "\11\0\0\0\0\0\0\0"
	    "\4\4\10\0a\0\0\0", "program"),
	ROW("a node past the path", 0x80000003, LOAD "\10\0\0\0\0\0\0\0"
	    "\4\4\11\0a\0\0\0", "program"),
	ROW("a node of no length", 0x80000003, LOAD "\10\0\0\0\0\0\0\0"
	    "\4\4\0\0a\0\0\0", "program"),
	ROW("a node of its head", 0x80000003, LOAD "\10\0\0\0\0\0\0\0"
	    "\4\5\3\0\4\4\4\0", "program"),
	ROW("a program without a path", 0x80000003, LOAD "\0\0\0\0",
	    "program"),
	ROW("a command line", 6, "\355\42\73\217\0\0\0\0x",
	    "tagged kernel command line"),
	ROW("an initrd", 6, "\354\42\73\217\0\0\0\0", "tagged initrd"),
	ROW("another tag", 6, "\1\0\0\0\0\0\0\0", "tagged 0x00000001"),
	ROW("half a tag", 6, "\355\42\73\217\0\0\0", "tagged"),
	ROW("a named piece", 0x8000000a, "\2ab" "cdef", "firmware ab"),
	ROW("a name that is cut off", 0x8000000a, "\3ab", "firmware"),
	ROW("no name", 0x8000000a, "", "firmware"),
};

/* The data end where nothing else may be read; and where zeros follow. */
static void
test_row(void **state)
{
	const struct row *row = *state;
	char out[EVENT_WORDS_MAX];

	for (size_t more = 0; more <= 64; more += 64) {
		uint8_t *data = test_calloc(1, row->len + 1 + more);
		const struct event e = { .type = row->type,
		    .data = { data + 1, row->len } };

		memcpy(data + 1, row->data, row->len);
		assert_string_equal(event_words(&e, out), row->says);
		test_free(data);
	}
}

static void
test_words_are_cut(void **state)
{
	static uint8_t many[1000];
	const struct event e = { .type = 5, .data = SPAN(many) };
	char out[EVENT_WORDS_MAX];

	(void)state;
	memset(many, 'a', sizeof(many));
	assert_int_equal(strlen(event_words(&e, out)), EVENT_WORDS_MAX - 1);
}

static void
test_types_have_names(void **state)
{
	(void)state;
	assert_string_equal(event_type_name(4), "EV_SEPARATOR");
	assert_string_equal(event_type_name(0x80000003),
	    "EV_EFI_BOOT_SERVICES_APPLICATION");
	assert_null(event_type_name(0x80000000));
}

/* Each stands once, and for a number. */
static void
test_types_differ(void **state)
{
	static const uint32_t types[] = {
#define EVENT_TYPE(name, value, form, words) value,
#include "attest/event_types.def"
#undef EVENT_TYPE
	};

	(void)state;
	for (size_t i = 1; i < ROWS(types); i++)
		assert_true(types[i] > types[i - 1]);
}

#define OTHERS 3

int
main(void)
{
	struct CMUnitTest tests[OTHERS + ROWS(rows)] = {
		cmocka_unit_test(test_words_are_cut),
		cmocka_unit_test(test_types_have_names),
		cmocka_unit_test(test_types_differ),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[OTHERS + i] = ROW_TEST(rows[i].name, test_row,
		    &rows[i]);
	return cmocka_run_group_tests_name("event_words", tests, NULL, NULL);
}
